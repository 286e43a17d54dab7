// OwnedBuffer, OwnedPipeline: buffers and pipelines that know their device and are counted while
// they live; and the checks that every device makes before it acts, with one set of messages.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ingot/runtime/device.h"

namespace ingot::runtime {

class OwnedBuffer : public Buffer {
 public:
  ~OwnedBuffer() override;
  uint64_t bytes() const final { return bytes_; }
  const std::string& label() const final { return label_; }
  const Device* device() const { return device_; }
  bool writable() const { return writable_; }

 protected:
  OwnedBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
              std::string label, bool writable);

 private:
  const Device* device_;
  std::shared_ptr<DeviceCounts> counts_;
  uint64_t bytes_;
  std::string label_;
  bool writable_;
};

class OwnedPipeline : public Pipeline {
 public:
  ~OwnedPipeline() override;
  const Device* device() const { return device_; }

 protected:
  OwnedPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts);

 private:
  const Device* device_;
  std::shared_ptr<DeviceCounts> counts_;
};

// The pipelines that live, by what they were made from.
class LivingPipelines {
 public:
  // nullptr if there is none.
  std::shared_ptr<Pipeline> Find(const PipelineRequest& request) const;
  void Add(PipelineRequest request, const std::shared_ptr<Pipeline>& pipeline);

 private:
  std::map<PipelineRequest, std::weak_ptr<Pipeline>> pipelines_;
  size_t sweep_at_ = 64;  // entries, dead ones among them
};

// All fail with kInvalidArgument unless they say otherwise.
Status CheckNotEmpty(uint64_t bytes, std::string_view label);
Status CheckRange(const Device& device, const Buffer& buffer, std::string_view verb,
                  uint64_t offset, uint64_t bytes);
// As CheckRange; and the buffer is not read-only, the range in multiples of 4.
Status CheckChange(const Device& device, const Buffer& buffer, std::string_view verb,
                   uint64_t offset, uint64_t bytes);
Status CheckCopy(const Device& device, const Buffer& src, uint64_t src_offset, const Buffer& dst,
                 uint64_t dst_offset, uint64_t bytes);
// kUnsupported, naming the first feature that is missing.
Status CheckFeatures(const kernels::KernelDesc& desc, const DeviceFacts& facts);
// Every override of the description, nothing else, each within its range.
Status CheckOverrides(const kernels::KernelDesc& desc, const OverrideValues& overrides);
// Everything that Record promises but the grid.
Status CheckCommand(const Device& device, const Command& command);

}  // namespace ingot::runtime
