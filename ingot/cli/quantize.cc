// `ingot quantize`: writes a model in another format.
#include "ingot/model/quantize.h"

#include <algorithm>
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string in, out, format;
  std::vector<std::string> keep;  // PATTERN=FORMAT
  int threads = 0;
  bool force = false;
};

Result<std::pair<std::string, DType>> ParseKeep(const std::string& rule) {
  const size_t equals = rule.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    return Status(Code::kInvalidArgument, StrCat("--keep: (", rule, ") is not PATTERN=FORMAT"));
  }
  const std::string name = rule.substr(equals + 1);
  if (const auto dtype = DTypeFromName(name)) return std::pair(rule.substr(0, equals), *dtype);
  std::vector<std::string> names;
  for (const DTypeTraits& traits : AllDTypes()) names.emplace_back(traits.name);
  return Status(Code::kInvalidArgument,
                StrCat("--keep: unknown format (", name, ")", NearestHint(name, names)));
}

Json ToJson(const model::QuantizeReport& report, const Flags& flags, std::string_view target) {
  Json json = Json::Object();
  json["in"] = flags.in;
  json["out"] = flags.out;
  json["format"] = target;
  json["from_bytes"] = report.from_bytes;
  json["to_bytes"] = report.to_bytes;
  json["bits_per_weight"] = report.bits_per_weight;
  json["warnings"] = JsonArray(report.warnings);
  Json tensors = Json::Array();
  for (const auto& tensor : report.tensors) {
    Json row = Json::Object();
    row["name"] = tensor.name;
    row["from"] = Name(tensor.from);
    row["to"] = Name(tensor.to);
    row["wanted"] = Name(tensor.wanted);
    row["shape"] = JsonArray(tensor.shape);
    row["from_bytes"] = tensor.from_bytes;
    row["to_bytes"] = tensor.to_bytes;
    row["rmse"] = tensor.rmse;
    row["relative_error"] = tensor.relative_error;
    tensors.Append(std::move(row));
  }
  json["tensors"] = std::move(tensors);
  return json;
}

void PrintReport(const model::QuantizeReport& report, const Flags& flags) {
  Table table({"tensor", "from", "to", "size", "relative error"});
  size_t copied = 0;
  for (const auto& tensor : report.tensors) {
    if (tensor.from == tensor.to) {
      ++copied;
      continue;
    }
    table.Row({tensor.name, std::string(Name(tensor.from)), std::string(Name(tensor.to)),
               HumanBytes(tensor.to_bytes), Format("%.6f", tensor.relative_error)});
  }
  if (copied < report.tensors.size()) Print(table.Text());
  PrintLine(StrCat(flags.out, ": ", HumanBytes(report.to_bytes), " of weights (were ",
                   HumanBytes(report.from_bytes), "), ", Format("%.2f", report.bits_per_weight),
                   " bits per weight; ", copied, " of ", report.tensors.size(),
                   " tensors copied as they were"));
}

Status Quantize(const Flags& flags) {
  INGOT_ASSIGN(const model::QuantTarget target, model::QuantTargetFromName(flags.format));
  INGOT_ASSIGN(const std::string in, ResolveModelPath(flags.in));
  if (FileExists(flags.out) && !flags.force) {
    return Status(Code::kInvalidArgument,
                  StrCat(flags.out, ": exists already; --force overwrites it"));
  }
  model::QuantizeOptions options;
  options.target = target;
  options.threads = flags.threads;
  options.stop = WatchInterrupts();
  for (const std::string& rule : flags.keep) {
    INGOT_ASSIGN(auto keep, ParseKeep(rule));
    options.keep.push_back(std::move(keep));
  }
  Progress progress("quantize", !flags.shared.quiet);
  options.progress = [&](const model::QuantizeProgress& at) {
    progress.Show(at.done_bytes, at.total_bytes,
                  StrCat(at.tensor + 1, "/", at.tensors, " ", at.name));
  };
  INGOT_ASSIGN(const model::QuantizeReport report, model::Quantize(in, flags.out, options));
  progress.Erase();
  for (const std::string& warning : report.warnings) {
    if (!flags.shared.quiet) Note(StrCat("warning: ", warning));
  }
  if (flags.shared.json) {
    PrintJson(ToJson(report, flags, model::Traits(target).name));
  } else {
    PrintReport(report, flags);
  }
  return Status();
}

}  // namespace

Action CmdQuantize(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("IN", flags->in, "GGUF file, or a name in the cache of models")->required();
  app.add_option("OUT", flags->out, "file to write")->required();
  std::vector<std::string_view> names;
  for (const auto& traits : model::AllQuantTargets()) names.push_back(traits.name);
  app.add_option("FORMAT", flags->format, "one of " + Join(names, ", "))->required();
  AddOutputFlags(app, flags->shared);
  app.add_option("--keep", flags->keep,
                 "Format of the tensors that match, before the format's own rules; repeatable")
      ->type_name("PATTERN=FORMAT")
      ->allow_extra_args(false);
  app.add_option("--threads", flags->threads, "Threads; 0: one per processor")
      ->check(Between(0, 1024));
  app.add_flag("--force", flags->force, "Overwrite OUT if it exists");
  AddExample(app, "ingot quantize model-f16.gguf model-q4.gguf q4_k_m --keep 'output.weight=q8_0'");
  return [flags] { return Quantize(*flags); };
}

}  // namespace ingot::cli
