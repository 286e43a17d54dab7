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
// How the kernel's grid is changed: not at all; a workgroup too many on each axis; `linear` folded
// so that its first axis has two workgroups, which must give the same workgroups.
enum class GridChange : uint8_t { kNone, kSurplus, kFold };

// Each run gets its poison and guard bands of its own length, so that offsets differ as well.
struct RunSetup {
  uint32_t poison;
  size_t guard_bytes;
  GridChange grid;
};
constexpr std::array kRuns = {
    RunSetup{0x7FC00000, kGuardBytes, GridChange::kNone},      // NaN
    RunSetup{0x71800000, 2 * kGuardBytes, GridChange::kNone},  // 2^100
    RunSetup{0x7FC00000, kGuardBytes, GridChange::kSurplus},
    RunSetup{0x7FC00000, 3 * kGuardBytes, GridChange::kFold},
};

// A kernel without a grid divides its own work.
std::array<uint32_t, 3> Changed(std::array<uint32_t, 3> grid, const kernels::KernelDesc& kernel,
                                GridChange change) {
  if (kernel.grid.empty()) return grid;
  if (change == GridChange::kSurplus) {
    for (uint32_t& axis : grid) axis += axis < kernels::kMaxGroups ? 1 : 0;
  }
  const uint64_t count = uint64_t{grid[0]} * grid[1];
  const bool foldable = kernel.grid[0].IsCall("linear") && count <= 2 * kernels::kMaxGroups;
  if (change == GridChange::kFold && foldable && count > 1) {
    grid = {2, static_cast<uint32_t>((count + 1) / 2), grid[2]};
  }
  return grid;
}

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

  // Places, runs, and returns the bytes of each result.
  Result<std::vector<std::vector<std::byte>>> Execute(runtime::Pipeline& pipeline) {
    INGOT_ASSIGN(runtime::Command command,
                 MakeCommand(case_, case_.overrides, device_.facts(), pipeline));
    command.grid = Changed(command.grid, *case_.kernel, setup_.grid);
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
    std::vector<std::vector<std::byte>> contents(placed_.size());
    for (size_t i = 0; i < placed_.size(); ++i) INGOT_TRY(Inspect(i, contents[i]));
    std::vector<std::vector<std::byte>> results;
    for (const CaseResult& result : case_.results) results.push_back(contents[result.binding]);
    return results;
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

  // Holds what may not change against what was written; what stands there goes to `content`.
  Status Inspect(size_t i, std::vector<std::byte>& content) {
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
    content.assign(now.begin() + static_cast<std::ptrdiff_t>(begin),
                   now.begin() + static_cast<std::ptrdiff_t>(end));
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

Comparison CompareResult(const CaseResult& wanted, const std::vector<std::byte>& bytes) {
  if (!wanted.words.empty()) {
    std::vector<uint32_t> words(bytes.size() / sizeof(uint32_t));
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint32_t));
    return CompareWords(words, wanted.words);
  }
  std::vector<float> numbers(bytes.size() / Traits(wanted.dtype).bytes);
  DecodeRow(wanted.dtype, bytes, numbers.data(), numbers.size());
  return Compare(numbers, wanted.want, wanted.bound);
}

Status JudgeInto(runtime::Device& device, const KernelCase& c, Report& report) {
  if (c.results.empty()) return Status(Code::kInvalidArgument, "the case has nothing to compare");
  INGOT_ASSIGN(auto pipeline, device.CreatePipeline(c.kernel->name, c.overrides));
  std::vector<std::vector<std::byte>> first;
  for (size_t run = 0; run < kRuns.size(); ++run) {
    INGOT_ASSIGN(auto results, Run(device, c, kRuns[run]).Execute(*pipeline));
    if (run == 0) first = results;
    for (size_t i = 0; i < results.size(); ++i) INGOT_TRY(CompareRuns(first[i], results[i], run));
  }
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
    const Status status(Code::kMismatch, comparison.message);
    if (first.size() == 1) return status;
    return status.At(StrCat("binding ", c.kernel->bindings[c.results[i].binding].name));
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

Report Judge(runtime::Device& device, const KernelCase& kernel_case) {
  Report report;
  report.kernel = kernel_case.kernel->name;
  report.name = kernel_case.name;
  report.variant = kernel_case.variant;
  report.shape = kernel_case.shape;
  report.overrides = kernel_case.overrides;
  Status status = JudgeInto(device, kernel_case, report);
  report.ok = status.ok();
  report.message = status.message();
  return report;
}

}  // namespace ingot::verify
