#include "ingot/verify/gate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/verify/gate_run.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

// Each run gets its poison and guard bands of its own length, so that offsets differ as well.
constexpr size_t kGuardBytes = 256;
constexpr std::string_view kUseSubgroups = "USE_SUBGROUPS";
constexpr uint32_t kNan = 0x7FC00000;
constexpr uint32_t kHuge = 0x71800000;  // 2^100
constexpr std::array kRuns = {
    RunSetup{.poison = kNan, .guard_bytes = kGuardBytes},
    RunSetup{.poison = kHuge, .guard_bytes = 2 * kGuardBytes, .is_long = true},
    RunSetup{.poison = kNan, .guard_bytes = kGuardBytes, .grid = GridChange::kSurplus},
    RunSetup{.poison = kHuge, .guard_bytes = 3 * kGuardBytes, .grid = GridChange::kFold},
};

uint32_t WordAt(const std::vector<std::byte>& bytes, size_t at) {
  uint32_t word = 0;
  std::memcpy(&word, &bytes[at], std::min(sizeof word, bytes.size() - at));
  return word;
}

// What is submitted of each case.
std::vector<RunSetup> SetupsOf(const GateOptions& options) {
  std::vector<RunSetup> setups;
  for (size_t run = 0; run < std::max(kRuns.size(), options.repeats); ++run) {
    setups.push_back(kRuns[run % kRuns.size()]);
  }
  RunSetup beside = kRuns[0];
  beside.poison = kHuge;
  beside.copies = std::max<size_t>(2, options.repeats);
  setups.push_back(beside);
  return setups;
}

// `what` names the other run. Where both still hold what was there before, nothing was written.
Status CompareRuns(const std::vector<std::byte>& first, const std::vector<std::byte>& other,
                   uint32_t poison, std::string_view what) {
  if (first == other) return {};
  const size_t at =
      static_cast<size_t>(std::ranges::mismatch(first, other).in1 - first.begin()) / 4 * 4;
  const uint32_t before = WordAt(first, at), now = WordAt(other, at);
  if (before == kRuns[0].poison && now == poison) {
    return Status(Code::kMismatch, StrCat("word (", at / 4, ") was not written"));
  }
  return Status(Code::kMismatch,
                StrCat(what, " differs from the first at word (", at / 4, "): it is (",
                       Format("0x%x", now), "), it was (", Format("0x%x", before), ")"));
}

Status Check(const KernelCase& c) {
  const kernels::KernelDesc& desc = *c.kernel;
  if (c.bindings.size() == desc.bindings.size() && c.uniforms.size() == desc.uniforms.size()) {
    return {};
  }
  return Status(
      Code::kInvalidArgument,
      StrCat("bindings (", c.bindings.size(), ") and uniforms (", c.uniforms.size(),
             ") are not the kernel's (", desc.bindings.size(), ", ", desc.uniforms.size(), ")"));
}

Comparison CompareResult(const CaseResult& wanted, const std::vector<std::byte>& bytes) {
  if (!wanted.words.empty()) {
    std::vector<uint32_t> words(bytes.size() / sizeof(uint32_t));
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint32_t));
    return CompareWords(words, wanted.words);
  }
  std::vector<float> numbers(bytes.size() / Traits(wanted.dtype).bytes);
  DecodeRow(wanted.dtype, bytes, numbers.data(), numbers.size());
  if (!wanted.parts.empty()) {
    const size_t parts = numbers.size() / wanted.want.size();
    for (size_t i = 0; i < wanted.want.size(); ++i) {
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(i * parts);
      numbers[i] = static_cast<float>(
          std::accumulate(first, first + static_cast<std::ptrdiff_t>(parts), 0.0));
    }
    numbers.resize(wanted.want.size());
  }
  return Compare(numbers, wanted.want, wanted.bound);
}

// Puts the binding before the message where a case has several results.
Status AtResult(const KernelCase& c, size_t i, Status status) {
  if (status.ok() || c.results.size() == 1) return status;
  return status.At(StrCat("binding ", c.kernel->bindings[c.results[i].binding].name));
}

Status CompareResults(const KernelCase& c, const std::vector<std::vector<std::byte>>& first,
                      Report& report) {
  double closest = -1;
  for (size_t i = 0; i < first.size(); ++i) {
    const Comparison comparison = CompareResult(c.results[i], first[i]);
    report.max_error = std::max(report.max_error, comparison.max_error);
    const double share = comparison.error == 0 ? 0 : comparison.error / comparison.bound;
    if (!comparison.ok || share > closest) {
      closest = share;
      report.index = comparison.index;
      report.got = comparison.got;
      report.want = comparison.want;
      report.error = comparison.error;
      report.bound = comparison.bound;
    }
    if (comparison.ok) continue;
    return AtResult(c, i, Status(Code::kMismatch, comparison.message));
  }
  return {};
}

// Overrides, facts and uniforms by name, computed uniforms included. These are also put into
// `words`.
Result<kernels::HeaderNumbers> NumbersOf(const KernelCase& c, const OverrideValues& overrides,
                                         const DeviceFacts& facts, std::vector<uint32_t>& words) {
  INGOT_TRY(Check(c));
  kernels::HeaderNumbers numbers;
  kernels::AddFacts(facts, &numbers);
  for (const auto& [name, value] : overrides) numbers[name] = static_cast<int64_t>(value);
  const std::vector<kernels::UniformDesc>& uniforms = c.kernel->uniforms;
  for (size_t i = 0; i < uniforms.size(); ++i) {
    const bool given = uniforms[i].kind == kernels::UniformKind::kU32 && !uniforms[i].value;
    if (given) numbers[uniforms[i].name] = words[i];
  }
  for (size_t i = 0; i < uniforms.size(); ++i) {
    if (!uniforms[i].value) continue;
    INGOT_ASSIGN(const int64_t value, kernels::Evaluate(*uniforms[i].value, numbers));
    words[i] = static_cast<uint32_t>(value);
    numbers[uniforms[i].name] = value;
  }
  return numbers;
}

}  // namespace

Report ReportOf(const KernelCase& kernel_case) {
  Report report;
  report.kernel = kernel_case.kernel->name;
  report.file = kernel_case.kernel->file;
  report.name = kernel_case.name;
  report.variant = kernel_case.variant;
  report.shape = kernel_case.shape;
  report.overrides = kernel_case.overrides;
  return report;
}

Status CheckLegal(const KernelCase& kernel_case, const DeviceFacts& facts) {
  std::vector<uint32_t> words = kernel_case.uniforms;
  INGOT_ASSIGN(const kernels::HeaderNumbers numbers,
               NumbersOf(kernel_case, kernel_case.overrides, facts, words));
  for (const std::string& feature : kernel_case.kernel->features) {
    if (facts.Has(feature)) continue;
    return Status(Code::kUnsupported,
                  StrCat(kernel_case.kernel->name, ": the device lacks (", feature, ")"));
  }
  return kernels::CheckRequirements(*kernel_case.kernel, numbers, /*all=*/true);
}

Result<runtime::Command> MakeCommand(const KernelCase& kernel_case, const OverrideValues& overrides,
                                     const DeviceFacts& facts, runtime::Pipeline& pipeline) {
  runtime::Command command;
  command.pipeline = &pipeline;
  command.uniforms = kernel_case.uniforms;
  command.label = StrCat(kernel_case.kernel->name, " ", kernel_case.name);
  INGOT_ASSIGN(const kernels::HeaderNumbers numbers,
               NumbersOf(kernel_case, overrides, facts, command.uniforms));
  const std::vector<kernels::HeaderExpr>& grid = kernel_case.kernel->grid;
  if (grid.empty()) return command;
  INGOT_ASSIGN(const kernels::Groups groups, kernels::EvaluateGrid(grid, numbers));
  command.grid = {groups.x, groups.y, groups.z};
  return command;
}

Gate::Gate(runtime::Device& device, const GateOptions& options)
    : device_(device), options_(options), dirt_(std::make_unique<Dirt>(device)) {}
Gate::~Gate() = default;

Result<runtime::Pipeline*> Gate::PipelineFor(const KernelCase& c) {
  std::shared_ptr<runtime::Pipeline>& pipeline = pipelines_[{c.kernel->name, c.overrides}];
  if (pipeline == nullptr) {
    INGOT_ASSIGN(pipeline, device_.CreatePipeline(c.kernel->name, c.overrides));
  }
  return pipeline.get();
}

Status Gate::JudgeInto(const KernelCase& c, Report& report) {
  if (c.results.empty()) return Status(Code::kInvalidArgument, "the case has nothing to compare");
  if (options_.dirties) INGOT_TRY(dirt_->Prepare());
  INGOT_ASSIGN(runtime::Pipeline * pipeline, PipelineFor(c));
  std::vector<std::vector<std::byte>> first;
  const std::vector<RunSetup> setups = SetupsOf(options_);
  for (size_t run = 0; run < setups.size(); ++run) {
    const RunSetup& setup = setups[run];
    INGOT_ASSIGN(RunResults results, RunCase(device_, c, setup, *pipeline, *dirt_));
    if (run == 0) {
      first = std::move(results[0]);
      continue;
    }
    for (size_t copy = 0; copy < setup.copies; ++copy) {
      const std::string what =
          setup.copies == 1 ? StrCat("run (", run, ")")
                            : StrCat("dispatch (", copy, ") of (", setup.copies, ") side by side");
      for (size_t i = 0; i < first.size(); ++i) {
        INGOT_TRY(AtResult(c, i, CompareRuns(first[i], results[copy][i], setup.poison, what)));
      }
    }
  }
  auto subgroups = c.overrides.find(kUseSubgroups);
  if (options_.compare_texts && subgroups != c.overrides.end() && subgroups->second != 0) {
    KernelCase without = c;
    without.overrides[subgroups->first] = 0;
    INGOT_ASSIGN(pipeline, PipelineFor(without));
    INGOT_ASSIGN(const RunResults plain, RunCase(device_, without, kRuns[0], *pipeline, *dirt_));
    for (size_t i = 0; i < first.size(); ++i) {
      INGOT_TRY(AtResult(c, i, CompareRuns(first[i], plain[0][i], kNan, "without subgroups it")));
    }
  }
  return CompareResults(c, first, report);
}

Status Gate::Rehearse(const KernelCase& kernel_case) {
  if (options_.dirties) INGOT_TRY(dirt_->Prepare());
  INGOT_ASSIGN(runtime::Pipeline * pipeline, PipelineFor(kernel_case));
  for (const RunSetup& setup : SetupsOf(options_)) {
    INGOT_TRY(SubmitCase(device_, kernel_case, setup, *pipeline, *dirt_));
  }
  return {};
}

Report Gate::Judge(const KernelCase& kernel_case) {
  Report report = ReportOf(kernel_case);
  Status status = JudgeInto(kernel_case, report);
  report.ok = status.ok();
  report.message = status.message();
  return report;
}

Report Judge(runtime::Device& device, const KernelCase& kernel_case) {
  return Gate(device, {}).Judge(kernel_case);
}

std::string Describe(const Report& report) {
  std::vector<std::string> overrides;
  for (const auto& [name, value] : report.overrides) {
    overrides.push_back(StrCat(name, " = ", value));
  }
  return StrCat(report.file.empty() ? report.kernel : report.file, ": ", report.name, " {",
                Join(overrides, ", "), "}: ", report.message);
}

}  // namespace ingot::verify
