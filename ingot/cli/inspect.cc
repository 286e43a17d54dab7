// `ingot inspect`: what a GGUF file holds.
#include "ingot/model/inspect.h"

#include <algorithm>
#include <memory>
#include <type_traits>
#include <variant>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/output.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/model.h"
#include "ingot/model/tensor_check.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  bool tensors = false;
  bool check_tensors = false;
  bool params = false;
  std::string metadata;
};

// A value on one line of a terminal.
std::string OneLine(const Json& value) {
  constexpr size_t kShown = 60;
  std::string text = value.IsString() ? value.AsString() : value.Dump();
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
  if (text.size() <= kShown) return text;
  size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string ShapeText(const std::vector<uint64_t>& shape) {
  return StrCat("[", Join(shape, ", "), "]");
}

void PrintSummary(const model::Inspection& seen) {
  PrintLine(StrCat(seen.name, ": GGUF version ", seen.version, ", ", HumanBytes(seen.file_bytes),
                   ", ", model::HumanCount(seen.elements), " weights in ", seen.tensors.size(),
                   " tensors, ", Format("%.2f", seen.bits_per_weight), " bits per weight"));
  Table keys({"key", "type", "value"});
  for (const auto& key : seen.metadata) {
    const std::string size = key.type.starts_with("array") ? StrCat(" (", key.size, ")") : "";
    keys.Row({key.key, key.type + size, OneLine(key.value)});
  }
  if (!seen.metadata.empty()) PrintLine("\n" + keys.Text());
  Table formats({"format", "tensors", "weights", "size"});
  for (const auto& total : seen.totals) {
    formats.Row({std::string(Name(total.dtype)), StrCat(total.tensors),
                 model::HumanCount(total.elements), HumanBytes(total.bytes)});
  }
  if (!seen.totals.empty()) Print(formats.Text());
}

void PrintTensors(const model::Inspection& seen) {
  Table table({"tensor", "format", "shape", "size", "offset"});
  for (const auto& tensor : seen.tensors) {
    table.Row({tensor.name, std::string(Name(tensor.dtype)), ShapeText(tensor.shape),
               HumanBytes(tensor.bytes), StrCat(tensor.offset)});
  }
  Print(table.Text());
}

// The whole value of one key: text as it is, arrays an element a line.
Status PrintMetadata(const model::Gguf& file, const Flags& flags) {
  const model::Inspection whole = model::Inspect(file, SIZE_MAX, SIZE_MAX);
  std::vector<std::string> names;
  for (const auto& key : whole.metadata) {
    names.push_back(key.key);
    if (key.key != flags.metadata) continue;
    if (flags.shared.json) {
      PrintJson(key.value);
    } else if (key.value.IsArray()) {
      for (size_t i = 0; i < key.value.size(); ++i) {
        const Json& item = key.value[i];
        PrintLine(item.IsString() ? item.AsString() : item.Dump());
      }
    } else {
      PrintLine(key.value.IsString() ? key.value.AsString() : key.value.Dump());
    }
    return Status();
  }
  return Status(Code::kNotFound, StrCat(file.name(), ": no key (", flags.metadata, ")",
                                        NearestHint(flags.metadata, names)));
}

Json ToJson(const model::SpecValue& value) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_constructible_v<Json, decltype(held)>) {
          return Json(held);
        } else {
          return JsonArray(held);
        }
      },
      value);
}

// The parameters of the family's spec, bound to this file.
Status PrintParams(const model::Gguf& file, const Flags& flags) {
  INGOT_ASSIGN(const model::BoundModel bound, model::BindFile(file, {}));
  Json rows = Json::Array();
  Table table({"parameter", "value", "source"});
  for (const model::BoundParam& param : bound.params) {
    Json row = Json::Object();
    row["name"] = param.name;
    row["value"] = ToJson(param.value);
    row["source"] = param.source;
    table.Row({param.name, OneLine(ToJson(param.value)), param.source});
    rows.Append(std::move(row));
  }
  if (flags.shared.json) {
    PrintJson(rows);
  } else {
    Print(table.Text());
  }
  return Status();
}

Status Inspect(const Flags& flags) {
  INGOT_ASSIGN(const auto file, OpenModel(flags.shared.model));
  if (!flags.metadata.empty()) return PrintMetadata(*file, flags);
  if (flags.params) return PrintParams(*file, flags);
  if (flags.check_tensors) INGOT_TRY(model::CheckTensorValues(*file));
  const model::Inspection seen = model::Inspect(*file);
  if (flags.shared.json) {
    Json json = model::ToJson(seen);
    if (flags.check_tensors) json["all_finite"] = true;
    PrintJson(json);
    return Status();
  }
  if (flags.tensors) {
    PrintTensors(seen);
  } else {
    PrintSummary(seen);
  }
  if (flags.check_tensors) PrintLine("every weight is finite");
  return Status();
}

}  // namespace

Action CmdInspect(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddModelArgument(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  app.add_flag("--tensors", flags->tensors, "List every tensor instead of the metadata");
  app.add_flag("--params", flags->params,
               "Print the parameters of the model family's spec and where each comes from");
  app.add_option("--metadata", flags->metadata, "Print the whole value of this key only")
      ->type_name("KEY");
  app.add_flag("--check-tensors", flags->check_tensors,
               "Read every weight and refuse the file if one is not finite");
  AddExample(app,
             "ingot inspect model.gguf --tensors\n  ingot inspect model.gguf --metadata "
             "tokenizer.chat_template");
  return [flags] { return Inspect(*flags); };
}

}  // namespace ingot::cli
