// `ingot doctor`: what this machine has, how fast it is at most, and whether the kernels are right
// on it.
#include <algorithm>
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/bundled.h"
#include "ingot/cli/command.h"
#include "ingot/cli/engine.h"
#include "ingot/cli/output.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/kernels/cpu/peaks.h"
#include "ingot/runtime/cpu/memory.h"
#include "ingot/runtime/webgpu/device.h"
#include "ingot/tune/peaks.h"
#include "ingot/verify/cases.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  bool no_peaks = false;
};

struct Peak {
  std::string_view key;
  std::string_view label;
  std::string_view unit;
  double value;  // 0: the processor lacks it
};

Result<std::vector<Peak>> MeasurePeaks(runtime::Device& device) {
  constexpr double kSeconds = 0.3;
  constexpr int kRounds = 3;
  INGOT_ASSIGN(const tune::Peaks found, tune::MeasurePeaks(device, kSeconds));
  const double memory = found.memory.bytes_per_second * 1e-9;
  const Peak f32 = {"f32_gflops", "f32 multiply-add", "Gflop/s", found.f32_flops * 1e-9};
  if (found.memory.copied) {
    return std::vector<Peak>{{"copy_gb_per_second", "memory copy", "GB/s", memory},
                             f32,
                             {"dispatch_us", "empty dispatch", "us", found.dispatch_us}};
  }
  kernels::cpu::ThreadPool pool(device.facts().threads);
  using namespace kernels::cpu;
  return std::vector<Peak>{
      {"read_gb_per_second", "memory read", "GB/s", memory},
      f32,
      {"int8_gops", "int8 dot product", "Gop/s", Int8DotPeak(pool, kRounds) * 1e-9},
      {"bf16_gflops", "bf16 dot product", "Gflop/s", Bf16DotPeak(pool, kRounds) * 1e-9},
      {"tile_bf16_gflops", "bf16 tiles", "Gflop/s", TileBf16Peak(pool, kRounds) * 1e-9},
  };
}

struct DeviceRow {
  std::string kind;
  Status status;
};

std::vector<DeviceRow> FindDevices(runtime::DeviceOptions options) {
  std::vector<DeviceRow> rows;
  options.kernel_dirs.clear();  // not every kind takes them
  for (const std::string_view kind : {"cpu", "webgpu", "null"}) {
    options.kind = kind;
    rows.push_back({options.kind, runtime::Open(options).status()});
  }
  return rows;
}

// What a person could do about what is missing.
std::vector<std::string> Advice(const DeviceFacts& facts, const std::vector<std::string>& models) {
  std::vector<std::string> lines;
  if (models.empty()) {
    lines.emplace_back("no model in the cache: `./dev model gemma3-270m` fetches one");
  }
  if (BundledModel().empty()) lines.emplace_back("this build has no bundled model");
  if (facts.kind == "cpu" && !facts.Has("avx2")) {
    lines.emplace_back("the processor lacks AVX2: every kernel runs its portable path");
  }
  return lines;
}

std::string ErrorText(double value) { return value == 0 ? "0" : Format("%.2e", value); }

Json ToJson(const verify::Report& report) {
  Json json = Json::Object();
  json["kernel"] = report.kernel;
  json["case"] = report.name;
  json["ok"] = report.ok;
  json["max_error"] = report.max_error;
  json["closest_error"] = report.error;
  json["bound"] = report.bound;
  json["message"] = report.message;
  return json;
}

struct Findings {
  DeviceFacts facts;
  uint64_t memory = 0;
  std::vector<DeviceRow> devices;
  std::vector<runtime::webgpu::AdapterFacts> adapters;
  std::vector<Peak> peaks;
  std::vector<verify::Report> smoke;
  std::vector<std::string> models;
};

Json ToJson(const Findings& found) {
  Json json = Json::Object();
  json["device"] = found.facts.kind;
  json["name"] = found.facts.name;
  json["threads"] = found.facts.threads;
  json["features"] = JsonArray(found.facts.features);
  json["memory_bytes"] = found.memory;
  json["devices"] = JsonArray(found.devices, [](const DeviceRow& row) {
    Json entry = Json::Object();
    entry["kind"] = row.kind;
    entry["ok"] = row.status.ok();
    entry["message"] = row.status.message();
    return entry;
  });
  json["adapters"] = JsonArray(found.adapters, [](const runtime::webgpu::AdapterFacts& adapter) {
    Json entry = Json::Object();
    entry["name"] = adapter.facts.name;
    entry["type"] = adapter.type;
    entry["backend"] = adapter.backend;
    entry["driver"] = adapter.facts.driver;
    entry["features"] = JsonArray(adapter.facts.features);
    return entry;
  });
  Json peaks = Json::Object();
  for (const Peak& peak : found.peaks) peaks[peak.key] = peak.value;
  json["peaks"] = std::move(peaks);
  json["smoke"] =
      JsonArray(found.smoke, [](const verify::Report& report) { return ToJson(report); });
  json["models"] = JsonArray(found.models);
  json["bundled_model_bytes"] = static_cast<uint64_t>(BundledModel().size());
  json["advice"] = JsonArray(Advice(found.facts, found.models));
  return json;
}

void PrintFindings(const Findings& found) {
  PrintLine(StrCat(found.facts.name, ", ", found.facts.threads, " threads, ",
                   HumanBytes(found.memory), " of memory free"));
  PrintLine(StrCat("features: ", Join(found.facts.features, ", ")));
  for (const DeviceRow& row : found.devices) {
    PrintLine(StrCat("device ", row.kind, ": ", row.status.ok() ? "ok" : row.status.message()));
  }
  for (const runtime::webgpu::AdapterFacts& adapter : found.adapters) {
    PrintLine(StrCat("adapter ", adapter.facts.name, ": ", adapter.type, ", ", adapter.backend,
                     ", ", adapter.facts.driver, "; ", Join(adapter.facts.features, ", ")));
  }
  PrintLine(StrCat("models: ", BundledModel().empty() ? "" : "bundled ", Join(found.models, " ")));
  if (!found.peaks.empty()) PrintLine("");
  for (const Peak& peak : found.peaks) {
    PrintLine(peak.value == 0 ? StrCat(peak.label, ": the processor lacks it")
                              : StrCat(peak.label, ": ", Format("%.1f ", peak.value), peak.unit));
  }
  Table table({"kernel", "max error", "closest error", "its bound", "verdict"});
  for (const verify::Report& report : found.smoke) {
    table.Row({report.kernel, ErrorText(report.max_error), ErrorText(report.error),
               ErrorText(report.bound), report.ok ? "ok" : report.message});
  }
  Print("\n" + table.Text());
  for (const std::string& line : Advice(found.facts, found.models)) PrintLine(line);
}

Status Doctor(const Flags& flags) {
  INGOT_ASSIGN(const auto device, OpenDevice(flags.shared, {}));
  Findings found;
  found.facts = device->facts();
  found.memory = runtime::cpu::AvailableMemory();
  const runtime::DeviceOptions options = ToDeviceOptions(flags.shared);
  found.devices = FindDevices(options);
  // Why there are none is in the row of the device.
  auto adapters = runtime::webgpu::ListAdapters(options);
  if (adapters.ok()) found.adapters = std::move(*adapters);
  found.models = CachedModels();
  // First what is right: a device that is lost while its peaks are measured has been judged.
  found.smoke = verify::SmokeTest(*device);
  Status unmeasured;
  if (!flags.no_peaks) {
    auto peaks = MeasurePeaks(*device);
    unmeasured = peaks.status();
    if (peaks.ok()) found.peaks = std::move(*peaks);
  }
  if (flags.shared.json) {
    PrintJson(ToJson(found));
  } else {
    PrintFindings(found);
  }
  if (found.smoke.empty()) return Status(Code::kMismatch, "no kernel could be tested");
  for (const verify::Report& report : found.smoke) {
    if (report.ok) continue;
    return Status(Code::kMismatch, StrCat("kernel (", report.kernel, ") failed its smoke test"));
  }
  return unmeasured.At("peaks");
}

}  // namespace

Action CmdDoctor(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddDeviceFlags(app, flags->shared);
  AddKernelDirFlag(app, flags->shared);
  app.add_flag("--no-peaks", flags->no_peaks, "Leave the measurements out");
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot doctor");
  return [flags] { return Doctor(*flags); };
}

}  // namespace ingot::cli
