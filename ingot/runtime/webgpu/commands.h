// GpuCommandList: dispatches with everything made that one submission needs (bind groups, and one
// buffer with the uniforms of all), so that submitting it only encodes a pass. The library takes
// encoded work once; so a list that is submitted again and again is encoded for its next time while
// the GPU is busy with this one.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingot/runtime/webgpu/memory.h"
#include "ingot/runtime/webgpu/pipeline.h"

namespace ingot::runtime::webgpu {

class GpuBuffer final : public OwnedBuffer {
 public:
  GpuBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts,
            std::shared_ptr<Memory> memory, uint64_t bytes, std::string label, bool writable,
            Piece piece);
  ~GpuBuffer() override;
  WGPUBuffer handle() const { return piece_.buffer.get(); }

 private:
  std::shared_ptr<Memory> memory_;
  Piece piece_;
};

class GpuCommandList final : public CommandList, private Preparation {
 public:
  // REQUIRES: CheckCommand passed for each. Fails, with the label, for a grid above the limit and
  // for whatever the library refuses.
  static Result<std::unique_ptr<GpuCommandList>> Create(const Device* device,
                                                        std::shared_ptr<Context> context,
                                                        Memory& memory,
                                                        const std::vector<Command>& commands);

  ~GpuCommandList() override;

  const Device* device() const { return device_; }
  uint64_t dispatches() const { return steps_.size(); }
  uint64_t barriers() const { return barriers_; }
  Status Submit();
  // The failure that encoding and finishing all of them gave, with the label of the dispatch that
  // fails alone.
  Status Explain(const Status& failure) const;
  // Encodes all dispatches into one pass, with the time before the first and after the last, or
  // after each.
  void Encode(WGPUCommandEncoder encoder, WGPUQuerySet times, bool each) const {
    Encode(encoder, steps_, times, each);
  }

 private:
  struct Step {
    WGPUComputePipeline pipeline = nullptr;
    WGPUBindGroup group = nullptr;
    uint32_t uniform_offset = 0;
    std::array<uint32_t, 3> grid = {1, 1, 1};
    std::string label;
  };

  GpuCommandList(const Device* device, std::shared_ptr<Context> context)
      : device_(device), context_(std::move(context)) {}
  Status MakeUniforms(Memory& memory, const std::vector<Command>& commands);
  Status MakeGroups(const std::vector<Command>& commands);
  // `all`, with the label of the first dispatch that fails alone.
  template <typename TryOne>
  Status Blame(const Status& all, std::string_view what, TryOne&& try_one) const;
  Handle<WGPUBindGroup> MakeGroup(const GpuPipeline& pipeline, const Command& command) const;
  Result<Commands> Finished() const;
  Result<Commands> Finished(std::span<const Step> steps) const;
  void Encode(WGPUCommandEncoder encoder, std::span<const Step> steps, WGPUQuerySet times,
              bool each) const;
  void Prepare() override;

  const Device* device_;
  std::shared_ptr<Context> context_;
  Piece uniforms_;
  std::vector<Handle<WGPUBindGroup>> groups_;
  std::vector<Step> steps_;
  uint64_t barriers_ = 0;
  bool was_submitted_ = false;
  Commands prepared_;  // for the next submission, or none
};

}  // namespace ingot::runtime::webgpu
