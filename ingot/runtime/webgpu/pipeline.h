// GpuPipeline: a kernel's shader compiled with fixed constants, behind a layout that follows from
// the kernel's description and from nothing else: a derived one would drop unused bindings.
#pragma once

#include <algorithm>
#include <memory>

#include "ingot/runtime/owned.h"
#include "ingot/runtime/webgpu/context.h"

namespace ingot::runtime::webgpu {

class GpuPipeline final : public OwnedPipeline {
 public:
  // Holds the shader against the device's limits first: the library does not, for sizes that come
  // from constants, and some GPUs then hang for ever. Fails with kUnsupported for a limit,
  // kInvalidArgument with line and column for text that does not compile. `desc` must outlive it.
  static Result<std::shared_ptr<GpuPipeline>> Create(const Device* device,
                                                     std::shared_ptr<DeviceCounts> counts,
                                                     std::shared_ptr<Context> context,
                                                     const kernels::KernelDesc& desc,
                                                     const Shader& shader);
  // Not compiled yet.
  GpuPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts,
              std::shared_ptr<Context> context, const kernels::KernelDesc& desc)
      : OwnedPipeline(device, std::move(counts)), context_(std::move(context)), desc_(desc) {}
  Status CheckLimits(const Shader& shader) const;
  // From any thread. Errors go to the scope that is open. REQUIRES: CheckLimits(shader).ok().
  void Compile(const Shader& shader);

  const kernels::KernelDesc& desc() const override { return desc_; }
  WGPUComputePipeline pipeline() const { return pipeline_.get(); }
  WGPUBindGroupLayout layout() const { return layout_.get(); }
  // Of the uniforms as they are bound.
  uint64_t uniform_bytes() const {
    return std::max<uint64_t>(1, (desc_.uniforms.size() + 3) / 4) * 16;
  }

 private:
  Handle<WGPUShaderModule> MakeModule(const Shader& shader) const;
  void MakeLayout();
  void MakePipeline(const Shader& shader, const Handle<WGPUShaderModule>& module);

  std::shared_ptr<Context> context_;
  const kernels::KernelDesc& desc_;
  Handle<WGPUBindGroupLayout> layout_;
  Handle<WGPUComputePipeline> pipeline_;
};

}  // namespace ingot::runtime::webgpu
