// `ingot bench kernels`: how long each kernel takes for the ops of a model, and which choice is
// best.
#include <algorithm>
#include <memory>

#include "ingot/base/text.h"
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
using tune::BenchRow;

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
};

// What was measured, and the peaks it is held against, if they were.
struct Findings {
  std::optional<tune::Peaks> peaks;
  std::vector<BenchResult> results;
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

// The value of a name of a shape; empty if it has none.
std::string_view ValueIn(std::string_view shape, std::string_view name) {
  for (std::string_view item : Split(shape, ' ')) {
    if (item.starts_with(StrCat(name, "="))) return item.substr(name.size() + 1);
  }
  return {};
}

std::vector<tune::OpShape> WantedShapes(const Flags& flags) {
  std::vector<tune::OpShape> shapes;
  for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
    if (!flags.phase.empty() && flags.phase != Name(phase)) continue;
    for (const tune::ModelSizes& model : tune::KnownModels()) {
      if (!flags.shapes.empty() || model.name != flags.model) continue;
      for (tune::OpShape& shape : tune::ShapesOf(model, phase)) {
        const std::string_view format = ValueIn(shape.shape, "format");
        auto among = [](const std::vector<std::string>& wanted, std::string_view name) {
          return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
        };
        if (!among(flags.ops, shape.op)) continue;
        if (!format.empty() && !among(flags.formats, format)) continue;
        shapes.push_back(std::move(shape));
      }
    }
  }
  const std::vector<std::string> matmul = {"matmul"};
  for (const std::string& shape : flags.shapes) {
    // One row is what a decode step has.
    const std::string_view rows = ValueIn(shape, "rows");
    const bool prefill =
        flags.phase.empty() ? !rows.empty() && rows != "1" : flags.phase == Name(Phase::kPrefill);
    for (const std::string& op : flags.ops.empty() ? matmul : flags.ops) {
      shapes.push_back({op, "", prefill ? Phase::kPrefill : Phase::kDecode, shape});
    }
  }
  return shapes;
}

double Rate(uint64_t amount, const BenchRow& row, double scale) {
  return static_cast<double>(amount) / row.timing.median_us * scale;
}
double GigabytesPerSecond(const BenchResult& result, const BenchRow& row) {
  return Rate(result.work.bytes, row, 1e-3);
}
double Teraflops(const BenchResult& result, const BenchRow& row) {
  return Rate(result.work.flops, row, 1e-6);
}

// The least time at the peaks over the time it took.
double Share(const tune::Floor& floor, const BenchRow& row) {
  return floor.us / row.timing.median_us;
}
std::string_view BoundName(const tune::Floor& floor) {
  return floor.by_memory ? "memory" : "arithmetic";
}

// `matmul_gemv/q4 {LANES=16 WG=128}`.
std::string Choice(const BenchRow& row) {
  std::vector<std::string> values;
  for (const auto& [name, value] : row.tuned) values.push_back(StrCat(name, "=", value));
  return StrCat(row.kernel, row.variant.empty() ? "" : "/", row.variant,
                values.empty() ? "" : StrCat(" {", Join(values, " "), "}"));
}

std::string Title(const BenchResult& result) {
  const tune::OpShape& shape = result.shape;
  return StrCat(shape.op, shape.role.empty() ? "" : StrCat(" (", shape.role, ")"), ", ",
                Name(shape.phase), ": ", shape.shape);
}

Json ToJson(const Findings& found, const BenchResult& result, const BenchRow& row) {
  Json json = Json::Object();
  json["kernel"] = row.kernel;
  json["variant"] = row.variant;
  Json overrides = Json::Object();
  for (const auto& [name, value] : row.overrides) overrides[name] = value;
  json["overrides"] = std::move(overrides);
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
  if (found.peaks) json["share"] = Share(tune::FloorOf(result.work, *found.peaks), row);
  return json;
}

Json ToJson(const Findings& found, const BenchResult& result) {
  Json json = Json::Object();
  json["op"] = result.shape.op;
  json["role"] = result.shape.role;
  json["phase"] = Name(result.shape.phase);
  json["shape"] = result.shape.shape;
  json["bytes"] = result.work.bytes;
  json["flops"] = result.work.flops;
  if (found.peaks) {
    const tune::Floor floor = tune::FloorOf(result.work, *found.peaks);
    json["floor_us"] = floor.us;
    json["bound"] = BoundName(floor);
  }
  json["skipped"] = result.skipped;
  json["rows"] =
      JsonArray(result.rows, [&](const BenchRow& row) { return ToJson(found, result, row); });
  return json;
}

std::vector<std::string> Heading(std::vector<std::string> first) {
  for (const char* name : {"us", "min", "GB/s", "TFLOP/s", "share", ""}) first.emplace_back(name);
  return first;
}

// The cells behind the names of what was measured.
std::vector<std::string> Cells(std::vector<std::string> first, const Findings& found,
                               const BenchResult& result, const BenchRow& row) {
  if (!row.status.ok()) {
    first.insert(first.end(), {"", "", "", "", "", row.status.message()});
    return first;
  }
  first.insert(first.end(),
               {Format("%.2f", row.timing.median_us), Format("%.2f", row.timing.min_us),
                Format("%.0f", GigabytesPerSecond(result, row)),
                result.work.flops == 0 ? "" : Format("%.2f", Teraflops(result, row))});
  if (!found.peaks) {
    first.insert(first.end(), {"", ""});
    return first;
  }
  const tune::Floor floor = tune::FloorOf(result.work, *found.peaks);
  first.insert(first.end(),
               {Format("%.1f %%", Share(floor, row) * 100), StrCat("of ", BoundName(floor))});
  return first;
}

void PrintResult(const Findings& found, const BenchResult& result, const Flags& flags) {
  PrintLine(StrCat(
      "\n", Title(result), "; ", HumanBytes(result.work.bytes),
      result.work.flops == 0
          ? ""
          : StrCat(", ", Format("%.3g", static_cast<double>(result.work.flops) * 1e-9), " Gflop")));
  Table table(Heading({"kernel"}));
  uint64_t shown = 0;
  for (const BenchRow& row : result.rows) {
    if (flags.top > 0 && ++shown > flags.top) break;
    table.Row(Cells({StrCat(row.chosen ? "* " : "  ", Choice(row))}, found, result, row));
  }
  Print(table.Text());
  if (result.skipped > 0) PrintLine(StrCat(result.skipped, " combinations are not legal here"));
}

void PrintBest(const Findings& found) {
  PrintLine("\nbest of each shape (* is what the device takes by itself)");
  Table table(Heading({"shape", "kernel"}));
  for (const BenchResult& result : found.results) {
    const BenchRow& best = result.rows[0];
    table.Row(
        Cells({Title(result), StrCat(best.chosen ? "* " : "", Choice(best))}, found, result, best));
  }
  Print(table.Text());
}

Status MeasurePeaks(runtime::Device& device, const Flags& flags, Findings& found) {
  if (flags.no_peaks) return Status();
  INGOT_ASSIGN(found.peaks, tune::MeasurePeaks(device, flags.bench.timing.seconds));
  if (flags.shared.json) return Status();
  PrintLine(StrCat(device.facts().name, ": ", tune::NameOf(found.peaks->memory), " ",
                   Format("%.1f", found.peaks->memory.bytes_per_second * 1e-9), " GB/s, f32 ",
                   Format("%.2f", found.peaks->f32_flops * 1e-12), " TFLOP/s",
                   found.peaks->dispatch_us == 0
                       ? ""
                       : Format(", an empty dispatch %.2f us", found.peaks->dispatch_us)));
  return Status();
}

Json ToJson(const Findings& found, const DeviceFacts& facts, const Flags& flags) {
  Json json = Json::Object();
  json["device"] = facts.kind;
  json["device_name"] = facts.name;
  json["independent"] = flags.bench.timing.independent;
  if (found.peaks) {
    json["memory"] = tune::NameOf(found.peaks->memory);
    json["memory_gb_per_second"] = found.peaks->memory.bytes_per_second * 1e-9;
    json["f32_tflops"] = found.peaks->f32_flops * 1e-12;
    json["dispatch_us"] = found.peaks->dispatch_us;
  }
  json["shapes"] =
      JsonArray(found.results, [&](const BenchResult& result) { return ToJson(found, result); });
  return json;
}

Status Bench(Flags flags) {
  INGOT_TRY(ParseSets(flags));
  const std::vector<tune::OpShape> shapes = WantedShapes(flags);
  if (shapes.empty()) return Status(Code::kInvalidArgument, "no shape is left to measure");
  INGOT_ASSIGN(const auto device, OpenDevice(flags.shared, {}));
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("bench", !flags.shared.quiet);
  Findings found;
  INGOT_TRY(MeasurePeaks(*device, flags, found));
  for (const tune::OpShape& shape : shapes) {
    auto go_on = [&](uint64_t done, uint64_t all) {
      progress.Show(done, all, StrCat(shape.op, " ", shape.shape));
      return !*interrupted;
    };
    INGOT_ASSIGN(BenchResult result, tune::BenchKernels(*device, shape, flags.bench, go_on));
    progress.Erase();
    if (!result.rows.empty()) {
      if (!flags.shared.json) PrintResult(found, result, flags);
      found.results.push_back(std::move(result));
    }
    if (*interrupted) break;
  }
  if (found.results.empty() && !*interrupted) {
    return Status(Code::kUnsupported, "no kernel serves these shapes with these choices");
  }
  if (flags.shared.json) {
    PrintJson(ToJson(found, device->facts(), flags));
  } else if (!found.results.empty()) {
    PrintBest(found);
    PrintLine(StrCat("on ", device->facts().name, "; each dispatch ",
                     flags.bench.timing.independent ? "is independent of" : "waits for",
                     " the one before it"));
  }
  return *interrupted ? Status(Code::kUnavailable, "interrupted") : Status();
}

std::vector<std::string> ModelNames() {
  std::vector<std::string> names;
  for (const tune::ModelSizes& model : tune::KnownModels()) names.emplace_back(model.name);
  return names;
}

}  // namespace

Action CmdBenchKernels(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("--model", flags->model, "Whose shapes are measured")->check(OneOf(ModelNames()));
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
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  AddOutputFlags(app, flags->shared);
  AddExample(app,
             "ingot bench kernels --device webgpu --op matmul --phase decode --kernel matmul_gemv "
             "--set LANES=16,32,64");
  return [flags] { return Bench(*flags); };
}

}  // namespace ingot::cli
