#include "ingot/cli/kernels_check.h"

#include <memory>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/output.h"
#include "ingot/verify/conformance.h"
#include "ingot/verify/shapes.h"

namespace ingot::cli {
namespace {

constexpr size_t kQuickShapes = 3;  // of each variant

struct Row {
  const kernels::KernelDesc* kernel = nullptr;
  verify::Conformance found;
};

Json ToJson(const verify::Report& report) {
  Json json = Json::Object();
  json["variant"] = report.variant;
  Json overrides = Json::Object();
  for (const auto& [name, value] : report.overrides) overrides[name] = value;
  json["overrides"] = std::move(overrides);
  json["shape"] = report.shape;
  json["index"] = static_cast<uint64_t>(report.index);
  json["got"] = report.got;
  json["want"] = report.want;
  json["bound"] = report.bound;
  json["message"] = report.message;
  return json;
}

Json ToJson(const Row& row) {
  Json json = Json::Object();
  json["kernel"] = row.kernel->name;
  json["file"] = row.kernel->file;
  json["op"] = row.kernel->op;
  json["ok"] = row.found.ok();
  json["passed"] = static_cast<uint64_t>(row.found.passed);
  json["ruled_out"] = static_cast<uint64_t>(row.found.ruled_out);
  json["idle"] = JsonArray(row.found.idle);
  json["failures"] =
      JsonArray(row.found.failures, [](const verify::Report& report) { return ToJson(report); });
  return json;
}

void PrintRows(const std::vector<Row>& rows) {
  Table table({"kernel", "passed", "failed", "ruled out", "verdict"});
  for (const Row& row : rows) {
    table.Row({row.kernel->name, StrCat(row.found.passed), StrCat(row.found.failures.size()),
               StrCat(row.found.ruled_out), row.found.ok() ? "ok" : "wrong"});
  }
  Print(table.Text());
  for (const Row& row : rows) {
    for (const std::string& variant : row.found.idle) {
      PrintLine(StrCat(row.kernel->name, ": nothing ran of ", variant));
    }
    for (const verify::Report& report : row.found.failures) {
      PrintLine(verify::Describe(report));
    }
  }
}

Result<std::vector<const kernels::KernelDesc*>> Wanted(const runtime::Device& device,
                                                       const std::string& name) {
  std::vector<const kernels::KernelDesc*> wanted;
  std::vector<std::string> names;
  for (const kernels::KernelDesc* kernel : device.kernels()) {
    names.push_back(kernel->name);
    if (name.empty() || kernel->name == name) wanted.push_back(kernel);
  }
  if (!wanted.empty()) return wanted;
  return Status(Code::kNotFound, StrCat("unknown kernel (", name, ")", NearestHint(name, names)));
}

}  // namespace

Status CheckKernels(const SharedFlags& flags, const std::string& name, bool quick) {
  INGOT_ASSIGN(auto device, runtime::Open(ToDeviceOptions(flags)));
  INGOT_ASSIGN(const auto wanted, Wanted(*device, name));
  verify::ConformanceOptions options;
  options.shapes = quick ? kQuickShapes : 0;
  options.combinations = !quick;
  std::vector<Row> rows;
  std::vector<std::string> wrong;
  {
    Progress progress("checking", !flags.quiet);
    for (size_t i = 0; i < wanted.size(); ++i) {
      progress.Show(i, wanted.size(), wanted[i]->name);
      if (name.empty() && verify::ShapesOf(wanted[i]->op).empty()) {
        if (!flags.quiet) {
          Note(StrCat(wanted[i]->name, ": no cases for op (", wanted[i]->op, ")"));
        }
        continue;
      }
      INGOT_ASSIGN(auto found, verify::Conform(*device, *wanted[i], options));
      if (!found.ok()) wrong.push_back(wanted[i]->name);
      rows.push_back({wanted[i], std::move(found)});
    }
  }
  if (flags.json) {
    PrintJson(JsonArray(rows, [](const Row& row) { return ToJson(row); }));
  } else {
    PrintRows(rows);
  }
  if (wrong.empty() && !rows.empty()) return {};
  return Status(Code::kMismatch,
                wrong.empty() ? "no kernel could be checked"
                              : StrCat("kernels (", Join(wrong, ", "), ") failed their cases"));
}

}  // namespace ingot::cli
