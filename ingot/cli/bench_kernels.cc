// `ingot bench kernels`: how long each kernel takes for the ops of a model, and which choice is
// best.
#include <algorithm>
#include <ctime>
#include <memory>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/cli/bench_page.h"
#include "ingot/cli/bench_report.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/tune/kernel_bench.h"
#include "ingot/tune/model_shape.h"
#include "ingot/tune/peaks.h"

namespace ingot::cli {
namespace {

using tune::BenchResult;

struct Flags {
  SharedFlags shared;
  tune::BenchOptions bench;
  std::vector<std::string> sets;    // OVERRIDE=VALUE,VALUE
  std::vector<std::string> ops;     // empty: all of the model
  std::vector<std::string> shapes;  // empty: those of the model
  std::vector<std::string> formats;
  std::string phase;  // empty: both
  std::string model = "llama-1b";
  uint64_t top = 0;
  bool no_peaks = false;
  std::string html;
  std::string from;
};

std::optional<double> ParseValue(std::string_view text) {
  if (text == "true") return 1;
  if (text == "false") return 0;
  return ParseDouble(text);
}

Status ParseSets(Flags& flags) {
  for (const std::string& set : flags.sets) {
    const size_t equals = set.find('=');
    auto refuse = [&] {
      return Status(Code::kInvalidArgument,
                    StrCat("--set: (", set, ") is not OVERRIDE=VALUE,VALUE..."));
    };
    if (equals == std::string::npos || equals == 0) return refuse();
    std::vector<double>& values = flags.bench.values[set.substr(0, equals)];
    for (std::string_view part : Split(std::string_view(set).substr(equals + 1), ',')) {
      const std::optional<double> value = ParseValue(part);
      if (!value) return refuse();
      values.push_back(*value);
    }
    if (values.empty()) return refuse();
  }
  return Status();
}

std::vector<tune::OpShape> WantedShapes(const Flags& flags) {
  std::vector<tune::OpShape> shapes;
  for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
    if (!flags.phase.empty() && flags.phase != Name(phase)) continue;
    if (!flags.shapes.empty()) continue;
    for (tune::OpShape& shape : tune::ShapesOf(flags.model, phase)) {
      const std::string_view format = tune::ValueIn(shape.shape, "format");
      auto among = [](const std::vector<std::string>& wanted, std::string_view name) {
        return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
      };
      if (!among(flags.ops, shape.op)) continue;
      if (!format.empty() && !among(flags.formats, format)) continue;
      shapes.push_back(std::move(shape));
    }
  }
  const std::vector<std::string> matmul = {"matmul"};
  for (const std::string& shape : flags.shapes) {
    // One row is what a decode step has.
    const std::string_view rows = tune::ValueIn(shape, "rows");
    const bool prefill =
        flags.phase.empty() ? !rows.empty() && rows != "1" : flags.phase == Name(Phase::kPrefill);
    for (const std::string& op : flags.ops.empty() ? matmul : flags.ops) {
      shapes.push_back({op, "", prefill ? Phase::kPrefill : Phase::kDecode, shape});
    }
  }
  return shapes;
}

// The time in UTC, as `2026-01-31 17:05 UTC`.
std::string Now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return Format("%04d-%02d-%02d %02d:%02d UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min);
}

Status WritePage(const BenchReport& report, const Flags& flags) {
  if (flags.html.empty()) return Status();
  return WriteFileAtomic(flags.html, BenchPage(report));
}

// Shows a report that was written before.
Status Show(const Flags& flags) {
  INGOT_ASSIGN(const std::string text, ReadFile(flags.from));
  INGOT_ASSIGN(const BenchReport report, ReadBenchReport(text, flags.from));
  if (flags.shared.json) {
    PrintJson(ToJson(report));
  } else {
    PrintPeaks(report);
    for (const BenchResult& result : report.results) PrintResult(report, result, flags.top);
    PrintBest(report);
  }
  return WritePage(report, flags);
}

Status Bench(Flags flags) {
  if (!flags.from.empty()) return Show(flags);
  INGOT_TRY(ParseSets(flags));
  const std::vector<tune::OpShape> shapes = WantedShapes(flags);
  if (shapes.empty()) return Status(Code::kInvalidArgument, "no shape is left to measure");
  INGOT_ASSIGN(const auto device, OpenDevice(flags.shared, {}));
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("bench", !flags.shared.quiet);
  const DeviceFacts& facts = device->facts();
  BenchReport report{.device = facts.kind,
                     .device_name = facts.name,
                     .driver = facts.driver,
                     .date = Now(),
                     .independent = flags.bench.timing.independent};
  if (!flags.no_peaks) {
    INGOT_ASSIGN(report.peaks, tune::MeasurePeaks(*device, flags.bench.timing.seconds));
  }
  if (!flags.shared.json) PrintPeaks(report);
  for (const tune::OpShape& shape : shapes) {
    auto go_on = [&](uint64_t done, uint64_t all) {
      progress.Show(done, all, StrCat(shape.op, " ", shape.shape));
      return !*interrupted;
    };
    INGOT_ASSIGN(BenchResult result, tune::BenchKernels(*device, shape, flags.bench, go_on));
    progress.Erase();
    if (!result.rows.empty()) {
      if (!flags.shared.json) PrintResult(report, result, flags.top);
      report.results.push_back(std::move(result));
    }
    if (*interrupted) break;
  }
  if (report.results.empty() && !*interrupted) {
    return Status(Code::kUnsupported, "no kernel serves these shapes with these choices");
  }
  if (flags.shared.json) {
    PrintJson(ToJson(report));
  } else if (!report.results.empty()) {
    PrintBest(report);
  }
  INGOT_TRY(WritePage(report, flags));
  return *interrupted ? Status(Code::kUnavailable, "interrupted") : Status();
}

std::vector<std::string> ListNames() {
  const auto lists = tune::ShapeLists();
  return {lists.begin(), lists.end()};
}

}  // namespace

Action CmdBenchKernels(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("--model", flags->model, "Whose shapes are measured; goals: those that have one")
      ->check(OneOf(ListNames()));
  app.add_option("--op", flags->ops, "Ops, instead of all of the model; with --shape: matmul")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--phase", flags->phase, "Only this one: prefill has 512 rows, decode one")
      ->check(OneOf({"prefill", "decode"}));
  app.add_option("--format", flags->formats, "Weight formats, instead of several of the model")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--shape", flags->shapes,
                 "Shape of the op, instead of the model's: `rows=1 cols=8192 depth=2048 "
                 "format=q8_0`; repeatable")
      ->allow_extra_args(false);
  app.add_option("--kernel", flags->bench.kernels, "Kernels, instead of all that serve the op")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--variant", flags->bench.variants, "Variants, instead of all")
      ->type_name("NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--set", flags->sets,
                 "Values of an override; every legal combination is measured; repeatable")
      ->type_name("OVERRIDE=V,V...")
      ->allow_extra_args(false);
  app.add_flag("--chosen", flags->bench.chosen_only, "Only what the device takes by itself");
  app.add_flag("--independent", flags->bench.timing.independent,
               "Dispatches need not wait for each other");
  app.add_option("--time", flags->bench.timing.seconds, "Seconds for one row at the most, about")
      ->check(CLI::Range(0.0, 60.0));
  app.add_option("--top", flags->top, "Rows shown of each shape; 0: all")
      ->check(Between(0, 1 << 20));
  app.add_flag("--no-peaks", flags->no_peaks,
               "Do not measure what the device can do, and so no share of it");
  app.add_option("--html", flags->html, "Also write the report as a page")->type_name("FILE");
  app.add_option("--from", flags->from, "Measure nothing: show what --json has printed before")
      ->type_name("FILE");
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  AddExample(app,
             "ingot bench kernels --device webgpu --op matmul --phase decode --kernel matmul_gemv "
             "--set LANES=16,32,64");
  return [flags] { return Bench(*flags); };
}

}  // namespace ingot::cli
