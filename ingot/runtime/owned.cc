#include "ingot/runtime/owned.h"

#include <algorithm>
#include <atomic>

#include "ingot/base/text.h"

namespace ingot::runtime {
namespace {

uint64_t NextBufferId() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

Status Invalid(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// nullptr if the buffer is of another device.
const OwnedBuffer* Own(const Device& device, const Buffer* buffer) {
  const auto* own = dynamic_cast<const OwnedBuffer*>(buffer);
  return own != nullptr && own->device() == &device ? own : nullptr;
}

Status CheckBinding(const Device& device, const Command& command, size_t index) {
  const DeviceFacts& facts = device.facts();
  const BoundBuffer& bound = command.bindings[index];
  const kernels::BindingDesc& desc = command.pipeline->desc().bindings[index];
  const OwnedBuffer* buffer = Own(device, bound.buffer);
  if (bound.buffer == nullptr) return Invalid("has no buffer");
  if (buffer == nullptr)
    return Invalid(StrCat("buffer ", bound.buffer->label(), " is of another device"));
  if (bound.access != desc.access) {
    return Invalid(StrCat("access (", Name(bound.access), ") is not (", Name(desc.access), ")"));
  }
  if (bound.access == Access::kReadWrite && !buffer->writable()) {
    return Invalid(StrCat("buffer ", buffer->label(), " is read-only"));
  }
  if (bound.offset % facts.binding_offset_alignment != 0) {
    return Invalid(StrCat("offset (", bound.offset, ") is not a multiple of (",
                          facts.binding_offset_alignment, ")"));
  }
  if (bound.bytes == 0 || bound.offset > buffer->bytes() ||
      bound.bytes > buffer->bytes() - bound.offset) {
    return Invalid(StrCat("(", bound.bytes, ") bytes at (", bound.offset,
                          ") are not inside buffer ", buffer->label(), " (", buffer->bytes(), ")"));
  }
  INGOT_TRY(CheckBindable(bound.bytes, facts));
  for (size_t other = 0; other < index; ++other) {
    const BoundBuffer& earlier = command.bindings[other];
    bool writes = earlier.access == Access::kReadWrite || bound.access == Access::kReadWrite;
    if (earlier.buffer != bound.buffer || !writes) continue;
    return Invalid(StrCat("buffer ", buffer->label(), " is also bound as ",
                          command.pipeline->desc().bindings[other].name));
  }
  return Status();
}

}  // namespace

Buffer::Buffer() : id_(NextBufferId()) {}

Result<std::vector<double>> Device::Time(CommandList& list) {
  return Device::TimeAll(list).status();
}

Result<double> Device::TimeAll(CommandList&) {
  return Status(Code::kUnsupported, StrCat("device ", facts().name, " has no clock of its own"));
}

Status CheckBindable(uint64_t bytes, const DeviceFacts& facts) {
  if (bytes <= facts.max_binding_bytes) return Status();
  return Status(Code::kUnsupported,
                StrCat("bytes (", bytes, ") are more than the device binds at once (",
                       facts.max_binding_bytes, ")"));
}

std::vector<std::shared_ptr<Pipeline>> Device::Precompile(std::span<const PipelineRequest>) {
  return {};
}

OwnedBuffer::OwnedBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
                         std::string label, bool writable)
    : device_(device),
      counts_(std::move(counts)),
      bytes_(bytes),
      label_(std::move(label)),
      writable_(writable) {
  counts_->buffers += 1;
  counts_->buffer_bytes += bytes_;
}

OwnedBuffer::~OwnedBuffer() {
  counts_->buffers -= 1;
  counts_->buffer_bytes -= bytes_;
}

OwnedPipeline::OwnedPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts)
    : device_(device), counts_(std::move(counts)) {
  counts_->pipelines += 1;
}

OwnedPipeline::~OwnedPipeline() { counts_->pipelines -= 1; }

std::shared_ptr<Pipeline> LivingPipelines::Find(const PipelineRequest& request) const {
  auto known = pipelines_.find(request);
  return known == pipelines_.end() ? nullptr : known->second.lock();
}

void LivingPipelines::Add(PipelineRequest request, const std::shared_ptr<Pipeline>& pipeline) {
  if (pipelines_.size() >= sweep_at_) {
    std::erase_if(pipelines_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<size_t>(64, 2 * pipelines_.size());
  }
  pipelines_[std::move(request)] = pipeline;
}

Status CheckNotEmpty(uint64_t bytes, std::string_view label) {
  if (bytes > 0) return Status();
  return Invalid(StrCat(label, ": a buffer of (0) bytes"));
}

Status CheckRange(const Device& device, const Buffer& buffer, std::string_view verb,
                  uint64_t offset, uint64_t bytes) {
  if (Own(device, &buffer) == nullptr) {
    return Invalid(StrCat(buffer.label(), ": is of another device"));
  }
  if (offset <= buffer.bytes() && bytes <= buffer.bytes() - offset) return Status();
  return Invalid(StrCat(buffer.label(), ": ", verb, " of (", bytes, ") bytes at (", offset,
                        ") is outside of (", buffer.bytes(), ")"));
}

Status CheckChange(const Device& device, const Buffer& buffer, std::string_view verb,
                   uint64_t offset, uint64_t bytes) {
  INGOT_TRY(CheckRange(device, buffer, verb, offset, bytes));
  if (!Own(device, &buffer)->writable()) {
    return Invalid(StrCat(buffer.label(), ": is read-only"));
  }
  if (offset % 4 == 0 && bytes % 4 == 0) return Status();
  return Invalid(StrCat(buffer.label(), ": ", verb, " of (", bytes, ") bytes at (", offset,
                        ") is not in multiples of 4"));
}

Status CheckCopy(const Device& device, const Buffer& src, uint64_t src_offset, const Buffer& dst,
                 uint64_t dst_offset, uint64_t bytes) {
  INGOT_TRY(CheckRange(device, src, "copy", src_offset, bytes));
  INGOT_TRY(CheckChange(device, dst, "copy", dst_offset, bytes));
  if (src_offset % 4 != 0) {
    return Invalid(StrCat(src.label(), ": copy at (", src_offset, ") is not in multiples of 4"));
  }
  if (&src == &dst) return Invalid(StrCat(src.label(), ": copy onto itself"));
  return Status();
}

Status CheckFeatures(const kernels::KernelDesc& desc, const DeviceFacts& facts) {
  for (const std::string& feature : desc.features) {
    if (facts.Has(feature)) continue;
    return Status(Code::kUnsupported,
                  StrCat(desc.name, ": feature (", feature, ") is missing on ", facts.name));
  }
  return Status();
}

Status CheckOverrides(const kernels::KernelDesc& desc, const OverrideValues& overrides) {
  INGOT_ASSIGN(OverrideValues complete, kernels::CompleteOverrides(desc, "", overrides));
  for (const auto& [name, value] : complete) {
    if (!overrides.contains(name))
      return Invalid(StrCat(desc.name, ": override ", name, " is missing"));
  }
  return Status();
}

Status CheckCommand(const Device& device, const Command& command) {
  if (command.pipeline == nullptr) return Invalid("has no pipeline");
  const auto* pipeline = dynamic_cast<const OwnedPipeline*>(command.pipeline);
  if (pipeline == nullptr || pipeline->device() != &device) {
    return Invalid("pipeline is of another device");
  }
  const kernels::KernelDesc& desc = pipeline->desc();
  if (command.bindings.size() != desc.bindings.size()) {
    return Invalid(
        StrCat("bindings (", command.bindings.size(), ") are not (", desc.bindings.size(), ")"));
  }
  for (size_t i = 0; i < command.bindings.size(); ++i) {
    INGOT_TRY(CheckBinding(device, command, i).At(StrCat("binding ", desc.bindings[i].name)));
  }
  if (command.uniforms.size() == desc.uniforms.size()) return Status();
  return Invalid(
      StrCat("uniforms (", command.uniforms.size(), ") are not (", desc.uniforms.size(), ")"));
}

}  // namespace ingot::runtime
