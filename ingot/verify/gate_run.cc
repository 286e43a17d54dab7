#include "ingot/verify/gate_run.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"
#include "ingot/program/program.h"

namespace ingot::verify {
namespace {

// Of a buffer that is only read: as f32, f16 or a block scale this is NaN. Around what is written
// there is no NaN, since what a kernel computes from a NaN may be that same NaN.
constexpr uint32_t kAroundRead = 0xFFFFFFFF;
constexpr uint32_t kAroundWritten = 0xDEADBEEF;

constexpr uint32_t kDirt = 0x7FC0BEEF;  // NaN
constexpr uint32_t kDirtGroups = 256;
constexpr uint32_t kDirtThreads = 64;

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

void Fill(std::span<std::byte> bytes, uint32_t word) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] = static_cast<std::byte>(word >> (at % sizeof word * 8));
  }
}

// One binding on the device: its bytes between guard bands, or a packed weight.
struct Placed {
  std::unique_ptr<runtime::Buffer> buffer;
  std::vector<std::byte> content;  // written before the run, guard bands included; empty if packed
  size_t offset = 0;
  size_t bytes = 0;  // as bound
};

class Run {
 public:
  Run(runtime::Device& device, const KernelCase& kernel_case, const RunSetup& setup)
      : device_(device), case_(kernel_case), setup_(setup) {}

  Status Submit(runtime::Pipeline& pipeline, Dirt& dirt) {
    INGOT_ASSIGN(const runtime::Command command,
                 MakeCommand(case_, case_.overrides, device_.facts(), pipeline));
    uniforms_ = command.uniforms;
    placed_.resize(setup_.copies);
    std::vector<runtime::Command> commands;
    for (size_t copy = 0; copy < setup_.copies; ++copy) {
      if (copy == 1) dirt.AddTo(commands);
      commands.push_back(command);
      commands.back().grid = Changed(command.grid, *case_.kernel, setup_.grid);
      for (size_t i = 0; i < case_.bindings.size(); ++i) {
        if (copy == 0 || IsWritten(i)) {
          INGOT_ASSIGN(Placed placed, Place(i));
          placed_[copy].push_back(std::move(placed));
        } else {
          placed_[copy].emplace_back();
        }
        const Placed& placed = At(copy, i);
        commands.back().bindings.push_back({.buffer = placed.buffer.get(),
                                            .offset = placed.offset,
                                            .bytes = placed.bytes,
                                            .access = case_.kernel->bindings[i].access});
      }
    }
    INGOT_TRY(dirt.Spread());
    INGOT_ASSIGN(auto list, device_.Record(std::move(commands)));
    return device_.Submit(*list);
  }

  Result<RunResults> Look() {
    INGOT_TRY(device_.Finish());
    RunResults results;
    for (size_t copy = 0; copy < setup_.copies; ++copy) {
      std::vector<std::vector<std::byte>> contents(case_.bindings.size());
      for (size_t i = 0; i < case_.bindings.size(); ++i) {
        if (placed_[copy][i].buffer != nullptr) INGOT_TRY(Inspect(copy, i, contents[i]));
      }
      std::vector<std::vector<std::byte>>& own = results.emplace_back();
      for (const CaseResult& result : case_.results) {
        INGOT_TRY(CutToParts(result, contents[result.binding]));
        own.push_back(contents[result.binding]);
      }
    }
    return results;
  }

 private:
  bool IsWritten(size_t i) const { return case_.kernel->bindings[i].access == Access::kReadWrite; }
  // Of a result in parts what lies beyond the last one goes.
  Status CutToParts(const CaseResult& result, std::vector<std::byte>& content) const {
    if (result.parts.empty()) return {};
    const auto& uniforms = case_.kernel->uniforms;
    const auto uniform = std::ranges::find(uniforms, result.parts, &kernels::UniformDesc::name);
    const size_t parts = uniform == uniforms.end() ? 0 : uniforms_[uniform - uniforms.begin()];
    const size_t bytes = result.want.size() * parts * sizeof(float);
    if (bytes == 0 || bytes > content.size()) {
      return Status(Code::kInvalidArgument,
                    StrCat("binding ", case_.kernel->bindings[result.binding].name, ": (", parts,
                           ") parts do not fit (", content.size(), ") bytes"));
    }
    content.resize(bytes);
    return {};
  }
  // What is only read is there once.
  Placed& At(size_t copy, size_t i) { return placed_[IsWritten(i) ? copy : 0][i]; }

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
    placed.content.resize(placed.bytes + 2 * setup_.guard_bytes);
    Fill(placed.content, IsWritten(i) ? kAroundWritten : kAroundRead);
    std::span<std::byte> inside =
        std::span(placed.content).subspan(placed.offset, binding.bytes.size());
    if (binding.output) {
      Fill(inside, setup_.poison);
    } else {
      std::ranges::copy(binding.bytes, inside.begin());
    }
    if (setup_.is_long) placed.bytes += setup_.guard_bytes;
    INGOT_ASSIGN(placed.buffer, device_.CreateBuffer(placed.content.size(), desc.name));
    INGOT_TRY(device_.Write(*placed.buffer, 0, placed.content));
    return placed;
  }

  // Holds what may not change against what was written; what stands there goes to `content`.
  Status Inspect(size_t copy, size_t i, std::vector<std::byte>& content) {
    Placed& placed = placed_[copy][i];
    if (placed.content.empty()) return {};
    std::vector<std::byte> now(placed.content.size());
    INGOT_TRY(device_.Read(*placed.buffer, 0, now));
    const size_t begin = placed.offset;
    const size_t end = begin + case_.bindings[i].bytes.size();
    for (size_t at = 0; at < now.size(); ++at) {
      const bool is_inside = at >= begin && at < end;
      if (now[at] == placed.content[at] || (is_inside && IsWritten(i))) continue;
      std::string where = is_inside ? StrCat("byte (", at - begin, "), which is only read,")
                                    : StrCat("byte (", static_cast<int64_t>(at - begin), ") of (",
                                             end - begin, "), outside of it,");
      return Status(Code::kMismatch, StrCat("binding ", case_.kernel->bindings[i].name, ": ", where,
                                            " was written"));
    }
    content.assign(now.begin() + static_cast<std::ptrdiff_t>(begin),
                   now.begin() + static_cast<std::ptrdiff_t>(end));
    return {};
  }

  runtime::Device& device_;
  const KernelCase& case_;
  const RunSetup& setup_;
  std::vector<uint32_t> uniforms_;           // as submitted
  std::vector<std::vector<Placed>> placed_;  // by copy
};

}  // namespace

Status Dirt::Prepare() {
  const kernels::KernelDesc* kernel = kernels::FindKernel(device_.kernels(), "probe_dirt");
  if (kernel == nullptr || pipeline_ != nullptr) return {};
  OverrideValues overrides;
  for (const kernels::OverrideDesc& desc : kernel->overrides) {
    overrides[desc.name] = desc.fallback;
    // As much as the device has.
    for (const double words : desc.allowed) {
      const bool fits = desc.name == "WORDS" && 4 * words <= device_.facts().max_workgroup_bytes;
      if (fits) overrides[desc.name] = words;
    }
  }
  INGOT_ASSIGN(pipeline_, device_.CreatePipeline(kernel->name, overrides));
  constexpr uint32_t kSize = kDirtGroups * kDirtThreads;
  INGOT_ASSIGN(buffer_, device_.CreateBuffer(kSize * sizeof(uint32_t), kernel->name));
  command_ = {.pipeline = pipeline_.get(),
              .bindings = {{buffer_.get(), 0, buffer_->bytes(), Access::kReadWrite}},
              .uniforms = {kSize, kDirt},
              .grid = {kDirtGroups, 1, 1},
              .label = kernel->name};
  INGOT_ASSIGN(list_, device_.Record({command_}));
  return {};
}

Status Dirt::Spread() { return list_ == nullptr ? Status() : device_.Submit(*list_); }

void Dirt::AddTo(std::vector<runtime::Command>& commands) const {
  if (list_ != nullptr) commands.push_back(command_);
}

Status SubmitCase(runtime::Device& device, const KernelCase& kernel_case, const RunSetup& setup,
                  runtime::Pipeline& pipeline, Dirt& dirt) {
  return Run(device, kernel_case, setup).Submit(pipeline, dirt);
}

Result<RunResults> RunCase(runtime::Device& device, const KernelCase& kernel_case,
                           const RunSetup& setup, runtime::Pipeline& pipeline, Dirt& dirt) {
  Run run(device, kernel_case, setup);
  INGOT_TRY(run.Submit(pipeline, dirt));
  return run.Look();
}

}  // namespace ingot::verify
