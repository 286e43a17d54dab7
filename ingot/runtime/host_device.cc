#include "ingot/runtime/host_device.h"

#include <algorithm>
#include <cstring>

#include "ingot/base/text.h"

namespace ingot::runtime {
namespace {

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// These kernels divide their own work.
Status CheckGrid(const std::array<uint32_t, 3>& grid) {
  if (grid == std::array<uint32_t, 3>{1, 1, 1}) return Status();
  return Invalid(StrCat("grid (", Join(grid, ", "), ") is not (1, 1, 1)"));
}

std::byte* MemoryOf(Buffer& buffer) { return static_cast<HostBuffer&>(buffer).memory(); }

}  // namespace

HostDevice::HostDevice(DeviceFacts facts, KernelTable kernels, kernels::cpu::ThreadPool* pool)
    : facts_(std::move(facts)), kernels_(kernels), pool_(pool) {
  for (const kernels::cpu::CpuKernel& kernel : kernels) descriptions_.push_back(&kernel.desc);
}

Result<std::unique_ptr<HostBuffer>> HostDevice::NewBuffer(uint64_t bytes, std::string label,
                                                          bool writable) {
  INGOT_TRY(lost_);
  INGOT_TRY(CheckNotEmpty(bytes, label));
  Result<std::shared_ptr<std::byte>> memory = Allocate(bytes).At(label);
  if (!memory.ok()) return memory.status();
  std::byte* data = memory->get();
  return std::make_unique<HostBuffer>(this, counts_, bytes, std::move(label), writable, data,
                                      std::move(*memory));
}

Result<std::unique_ptr<Buffer>> HostDevice::CreateBuffer(uint64_t bytes, std::string label) {
  INGOT_ASSIGN(std::unique_ptr<Buffer> buffer, NewBuffer(bytes, std::move(label), true));
  return buffer;
}

Result<std::unique_ptr<Buffer>> HostDevice::ImportBuffer(std::span<const std::byte> host,
                                                         std::shared_ptr<const void> owner,
                                                         std::string label) {
  INGOT_TRY(lost_);
  bool aligned = reinterpret_cast<uintptr_t>(host.data()) % facts_.binding_offset_alignment == 0;
  if (KeepsContents() && aligned && !host.empty()) {
    // Never written through: the buffer is not writable.
    auto* memory = const_cast<std::byte*>(host.data());
    Result<std::shared_ptr<const void>> admitted = Admit(host.size(), std::move(owner)).At(label);
    if (!admitted.ok()) return admitted.status();
    std::unique_ptr<Buffer> buffer = std::make_unique<HostBuffer>(
        this, counts_, host.size(), std::move(label), false, memory, std::move(*admitted));
    return buffer;
  }
  INGOT_ASSIGN(std::unique_ptr<HostBuffer> copy, NewBuffer(host.size(), std::move(label), false));
  if (KeepsContents()) std::memcpy(copy->memory(), host.data(), host.size());
  std::unique_ptr<Buffer> buffer = std::move(copy);
  return buffer;
}

Result<std::shared_ptr<Pipeline>> HostDevice::CreatePipeline(std::string_view kernel,
                                                             const OverrideValues& overrides) {
  INGOT_TRY(lost_);
  PipelineRequest request{std::string(kernel), overrides};
  if (std::shared_ptr<Pipeline> known = pipelines_.Find(request)) return known;
  auto found = std::ranges::find(
      kernels_, kernel,
      [](const kernels::cpu::CpuKernel& row) -> std::string_view { return row.desc.name; });
  if (found == kernels_.end()) {
    std::vector<std::string> names;
    for (const kernels::cpu::CpuKernel& row : kernels_) names.push_back(row.desc.name);
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", kernel, ")", NearestHint(kernel, names)));
  }
  INGOT_TRY(CheckFeatures(found->desc, facts_));
  INGOT_TRY(CheckOverrides(found->desc, overrides));
  std::shared_ptr<Pipeline> pipeline =
      std::make_shared<HostPipeline>(this, counts_, *found, overrides);
  pipelines_.Add(std::move(request), pipeline);
  return pipeline;
}

Status HostDevice::Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) {
  INGOT_TRY(lost_);
  INGOT_TRY(CheckChange(*this, buffer, "write", offset, bytes.size()));
  std::byte* memory = MemoryOf(buffer);
  if (memory != nullptr && !bytes.empty()) {
    std::memcpy(memory + offset, bytes.data(), bytes.size());
  }
  return Status();
}

Status HostDevice::Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
  INGOT_TRY(lost_);
  INGOT_TRY(CheckRange(*this, buffer, "read", offset, bytes.size()));
  const std::byte* memory = MemoryOf(buffer);
  if (memory == nullptr) {
    std::ranges::fill(bytes, std::byte{0});
  } else if (!bytes.empty()) {
    std::memcpy(bytes.data(), memory + offset, bytes.size());
  }
  return Status();
}

Status HostDevice::Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
                        uint64_t bytes) {
  INGOT_TRY(lost_);
  INGOT_TRY(CheckCopy(*this, src, src_offset, dst, dst_offset, bytes));
  std::byte* to = MemoryOf(dst);
  if (to != nullptr && bytes > 0) std::memcpy(to + dst_offset, MemoryOf(src) + src_offset, bytes);
  return Status();
}

Result<uint64_t> HostDevice::PackedBytes(std::string_view layout, DType dtype, uint64_t rows,
                                         uint64_t cols) {
  INGOT_TRY(lost_);
  const kernels::cpu::WeightLayout* found = kernels::cpu::FindWeightLayout(layout);
  if (found == nullptr)
    return Status(Code::kNotFound, StrCat("unknown weight layout (", layout, ")"));
  return found->bytes(dtype, rows, cols);
}

Result<std::unique_ptr<Buffer>> HostDevice::PackWeight(std::string_view layout, DType dtype,
                                                       uint64_t rows, uint64_t cols,
                                                       std::span<const std::byte> src,
                                                       std::string label) {
  INGOT_TRY(lost_);
  INGOT_ASSIGN(uint64_t bytes, PackedBytes(layout, dtype, rows, cols).At(label));
  INGOT_ASSIGN(uint64_t row_bytes, RowBytes(dtype, cols).At(label));
  uint64_t want = 0;
  if (__builtin_mul_overflow(rows, row_bytes, &want) || want != src.size()) {
    return Invalid(
        StrCat(label, ": ", rows, " rows of (", row_bytes, ") bytes are not (", src.size(), ")"));
  }
  INGOT_ASSIGN(std::unique_ptr<HostBuffer> packed, NewBuffer(bytes, std::move(label), false));
  if (KeepsContents()) {
    kernels::cpu::FindWeightLayout(layout)->pack(dtype, rows, cols, src.data(), packed->memory(),
                                                 *pool_);
  }
  std::unique_ptr<Buffer> buffer = std::move(packed);
  return buffer;
}

Result<std::unique_ptr<CommandList>> HostDevice::Record(std::vector<Command> commands) {
  INGOT_TRY(lost_);
  for (const Command& command : commands) {
    INGOT_TRY(CheckCommand(*this, command).At(command.label));
    INGOT_TRY(CheckGrid(command.grid).At(command.label));
  }
  std::unique_ptr<CommandList> list = std::make_unique<HostCommandList>(this, commands, pool_);
  return list;
}

Status HostDevice::Submit(CommandList& list) {
  INGOT_TRY(lost_);
  auto* own = dynamic_cast<HostCommandList*>(&list);
  if (own == nullptr || own->device() != this) return Invalid("command list is of another device");
  Status status = Execute(*own);
  if (status.code() == Code::kUnavailable) lost_ = status;
  INGOT_TRY(status);
  counts_->submissions += 1;
  counts_->dispatches += own->steps().size();
  counts_->barriers += own->barriers();
  return Status();
}

}  // namespace ingot::runtime
