// `ingot compile`: what becomes of a model on its way from Graph to Programs.
#include <algorithm>
#include <map>
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/output.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/cli/text_diff.h"
#include "ingot/ir/compiler.h"
#include "ingot/model/model.h"
#include "ingot/program/serialize.h"

namespace ingot::cli {
namespace {

constexpr std::string_view kAfter = "after:";

struct Flags {
  SharedFlags shared;
  std::string emit;
  std::string phase = "decode";
  bool diff = false;
  bool explain = false;
  bool list_passes = false;

  Phase Chosen() const { return phase == "prefill" ? Phase::kPrefill : Phase::kDecode; }
};

// A text result: as it is, or as the member `key`.
Status PrintText(const std::string& text, std::string_view key, const Flags& flags) {
  if (!flags.shared.json) {
    Print(text);
    return Status();
  }
  Json json = Json::Object();
  json["phase"] = flags.phase;
  json[key] = text;
  PrintJson(json);
  return Status();
}

Status ListPasses(const Flags& flags) {
  Json rows = Json::Array();
  Table table({"pass", "summary", "order"});
  for (const ir::PassRow& row : ir::ListPasses()) {
    Json entry = Json::Object();
    entry["name"] = row.name;
    entry["summary"] = row.summary;
    entry["order"] = row.order;
    rows.Append(std::move(entry));
    table.Row({row.name, row.summary, row.order});
  }
  if (flags.shared.json) {
    PrintJson(rows);
  } else {
    Print(table.Text());
  }
  return Status();
}

// The Graph before the passes and after them; with `after`, before and after that one.
Status Diff(const ir::Graph& graph, const ir::CompileOptions& options, std::string_view after,
            const Flags& flags) {
  INGOT_ASSIGN(const std::vector<std::string> names, ir::PassesToRun(options));
  std::string from;
  std::string to = names.back();
  if (!after.empty()) {
    const auto pass = std::ranges::find(names, after);
    if (pass == names.end()) {
      return Status(Code::kInvalidArgument,
                    StrCat("--emit: unknown pass (", after, ")", NearestHint(after, names)));
    }
    to = *pass;
    if (pass != names.begin()) from = *(pass - 1);
  }
  INGOT_ASSIGN(const std::string before, ir::PrintAfter(graph, options, flags.Chosen(), from));
  INGOT_ASSIGN(const std::string behind, ir::PrintAfter(graph, options, flags.Chosen(), to));
  return PrintText(LineDiff(before, behind), "diff", flags);
}

Status Explain(const ir::Programs& programs, const Flags& flags) {
  Json rows = Json::Array();
  Table table({"layer", "op", "role", "kernel", "chosen by", "because"});
  for (const ir::KernelChoice& choice : programs.choices) {
    if (choice.phase != flags.Chosen()) continue;
    Json row = Json::Object();
    row["phase"] = Name(choice.phase);
    row["layer"] = choice.layer;
    row["op"] = choice.op;
    row["role"] = choice.role;
    row["kernel"] = choice.kernel;
    row["variant"] = choice.variant;
    row["origin"] = choice.origin;
    row["row"] = choice.row;
    row["reasons"] = JsonArray(choice.reasons);
    rows.Append(std::move(row));
    std::vector<std::string> because = choice.reasons;
    if (!choice.row.empty()) because.insert(because.begin(), choice.row);
    table.Row({choice.layer < 0 ? "" : StrCat(choice.layer), choice.op, choice.role,
               choice.kernel + (choice.variant.empty() ? "" : "/" + choice.variant), choice.origin,
               Join(because, "; ")});
  }
  if (flags.shared.json) {
    PrintJson(rows);
  } else {
    Print(table.Text());
  }
  return Status();
}

// Bytes of a Program's buffers by kind, for a cache of `capacity` and a full run.
Result<std::map<std::string, uint64_t>> BytesByKind(const program::Program& program,
                                                    uint64_t capacity) {
  const program::Symbols symbols{.tokens = program.max_tokens, .outputs = 1, .capacity = capacity};
  std::map<std::string, uint64_t> bytes;
  for (const program::Buffer& buffer : program.buffers) {
    INGOT_ASSIGN(const uint64_t part, buffer.bytes.Evaluate(symbols));
    bytes[std::string(Name(buffer.kind))] += part;
  }
  return bytes;
}

Status Summary(const ir::Programs& programs, const ir::Graph& graph, uint64_t capacity,
               const Flags& flags) {
  Json json = Json::Object();
  json["model"] = graph.name();
  json["ops"] = static_cast<uint64_t>(graph.op_count());
  json["positions"] = capacity;
  if (!flags.shared.json) {
    PrintLine(
        StrCat(graph.name(), ": ", graph.op_count(), " ops; sizes for ", capacity, " positions"));
  }
  Table table({"phase", "rows", "dispatches", "kind", "bytes"});
  for (const program::Program* program : {&programs.prefill, &programs.decode}) {
    INGOT_ASSIGN(const auto bytes, BytesByKind(*program, capacity));
    Json entry = Json::Object();
    entry["dispatches"] = static_cast<uint64_t>(program->dispatches.size());
    entry["max_tokens"] = program->max_tokens;
    Json kinds = Json::Object();
    for (const auto& [kind, size] : bytes) {
      kinds[kind] = size;
      table.Row({std::string(Name(program->phase)), StrCat(program->max_tokens),
                 StrCat(program->dispatches.size()), kind, HumanBytes(size)});
    }
    entry["bytes"] = std::move(kinds);
    json[Name(program->phase)] = std::move(entry);
  }
  if (flags.shared.json) {
    PrintJson(json);
  } else {
    Print(table.Text());
  }
  return Status();
}

Status Compile(const Flags& flags) {
  if (flags.list_passes) return ListPasses(flags);
  const bool is_after = flags.emit.starts_with(kAfter);
  if (!flags.emit.empty() && !is_after && flags.emit != "graph" && flags.emit != "program") {
    return Status(Code::kInvalidArgument,
                  StrCat("--emit: (", flags.emit, ") is not one of (graph, after:PASS, program)"));
  }
  const std::string after = is_after ? flags.emit.substr(kAfter.size()) : "";
  INGOT_ASSIGN(const auto file, OpenModel(flags.shared.model));
  INGOT_ASSIGN(const model::ModelOptions options, ToModelOptions(flags.shared));
  INGOT_ASSIGN(const auto device, OpenDevice(flags.shared, options));
  INGOT_ASSIGN(const model::BoundModel bound, model::BindFile(*file, options));
  INGOT_ASSIGN(const ir::CompileOptions compile, model::CompileOptionsFor(bound, *device, options));
  const ir::Graph& graph = *bound.graph;
  if (flags.diff) return Diff(graph, compile, after, flags);
  if (flags.emit == "graph") return PrintText(graph.Print(), "graph", flags);
  if (is_after) {
    INGOT_ASSIGN(const std::string text, ir::PrintAfter(graph, compile, flags.Chosen(), after));
    return PrintText(text, "graph", flags);
  }
  INGOT_ASSIGN(const ir::Programs programs, ir::Compile(graph, compile).At(file->name()));
  if (flags.explain) return Explain(programs, flags);
  const bool prefill = flags.Chosen() == Phase::kPrefill;
  if (flags.emit == "program") {
    Print(program::Print(prefill ? programs.prefill : programs.decode));
    return Status();
  }
  return Summary(programs, graph, model::MaxPositions(bound, options), flags);
}

}  // namespace

Action CmdCompile(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddModelArgument(app, flags->shared);
  app.add_option("--emit", flags->emit,
                 "Print the graph, the graph after:PASS, or the program (always JSON)")
      ->type_name("graph|after:PASS|program");
  app.add_option("--phase", flags->phase, "Of which of the two Programs")
      ->check(OneOf({"prefill", "decode"}));
  app.add_flag("--diff", flags->diff,
               "Print what the passes change; with --emit after:PASS, what that one changes");
  app.add_flag("--explain", flags->explain, "Print who chose the kernel of each dispatch, and why");
  app.add_flag("--list-passes", flags->list_passes, "Print the passes in their order");
  AddOutputFlags(app, flags->shared);
  AddEngineFlags(app, flags->shared);
  AddExample(
      app,
      "ingot compile model.gguf --explain --phase prefill\n  ingot compile model.gguf --emit "
      "program > decode.json");
  return [flags] { return Compile(*flags); };
}

}  // namespace ingot::cli
