#include "ingot/cli/engine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/cli/interrupt.h"
#include "ingot/cli/output.h"
#include "ingot/cli/resolve_model.h"
#include "ingot/ir/compiler.h"
#include "ingot/plan/plan.h"

namespace ingot::cli {
namespace {

constexpr std::string_view kAuto = "auto";

// [ROLE:|OP=]KERNEL[/VARIANT]; the compiler knows which names there are.
kernels::Rule ParseRule(std::string_view text) {
  kernels::Rule rule;
  std::string_view rest = text;
  if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    rule.role = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  } else if (const size_t equals = rest.find('='); equals != std::string_view::npos) {
    rule.op = rest.substr(0, equals);
    rest.remove_prefix(equals + 1);
  }
  const size_t slash = rest.find('/');
  rule.kernel = rest.substr(0, slash);
  if (slash != std::string_view::npos) rule.variant = rest.substr(slash + 1);
  return rule;
}

Status CheckPasses(const std::vector<std::string>& passes) {
  std::vector<std::string> names = {ir::kNoPasses};
  for (const ir::PassRow& row : ir::ListPasses()) names.push_back(row.name);
  for (const std::string& pass : passes) {
    if (std::ranges::find(names, pass) != names.end()) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("--passes: unknown pass (", pass, ")", NearestHint(pass, names)));
  }
  return Status();
}

}  // namespace

runtime::DeviceOptions ToDeviceOptions(const SharedFlags& flags) {
  // Without a screen, a layer of Mesa that would look there for the preferred GPU complains.
  if (std::getenv("XDG_RUNTIME_DIR") == nullptr) ::setenv("NODEVICE_SELECT", "1", 0);
  const char* library = std::getenv("INGOT_WEBGPU_LIBRARY");
  return {.kind = flags.device,
          .threads = flags.threads,
          .hide_features = flags.hide_feature,
          .max_binding_bytes = flags.max_binding == 0 ? UINT64_MAX : flags.max_binding,
          .webgpu_library = library == nullptr ? "" : library,
          .adapter = flags.adapter,
          .kernel_dirs = flags.kernel_dir};
}

Result<std::unique_ptr<runtime::Device>> OpenDevice(const SharedFlags& flags,
                                                    const model::ModelOptions& options) {
  runtime::DeviceOptions device = ToDeviceOptions(flags);
  if (options.plan) {
    if (device.threads == 0) device.threads = static_cast<uint32_t>(options.plan->knobs.threads);
    if (device.kind == kAuto) device.kind = options.plan->target;
  }
  std::string why_cpu;
  auto opened = runtime::Open(device, &why_cpu);
  // Where there is no GPU, the message says already what to do.
  if (opened.status().code() == Code::kUnavailable) {
    return WithWayOut(opened.status(), device.kind);
  }
  if (opened.ok() && !why_cpu.empty() && !flags.quiet)
    Note(StrCat("running on the CPU: ", why_cpu));
  return opened;
}

Result<model::ModelOptions> ToModelOptions(const SharedFlags& flags) {
  model::ModelOptions options;
  options.spec_file = flags.spec;
  options.pre = flags.pre;
  options.numerics = flags.numerics == "exact" ? Numerics::kExact : Numerics::kFast;
  options.kv_dtype = flags.kv_type == "f32" ? DType::kF32 : DType::kF16;
  options.max_positions = flags.ctx;
  options.bind.ignore_tensors = flags.ignore_tensor;
  for (const std::string& set : flags.set) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Status(Code::kInvalidArgument, StrCat("--set: (", set, ") is not NAME=VALUE"));
    }
    options.bind.set[set.substr(0, equals)] = set.substr(equals + 1);
  }
  for (const std::string& text : flags.kernel) options.rules.push_back(ParseRule(text));
  INGOT_TRY(CheckPasses(flags.passes));
  options.passes = flags.passes;
  if (!flags.plan.empty()) {
    INGOT_ASSIGN(options.plan, plan::Load(flags.plan));
  }
  return options;
}

Result<Engine> LoadEngine(const SharedFlags& flags) {
  const auto start = std::chrono::steady_clock::now();
  INGOT_ASSIGN(model::ModelOptions options, ToModelOptions(flags));
  const std::atomic<bool>* interrupted = WatchInterrupts();
  Progress progress("load", !flags.quiet);
  options.progress = [&](uint64_t done, uint64_t total) {
    progress.Show(done, total);
    return !*interrupted;
  };
  INGOT_ASSIGN(auto file, OpenModel(flags.model));
  Engine engine;
  INGOT_ASSIGN(engine.device, OpenDevice(flags, options));
  auto model = model::Model::Load(*engine.device, std::move(file), options);
  if (!model.ok()) return WithWayOut(model.status(), engine.device->facts().kind);
  engine.model = std::move(*model);
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  engine.load_ms = spent.count();
  return engine;
}

Status WithWayOut(const Status& status, std::string_view device_kind) {
  const bool is_of_the_device =
      status.code() == Code::kUnavailable || status.code() == Code::kUnsupported;
  if (device_kind != "webgpu" || !is_of_the_device || *WatchInterrupts()) return status;
  return Status(status.code(), StrCat(status.message(), "; --device cpu does without the GPU"));
}

std::string DescribeSetup(const Engine& engine) {
  const DeviceFacts& facts = engine.device->facts();
  const model::ModelOptions& options = engine.model->options();
  return StrCat(Name(options.numerics), " numerics, ", Name(options.kv_dtype), " cache, ",
                facts.kind, " with ", facts.threads, facts.threads == 1 ? " thread" : " threads");
}

void AddSetup(Json& json, const Engine& engine) {
  json["device"] = engine.device->facts().kind;
  json["threads"] = engine.device->facts().threads;
  json["numerics"] = Name(engine.model->options().numerics);
  json["kv_type"] = Name(engine.model->options().kv_dtype);
}

std::string DescribeSampling(std::string_view why_on_host, uint64_t tokens_per_submit) {
  if (!why_on_host.empty()) return StrCat("sampled by the host: ", why_on_host);
  return StrCat(tokens_per_submit, tokens_per_submit == 1 ? " token" : " tokens", " a submission");
}

}  // namespace ingot::cli
