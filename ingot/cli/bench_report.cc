#include "ingot/cli/bench_report.h"

#include <cmath>
#include <functional>
#include <utility>

#include "ingot/base/json_reader.h"
#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

using tune::BenchResult;
using tune::BenchRow;

constexpr size_t kMostItems = 1 << 20;

double Rate(uint64_t amount, const BenchRow& row, double scale) {
  return static_cast<double>(amount) / row.timing.median_us * scale;
}

Json ToJson(const OverrideValues& overrides) {
  Json json = Json::Object();
  for (const auto& [name, value] : overrides) json[name] = value;
  return json;
}

Json ToJson(const BenchReport& report, const BenchResult& result, const BenchRow& row) {
  Json json = Json::Object();
  json["kernel"] = row.kernel;
  json["variant"] = row.variant;
  json["overrides"] = ToJson(row.overrides);
  json["tuned"] = ToJson(row.tuned);
  json["chosen"] = row.chosen;
  json["ok"] = row.status.ok();
  json["message"] = row.status.message();
  if (!row.status.ok()) return json;
  json["median_us"] = row.timing.median_us;
  json["min_us"] = row.timing.min_us;
  json["dispatches"] = row.timing.dispatches;
  json["rounds"] = row.timing.rounds;
  json["device_clock"] = row.timing.device_clock;
  json["gb_per_second"] = GigabytesPerSecond(result, row);
  json["tflops"] = Teraflops(result, row);
  if (const auto floor = FloorOf(report, result)) {
    json["share"] = floor->peak_us / row.timing.median_us;
    json["floor_share"] = floor->us / row.timing.median_us;
  }
  return json;
}

Json ToJson(const BenchReport& report, const BenchResult& result) {
  Json json = Json::Object();
  json["op"] = result.shape.op;
  json["role"] = result.shape.role;
  json["phase"] = Name(result.shape.phase);
  json["shape"] = result.shape.shape;
  json["bytes"] = result.work.bytes;
  json["flops"] = result.work.flops;
  if (const auto floor = FloorOf(report, result)) {
    json["peak_us"] = floor->peak_us;
    json["floor_us"] = floor->us;
    json["bound"] = BoundName(*floor);
  }
  if (const auto goal = GoalOf(report, result)) {
    json["goal"] = goal->goal;
    json["least"] = goal->least;
    json["goal_unit"] = goal->is_time ? "us" : "share";
  }
  json["skipped"] = result.skipped;
  json["rows"] =
      JsonArray(result.rows, [&](const BenchRow& row) { return ToJson(report, result, row); });
  return json;
}

constexpr auto kOptional = JsonReader::Need::kOptional;

void Number(JsonReader& reader, std::string_view key, double* out, JsonReader::Need need) {
  reader.Value(
      key,
      [out](const Json& value) {
        if (!value.IsNumber()) return WrongKind("number", value);
        *out = value.AsDouble();
        if (std::isfinite(*out) && *out >= 0) return Status();
        return Status(Code::kInvalidArgument, StrCat("(", *out, ") is no measure"));
      },
      need);
}

void Count(JsonReader& reader, std::string_view key, uint64_t* out) {
  int64_t value = 0;
  reader.Int(key, 0, INT64_MAX, &value, kOptional);
  *out = static_cast<uint64_t>(value);
}

void Flag(JsonReader& reader, std::string_view key, bool* out) {
  reader.Value(
      key,
      [out](const Json& value) {
        if (!value.IsBool()) return WrongKind("bool", value);
        *out = value.AsBool();
        return Status();
      },
      kOptional);
}

void Overrides(JsonReader& reader, std::string_view key, OverrideValues* out) {
  reader.Members(
      key, kMostItems,
      [out](const std::string& name, const Json& value) {
        if (!value.IsNumber()) return WrongKind("number", value);
        (*out)[name] = value.AsDouble();
        return Status();
      },
      kOptional);
}

// What is computed from the rest is not read, but may stand there.
void Ignore(JsonReader& reader, std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys) {
    reader.Value(
        key, [](const Json&) { return Status(); }, kOptional);
  }
}

Result<BenchRow> ReadRow(const Json& json, std::string_view file) {
  BenchRow row;
  bool ok = true;
  std::string message;
  JsonReader reader(json, file);
  reader.Text("kernel", &row.kernel);
  reader.Text("variant", &row.variant);
  Overrides(reader, "overrides", &row.overrides);
  Overrides(reader, "tuned", &row.tuned);
  Flag(reader, "chosen", &row.chosen);
  Flag(reader, "ok", &ok);
  reader.Text("message", &message, kOptional);
  const auto need = ok ? JsonReader::Need::kRequired : kOptional;
  Number(reader, "median_us", &row.timing.median_us, need);
  Number(reader, "min_us", &row.timing.min_us, need);
  Count(reader, "dispatches", &row.timing.dispatches);
  Count(reader, "rounds", &row.timing.rounds);
  Flag(reader, "device_clock", &row.timing.device_clock);
  Ignore(reader, {"gb_per_second", "tflops", "share", "floor_share"});
  INGOT_TRY(reader.Finish());
  if (ok && row.timing.median_us <= 0) return reader.Fail(json, "median_us (0) is no time");
  if (!ok) row.status = Status(Code::kUnsupported, message);
  return row;
}

Result<BenchResult> ReadResult(const Json& json, std::string_view file) {
  BenchResult result;
  std::string phase;
  JsonReader reader(json, file);
  reader.Text("op", &result.shape.op);
  reader.Text("role", &result.shape.role, kOptional);
  reader.Text("phase", &phase);
  reader.Text("shape", &result.shape.shape);
  Count(reader, "bytes", &result.work.bytes);
  Count(reader, "flops", &result.work.flops);
  Count(reader, "skipped", &result.skipped);
  Ignore(reader, {"peak_us", "floor_us", "bound", "goal", "least", "goal_unit"});
  reader.Each("rows", kMostItems, [&](const Json& item) -> Status {
    INGOT_ASSIGN(BenchRow row, ReadRow(item, file));
    result.rows.push_back(std::move(row));
    return Status();
  });
  INGOT_TRY(reader.Finish());
  if (phase != Name(Phase::kPrefill) && phase != Name(Phase::kDecode)) {
    return reader.Fail(json, StrCat("phase (", phase, ") is neither prefill nor decode"));
  }
  result.shape.phase = phase == Name(Phase::kPrefill) ? Phase::kPrefill : Phase::kDecode;
  return result;
}

std::vector<std::string> Heading(std::vector<std::string> first) {
  for (const char* name :
       {"us", "min", "GB/s", "TFLOP/s", "of peak", "of floor", "bound", "goal", ""}) {
    first.emplace_back(name);
  }
  return first;
}

// The cells behind the names of what was measured.
std::vector<std::string> Cells(std::vector<std::string> first, const BenchReport& report,
                               const BenchResult& result, const BenchRow& row) {
  if (!row.status.ok()) {
    first.insert(first.end(), {"", "", "", "", "", "", "", "", row.status.message()});
    return first;
  }
  const double median = row.timing.median_us;
  first.insert(first.end(), {Format("%.2f", median), Format("%.2f", row.timing.min_us),
                             Format("%.0f", GigabytesPerSecond(result, row)),
                             result.work.flops == 0 ? "" : Format("%.2f", Teraflops(result, row))});
  const auto floor = FloorOf(report, result);
  const auto goal = GoalOf(report, result);
  first.push_back(floor ? Format("%.1f %%", floor->peak_us / median * 100) : "");
  first.push_back(floor ? Format("%.1f %%", floor->us / median * 100) : "");
  first.emplace_back(floor ? BoundName(*floor) : "");
  first.push_back(goal ? VerdictText(*goal, VerdictOf(*goal, *floor, row)) : "");
  first.emplace_back("");
  return first;
}

}  // namespace

Json ToJson(const BenchReport& report) {
  Json json = Json::Object();
  json["device"] = report.device;
  json["device_name"] = report.device_name;
  json["driver"] = report.driver;
  json["date"] = report.date;
  json["independent"] = report.independent;
  if (report.peaks) {
    json["memory"] = tune::NameOf(report.peaks->memory);
    json["memory_gb_per_second"] = report.peaks->memory.bytes_per_second * 1e-9;
    json["f32_tflops"] = report.peaks->f32_flops * 1e-12;
    json["dispatch_us"] = report.peaks->dispatch_us;
  }
  json["shapes"] =
      JsonArray(report.results, [&](const BenchResult& result) { return ToJson(report, result); });
  return json;
}

Result<BenchReport> ReadBenchReport(std::string_view text, std::string_view file) {
  INGOT_ASSIGN(const Json json, Json::Parse(text, file));
  BenchReport report;
  std::string memory;
  double gigabytes = 0, teraflops = 0, dispatch_us = 0;
  JsonReader reader(json, file);
  reader.Text("device", &report.device);
  reader.Text("device_name", &report.device_name);
  reader.Text("driver", &report.driver, kOptional);
  reader.Text("date", &report.date, kOptional);
  Flag(reader, "independent", &report.independent);
  reader.Text("memory", &memory, kOptional);
  Number(reader, "memory_gb_per_second", &gigabytes, kOptional);
  Number(reader, "f32_tflops", &teraflops, kOptional);
  Number(reader, "dispatch_us", &dispatch_us, kOptional);
  reader.Each("shapes", kMostItems, [&](const Json& item) -> Status {
    INGOT_ASSIGN(BenchResult result, ReadResult(item, file));
    report.results.push_back(std::move(result));
    return Status();
  });
  INGOT_TRY(reader.Finish());
  if (gigabytes > 0) {
    report.peaks = tune::Peaks{.memory = {gigabytes * 1e9, memory == "copy"},
                               .f32_flops = teraflops * 1e12,
                               .dispatch_us = dispatch_us};
  }
  return report;
}

double GigabytesPerSecond(const BenchResult& result, const BenchRow& row) {
  return Rate(result.work.bytes, row, 1e-3);
}

double Teraflops(const BenchResult& result, const BenchRow& row) {
  return Rate(result.work.flops, row, 1e-6);
}

std::string Title(const tune::OpShape& shape) {
  return StrCat(shape.op, shape.role.empty() ? "" : StrCat(" (", shape.role, ")"), ", ",
                Name(shape.phase), ": ", shape.shape);
}

std::string ChoiceText(const BenchRow& row) {
  std::vector<std::string> values;
  for (const auto& [name, value] : row.tuned) values.push_back(StrCat(name, "=", value));
  return StrCat(row.kernel, row.variant.empty() ? "" : "/", row.variant,
                values.empty() ? "" : StrCat(" {", Join(values, " "), "}"));
}

std::string_view BoundName(const tune::Floor& floor) {
  return floor.by_memory ? "memory" : "arithmetic";
}

std::optional<tune::Floor> FloorOf(const BenchReport& report, const BenchResult& result) {
  if (!report.peaks) return std::nullopt;
  return tune::FloorOf(result.work, *report.peaks, report.independent);
}

std::optional<tune::Goal> GoalOf(const BenchReport& report, const BenchResult& result) {
  if (!report.peaks || report.device != "webgpu") return std::nullopt;
  return tune::GoalOf(result.shape, result.work);
}

Verdict VerdictOf(const tune::Goal& goal, const tune::Floor& floor, const BenchRow& row) {
  const double median = row.timing.median_us;
  const auto holds = [&](double limit) {
    return goal.is_time ? median <= limit : floor.peak_us / median >= limit;
  };
  if (holds(goal.goal)) return Verdict::kReached;
  return holds(goal.least) ? Verdict::kMissed : Verdict::kBelowLeast;
}

std::string VerdictText(const tune::Goal& goal, Verdict verdict) {
  const double limit = verdict == Verdict::kBelowLeast ? goal.least : goal.goal;
  const std::string value =
      goal.is_time ? Format("%.0f us", limit) : Format("%.0f %%", limit * 100);
  switch (verdict) {
    case Verdict::kReached:
      return StrCat("reached ", value);
    case Verdict::kMissed:
      return StrCat("missed ", value);
    case Verdict::kBelowLeast:
      return StrCat("missed even ", value);
  }
  return value;
}

void PrintPeaks(const BenchReport& report) {
  if (!report.peaks) return;
  PrintLine(StrCat(report.device_name, ": ", tune::NameOf(report.peaks->memory), " ",
                   Format("%.1f", report.peaks->memory.bytes_per_second * 1e-9), " GB/s, f32 ",
                   Format("%.2f", report.peaks->f32_flops * 1e-12), " TFLOP/s",
                   report.peaks->dispatch_us == 0
                       ? ""
                       : Format(", an empty dispatch %.2f us", report.peaks->dispatch_us)));
}

void PrintResult(const BenchReport& report, const BenchResult& result, uint64_t top) {
  PrintLine(StrCat(
      "\n", Title(result.shape), "; ", HumanBytes(result.work.bytes),
      result.work.flops == 0
          ? ""
          : StrCat(", ", Format("%.3g", static_cast<double>(result.work.flops) * 1e-9), " Gflop")));
  Table table(Heading({"kernel"}));
  uint64_t shown = 0;
  for (const BenchRow& row : result.rows) {
    if (top > 0 && ++shown > top) break;
    table.Row(Cells({StrCat(row.chosen ? "* " : "  ", ChoiceText(row))}, report, result, row));
  }
  Print(table.Text());
  if (result.skipped > 0) PrintLine(StrCat(result.skipped, " combinations are not legal here"));
}

void PrintBest(const BenchReport& report) {
  PrintLine("\nbest of each shape (* is what the device takes by itself)");
  Table table(Heading({"shape", "kernel"}));
  for (const BenchResult& result : report.results) {
    if (result.rows.empty()) continue;
    const BenchRow& best = result.rows[0];
    table.Row(Cells({Title(result.shape), StrCat(best.chosen ? "* " : "", ChoiceText(best))},
                    report, result, best));
  }
  Print(table.Text());
  PrintLine(StrCat("on ", report.device_name, report.driver.empty() ? "" : ", ", report.driver,
                   report.date.empty() ? "" : ", ", report.date, "; each dispatch ",
                   report.independent ? "is independent of" : "waits for", " the one before it"));
}

}  // namespace ingot::cli
