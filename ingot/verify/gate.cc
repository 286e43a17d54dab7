#include "ingot/verify/gate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/program/program.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr std::byte kGuard{0xFF};  // as f32, f16 or a block scale this is NaN
constexpr size_t kGuardBytes = 256;
// Each run gets its poison and guard bands of its own length, so that offsets differ as well.
struct RunSetup {
  uint32_t poison;
  size_t guard_bytes;
};
constexpr std::array kRuns = {
    RunSetup{0x7FC00000, kGuardBytes},      // NaN
    RunSetup{0x71800000, 2 * kGuardBytes},  // 2^100
    RunSetup{0x7FC00000, kGuardBytes},
    RunSetup{0x7FC00000, 3 * kGuardBytes},
};

// One binding on the device: its bytes between guard bands, or a packed weight.
struct Placed {
  std::unique_ptr<runtime::Buffer> buffer;
  std::vector<std::byte> content;  // written before the run, guard bands included; empty if packed
  size_t offset = 0;
  size_t bytes = 0;
};

class Run {
 public:
  Run(runtime::Device& device, const KernelCase& kernel_case, const RunSetup& setup)
      : device_(device), case_(kernel_case), setup_(setup) {}

  // Places, runs, and returns the bytes of the result.
  Result<std::vector<std::byte>> Execute(runtime::Pipeline& pipeline) {
    INGOT_ASSIGN(runtime::Command command, MakeCommand(case_, case_.overrides, pipeline));
    for (size_t i = 0; i < case_.bindings.size(); ++i) {
      INGOT_ASSIGN(Placed placed, Place(i));
      command.bindings.push_back({.buffer = placed.buffer.get(),
                                  .offset = placed.offset,
                                  .bytes = placed.bytes,
                                  .access = case_.kernel->bindings[i].access});
      placed_.push_back(std::move(placed));
    }
    std::vector<runtime::Command> commands;
    commands.push_back(std::move(command));
    INGOT_ASSIGN(auto list, device_.Record(std::move(commands)));
    INGOT_TRY(device_.Submit(*list));
    INGOT_TRY(device_.Finish());
    std::vector<std::byte> result;
    for (size_t i = 0; i < placed_.size(); ++i) INGOT_TRY(Inspect(i, result));
    return result;
  }

 private:
  Result<Placed> Place(size_t i) {
    const CaseBinding& binding = case_.bindings[i];
    const kernels::BindingDesc& desc = case_.kernel->bindings[i];
    Placed placed;
    if (!program::IsPlainLayout(desc.layout)) {
      INGOT_ASSIGN(placed.buffer, device_.PackWeight(desc.layout, binding.dtype, binding.rows,
                                                     binding.cols, binding.bytes, desc.name));
      placed.bytes = placed.buffer->bytes();
      return placed;
    }
    placed.offset = setup_.guard_bytes;
    placed.bytes = (binding.bytes.size() + 15) / 16 * 16;
    placed.content.assign(placed.bytes + 2 * setup_.guard_bytes, kGuard);
    std::byte* inside = placed.content.data() + placed.offset;
    if (binding.output) {
      for (size_t at = 0; at + sizeof setup_.poison <= binding.bytes.size(); at += 4) {
        std::memcpy(inside + at, &setup_.poison, sizeof setup_.poison);
      }
    } else {
      std::ranges::copy(binding.bytes, inside);
    }
    INGOT_ASSIGN(placed.buffer, device_.CreateBuffer(placed.content.size(), desc.name));
    INGOT_TRY(device_.Write(*placed.buffer, 0, placed.content));
    return placed;
  }

  // Holds what may not change against what was written; the result's bytes go to `result`.
  Status Inspect(size_t i, std::vector<std::byte>& result) {
    Placed& placed = placed_[i];
    if (placed.content.empty()) return {};
    const kernels::BindingDesc& desc = case_.kernel->bindings[i];
    std::vector<std::byte> now(placed.content.size());
    INGOT_TRY(device_.Read(*placed.buffer, 0, now));
    size_t begin = placed.offset;
    size_t end = begin + case_.bindings[i].bytes.size();
    bool read_only = desc.access == Access::kRead;
    for (size_t at = 0; at < now.size(); ++at) {
      if (now[at] == placed.content[at] || (at >= begin && at < end && !read_only)) continue;
      std::string where = at < begin || at >= end
                              ? StrCat("byte (", static_cast<int64_t>(at - begin), ") of (",
                                       end - begin, "), outside of it,")
                              : StrCat("byte (", at - begin, "), which is only read,");
      return Status(Code::kMismatch, StrCat("binding ", desc.name, ": ", where, " was written"));
    }
    if (i == case_.result) {
      result.assign(now.begin() + static_cast<std::ptrdiff_t>(begin),
                    now.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return {};
  }

  runtime::Device& device_;
  const KernelCase& case_;
  const RunSetup& setup_;
  std::vector<Placed> placed_;
};

Status CompareRuns(const std::vector<std::byte>& first, const std::vector<std::byte>& other,
                   size_t run) {
  if (first == other) return {};
  size_t at = static_cast<size_t>(std::ranges::mismatch(first, other).in1 - first.begin());
  return Status(Code::kMismatch,
                StrCat("run (", run, ") differs from the first at byte (", at, ")"));
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

Status JudgeInto(runtime::Device& device, const KernelCase& c, Report& report) {
  INGOT_ASSIGN(auto pipeline, device.CreatePipeline(c.kernel->name, c.overrides));
  std::vector<std::byte> first;
  for (size_t run = 0; run < kRuns.size(); ++run) {
    INGOT_ASSIGN(auto result, Run(device, c, kRuns[run]).Execute(*pipeline));
    if (run == 0)
      first = std::move(result);
    else
      INGOT_TRY(CompareRuns(first, result, run));
  }
  std::vector<float> got(first.size() / Traits(c.result_dtype).bytes);
  DecodeRow(c.result_dtype, first, got.data(), got.size());
  Comparison comparison = Compare(got, c.want, c.bound);
  report.max_error = comparison.max_error;
  report.error = comparison.error;
  report.bound = comparison.bound;
  if (comparison.ok) return {};
  return Status(Code::kMismatch, std::move(comparison.message));
}

}  // namespace

Result<runtime::Command> MakeCommand(const KernelCase& c, const OverrideValues& overrides,
                                     runtime::Pipeline& pipeline) {
  INGOT_TRY(Check(c));
  runtime::Command command;
  command.pipeline = &pipeline;
  command.uniforms = c.uniforms;
  command.label = StrCat(c.kernel->name, " ", c.name);
  kernels::HeaderNumbers numbers;
  for (const auto& [name, value] : overrides) numbers[name] = static_cast<int64_t>(value);
  for (size_t i = 0; i < c.uniforms.size(); ++i) {
    const kernels::UniformDesc& uniform = c.kernel->uniforms[i];
    if (uniform.value) {
      INGOT_ASSIGN(const int64_t value, kernels::Evaluate(*uniform.value, numbers));
      command.uniforms[i] = static_cast<uint32_t>(value);
    }
    if (uniform.kind == kernels::UniformKind::kU32) numbers[uniform.name] = command.uniforms[i];
  }
  if (c.kernel->grid.empty()) return command;  // these kernels divide their own work
  INGOT_ASSIGN(const kernels::Groups groups, kernels::EvaluateGrid(c.kernel->grid, numbers));
  command.grid = {groups.x, groups.y, groups.z};
  return command;
}

Report Judge(runtime::Device& device, const KernelCase& kernel_case) {
  Report report;
  report.kernel = kernel_case.kernel->name;
  report.name = kernel_case.name;
  Status status = JudgeInto(device, kernel_case, report);
  report.ok = status.ok();
  report.message = status.message();
  return report;
}

}  // namespace ingot::verify
