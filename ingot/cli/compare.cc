// `ingot compare`: where two traces part.
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/model/trace.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string a, b;
  double bound = 1e-3;
};

Json ToJson(const model::TraceLine& line) {
  Json json = Json::Object();
  json["min"] = line.min;
  json["max"] = line.max;
  json["mean"] = line.mean;
  json["rms"] = line.rms;
  json["nan"] = line.nan;
  return json;
}

Json ToJson(const model::TraceComparison& seen, double bound) {
  Json json = Json::Object();
  json["compared"] = seen.compared;
  json["only_a"] = seen.only_a;
  json["only_b"] = seen.only_b;
  json["bound"] = bound;
  json["worst_error"] = seen.worst;
  Json first;
  for (const model::TraceDifference& difference : seen.first) {
    first["op"] = difference.a.op;
    first["role"] = difference.a.role;
    first["layer"] = difference.a.layer;
    first["value"] = difference.a.value;
    first["count"] = difference.a.count;
    first["error"] = difference.error;
    first["a"] = ToJson(difference.a);
    first["b"] = ToJson(difference.b);
  }
  json["first"] = std::move(first);
  return json;
}

void PrintComparison(const model::TraceComparison& seen, const Flags& flags) {
  PrintLine(StrCat("compared ", seen.compared, " results, worst relative error ",
                   Format("%.3g", seen.worst), " (bound ", Format("%g", flags.bound), "); only in ",
                   flags.a, ": ", seen.only_a, ", only in ", flags.b, ": ", seen.only_b));
  for (const model::TraceDifference& difference : seen.first) {
    PrintLine(
        StrCat("first difference: ", Describe(difference.a), ", ", difference.a.count, " values"));
    Table table({"trace", "min", "max", "mean", "rms", "nan"});
    for (const auto& [name, line] : {std::pair(flags.a, difference.a), {flags.b, difference.b}}) {
      table.Row({name, Format("%.7g", line.min), Format("%.7g", line.max),
                 Format("%.7g", line.mean), Format("%.7g", line.rms), StrCat(line.nan)});
    }
    Print(table.Text());
  }
}

Result<model::Trace> ReadTrace(const std::string& path) {
  INGOT_ASSIGN(const std::string text, ReadFile(path));
  return model::ParseTrace(text, path);
}

Status CompareTraces(const Flags& flags) {
  INGOT_ASSIGN(const model::Trace a, ReadTrace(flags.a));
  INGOT_ASSIGN(const model::Trace b, ReadTrace(flags.b));
  INGOT_ASSIGN(const model::TraceComparison seen, model::Compare(a, b, flags.bound));
  if (flags.shared.json) {
    PrintJson(ToJson(seen, flags.bound));
  } else {
    PrintComparison(seen, flags);
  }
  if (seen.first.empty()) return Status();
  return Status(Code::kMismatch, StrCat(Describe(seen.first[0].a), ": relative error (",
                                        Format("%.3g", seen.first[0].error),
                                        ") is above the bound (", Format("%g", flags.bound), ")"));
}

}  // namespace

Action CmdCompare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("A", flags->a, "trace of the run to hold the other against")->required();
  app.add_option("B", flags->b, "trace of the other run")->required();
  app.add_option("--bound", flags->bound, "Relative error that is still equal")
      ->check(CLI::NonNegativeNumber);
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot compare exact.trace fast.trace --bound 0.01");
  return [flags] { return CompareTraces(*flags); };
}

}  // namespace ingot::cli
