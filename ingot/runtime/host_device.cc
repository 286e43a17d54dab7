#include "ingot/runtime/host_device.h"

#include <algorithm>
#include <cstring>

#include "ingot/base/text.h"

namespace ingot::runtime {
namespace {

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// nullptr if the buffer is of another device.
HostBuffer* Own(const Device* device, Buffer* buffer) {
  auto* own = dynamic_cast<HostBuffer*>(buffer);
  return own != nullptr && own->device() == device ? own : nullptr;
}

const HostBuffer* Own(const Device* device, const Buffer* buffer) {
  return Own(device, const_cast<Buffer*>(buffer));
}

// Every override of the description, nothing else, each within its range.
Status CheckOverrides(const kernels::KernelDesc& desc, const OverrideValues& overrides) {
  INGOT_ASSIGN(OverrideValues complete, kernels::CompleteOverrides(desc, "", overrides));
  for (const auto& [name, value] : complete) {
    if (!overrides.contains(name))
      return Invalid(StrCat(desc.name, ": override ", name, " is missing"));
  }
  return Status();
}

}  // namespace

HostDevice::HostDevice(DeviceFacts facts, KernelTable kernels, kernels::cpu::ThreadPool* pool)
    : facts_(std::move(facts)), kernels_(kernels), pool_(pool) {}

Result<std::unique_ptr<HostBuffer>> HostDevice::NewBuffer(uint64_t bytes, std::string label,
                                                          bool writable) {
  INGOT_TRY(lost_);
  if (bytes == 0) return Invalid(StrCat(label, ": a buffer of (0) bytes"));
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
    std::unique_ptr<Buffer> buffer = std::make_unique<HostBuffer>(
        this, counts_, host.size(), std::move(label), false, memory, std::move(owner));
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
  auto key = std::pair(std::string(kernel), overrides);
  if (auto known = pipelines_.find(key); known != pipelines_.end()) {
    if (std::shared_ptr<Pipeline> pipeline = known->second.lock()) return pipeline;
  }
  auto found = std::ranges::find(
      kernels_, kernel,
      [](const kernels::cpu::CpuKernel& row) -> std::string_view { return row.desc.name; });
  if (found == kernels_.end()) {
    std::vector<std::string> names;
    for (const kernels::cpu::CpuKernel& row : kernels_) names.push_back(row.desc.name);
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", kernel, ")", NearestHint(kernel, names)));
  }
  for (const std::string& feature : found->desc.features) {
    if (facts_.Has(feature)) continue;
    return Status(Code::kUnsupported,
                  StrCat(kernel, ": feature (", feature, ") is missing on ", facts_.name));
  }
  INGOT_TRY(CheckOverrides(found->desc, overrides));
  auto made = std::make_shared<HostPipeline>(this, counts_, *found, overrides);
  pipelines_[std::move(key)] = made;
  std::shared_ptr<Pipeline> pipeline = std::move(made);
  return pipeline;
}

Status HostDevice::CheckRange(const Buffer& buffer, std::string_view verb, uint64_t offset,
                              uint64_t bytes) const {
  INGOT_TRY(lost_);
  if (Own(this, &buffer) == nullptr) {
    return Invalid(StrCat(buffer.label(), ": is of another device"));
  }
  if (offset <= buffer.bytes() && bytes <= buffer.bytes() - offset) return Status();
  return Invalid(StrCat(buffer.label(), ": ", verb, " of (", bytes, ") bytes at (", offset,
                        ") is outside of (", buffer.bytes(), ")"));
}

Status HostDevice::CheckChange(const Buffer& buffer, std::string_view verb, uint64_t offset,
                               uint64_t bytes) const {
  INGOT_TRY(CheckRange(buffer, verb, offset, bytes));
  if (!Own(this, &buffer)->writable()) return Invalid(StrCat(buffer.label(), ": is read-only"));
  if (offset % 4 == 0 && bytes % 4 == 0) return Status();
  return Invalid(StrCat(buffer.label(), ": ", verb, " of (", bytes, ") bytes at (", offset,
                        ") is not in multiples of 4"));
}

Status HostDevice::Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) {
  INGOT_TRY(CheckChange(buffer, "write", offset, bytes.size()));
  std::byte* memory = Own(this, &buffer)->memory();
  if (memory != nullptr && !bytes.empty()) {
    std::memcpy(memory + offset, bytes.data(), bytes.size());
  }
  return Status();
}

Status HostDevice::Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) {
  INGOT_TRY(CheckRange(buffer, "read", offset, bytes.size()));
  const std::byte* memory = Own(this, &buffer)->memory();
  if (memory == nullptr) {
    std::ranges::fill(bytes, std::byte{0});
  } else if (!bytes.empty()) {
    std::memcpy(bytes.data(), memory + offset, bytes.size());
  }
  return Status();
}

Status HostDevice::Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
                        uint64_t bytes) {
  INGOT_TRY(CheckRange(src, "copy", src_offset, bytes));
  INGOT_TRY(CheckChange(dst, "copy", dst_offset, bytes));
  if (src_offset % 4 != 0) {
    return Invalid(StrCat(src.label(), ": copy at (", src_offset, ") is not in multiples of 4"));
  }
  if (&src == &dst) return Invalid(StrCat(src.label(), ": copy onto itself"));
  std::byte* to = Own(this, &dst)->memory();
  if (to != nullptr && bytes > 0) {
    std::memcpy(to + dst_offset, Own(this, &src)->memory() + src_offset, bytes);
  }
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

Status HostDevice::CheckBinding(const Command& command, size_t index) const {
  const BoundBuffer& bound = command.bindings[index];
  const kernels::BindingDesc& desc = command.pipeline->desc().bindings[index];
  const HostBuffer* buffer = Own(this, bound.buffer);
  if (bound.buffer == nullptr) return Invalid("has no buffer");
  if (buffer == nullptr)
    return Invalid(StrCat("buffer ", bound.buffer->label(), " is of another device"));
  if (bound.access != desc.access) {
    return Invalid(StrCat("access (", Name(bound.access), ") is not (", Name(desc.access), ")"));
  }
  if (bound.access == Access::kReadWrite && !buffer->writable()) {
    return Invalid(StrCat("buffer ", buffer->label(), " is read-only"));
  }
  if (bound.offset % facts_.binding_offset_alignment != 0) {
    return Invalid(StrCat("offset (", bound.offset, ") is not a multiple of (",
                          facts_.binding_offset_alignment, ")"));
  }
  if (bound.bytes == 0 || bound.offset > buffer->bytes() ||
      bound.bytes > buffer->bytes() - bound.offset) {
    return Invalid(StrCat("(", bound.bytes, ") bytes at (", bound.offset,
                          ") are not inside buffer ", buffer->label(), " (", buffer->bytes(), ")"));
  }
  for (size_t other = 0; other < index; ++other) {
    const BoundBuffer& earlier = command.bindings[other];
    bool writes = earlier.access == Access::kReadWrite || bound.access == Access::kReadWrite;
    if (earlier.buffer != bound.buffer || !writes) continue;
    return Invalid(StrCat("buffer ", buffer->label(), " is also bound as ",
                          command.pipeline->desc().bindings[other].name));
  }
  return Status();
}

Status HostDevice::CheckCommand(const Command& command) const {
  if (command.pipeline == nullptr) return Invalid("has no pipeline");
  const auto* pipeline = dynamic_cast<const HostPipeline*>(command.pipeline);
  if (pipeline == nullptr || pipeline->device() != this) {
    return Invalid("pipeline is of another device");
  }
  const kernels::KernelDesc& desc = pipeline->desc();
  if (command.bindings.size() != desc.bindings.size()) {
    return Invalid(
        StrCat("bindings (", command.bindings.size(), ") are not (", desc.bindings.size(), ")"));
  }
  for (size_t i = 0; i < command.bindings.size(); ++i) {
    INGOT_TRY(CheckBinding(command, i).At(StrCat("binding ", desc.bindings[i].name)));
  }
  if (command.uniforms.size() != desc.uniforms.size()) {
    return Invalid(
        StrCat("uniforms (", command.uniforms.size(), ") are not (", desc.uniforms.size(), ")"));
  }
  const auto& grid = command.grid;
  if (grid == std::array<uint32_t, 3>{1, 1, 1}) return Status();
  // These kernels divide their own work.
  return Invalid(StrCat("grid (", Join(grid, ", "), ") is not (1, 1, 1)"));
}

Result<std::unique_ptr<CommandList>> HostDevice::Record(std::vector<Command> commands) {
  INGOT_TRY(lost_);
  for (const Command& command : commands) INGOT_TRY(CheckCommand(command).At(command.label));
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
