#include "ingot/cli/kernels_report.h"

#include <string>

#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {

Json OverridesJson(const OverrideValues& overrides) {
  Json json = Json::Object();
  for (const auto& [name, value] : overrides) json[name] = value;
  return json;
}

namespace {

Json ToJson(const verify::Report& report) {
  Json json = Json::Object();
  json["variant"] = report.variant;
  json["overrides"] = OverridesJson(report.overrides);
  json["shape"] = report.shape;
  json["index"] = static_cast<uint64_t>(report.index);
  json["got"] = report.got;
  json["want"] = report.want;
  json["bound"] = report.bound;
  json["message"] = report.message;
  json["text"] = Describe(report);
  return json;
}

}  // namespace

Json RowOf(const kernels::KernelDesc& kernel, const verify::Conformance& found) {
  Json json = Json::Object();
  json["kernel"] = kernel.name;
  json["file"] = kernel.file;
  json["op"] = kernel.op;
  json["ok"] = found.ok();
  json["passed"] = static_cast<uint64_t>(found.passed);
  json["refused"] = static_cast<uint64_t>(found.refused);
  json["ruled_out"] = static_cast<uint64_t>(found.ruled_out);
  json["idle"] = JsonArray(found.idle);
  json["failures"] =
      JsonArray(found.failures, [](const verify::Report& report) { return ToJson(report); });
  return json;
}

namespace {

void PrintRows(const std::vector<Json>& rows) {
  auto number = [](const Json& row, std::string_view key) {
    return StrCat(row.Find(key)->AsInt());
  };
  Table table({"kernel", "passed", "failed", "ruled out", "verdict"});
  for (const Json& row : rows) {
    table.Row({row.Find("kernel")->AsString(), number(row, "passed"),
               StrCat(row.Find("failures")->size()), number(row, "ruled_out"),
               row.Find("ok")->AsBool() ? "ok" : "wrong"});
  }
  Print(table.Text());
  for (const Json& row : rows) {
    for (const auto& [key, variant] : row.Find("idle")->members()) {
      PrintLine(StrCat(row.Find("kernel")->AsString(), ": nothing ran of ", variant.AsString()));
    }
    for (const auto& [key, failure] : row.Find("failures")->members()) {
      PrintLine(failure.Find("text")->AsString());
    }
  }
}

}  // namespace

Status TellRows(const std::vector<Json>& rows, bool as_json) {
  if (as_json) {
    PrintJson(JsonArray(rows));
  } else {
    PrintRows(rows);
  }
  std::vector<std::string> wrong;
  for (const Json& row : rows) {
    if (!row.Find("ok")->AsBool()) wrong.push_back(row.Find("kernel")->AsString());
  }
  if (wrong.empty()) return {};
  return Status(Code::kMismatch, StrCat("kernels (", Join(wrong, ", "), ") failed their cases"));
}

}  // namespace ingot::cli
