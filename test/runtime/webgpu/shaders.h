// A few small kernels, so that the device can be tested without the library of kernels.
#pragma once

#include <map>
#include <string>

#include "test/support/need.h"

#include "ingot/runtime/webgpu/device.h"

namespace ingot::runtime::webgpu {

struct TestKernel {
  kernels::KernelDesc desc;
  std::string text;
  uint32_t workgroup_size = 64;       // or the override WG
  uint32_t workgroup_word_bytes = 0;  // times the override WORDS: workgroup memory
  OverrideValues more_constants;      // beside the overrides
};

// residual, kv_write, last_rows: described as the CPU's. fill, scale, matmul: what they say, over a
// whole grid. wide, roomy: as large as their overrides. The rest is faulty: broken does not
// compile, mislaid gives a constant that its text has not, stubborn writes what it may only read,
// half asks for f16.
class TestKernels final : public KernelSource {
 public:
  TestKernels();
  std::span<const kernels::KernelDesc* const> Kernels() const override { return descriptions_; }
  Result<const kernels::KernelDesc*> Find(std::string_view kernel) const override;
  Result<Shader> Link(const kernels::KernelDesc& desc, const OverrideValues& overrides,
                      const DeviceFacts& facts) const override;

 private:
  void Add(TestKernel kernel);
  std::map<std::string, TestKernel, std::less<>> kernels_;
  std::vector<const kernels::KernelDesc*> descriptions_;
};

std::shared_ptr<const KernelSource> Shaders();

// Why no GPU can be opened here; empty if one can.
const std::string& WhyNoGpu();

}  // namespace ingot::runtime::webgpu

// Ends a test that needs a GPU where there is none.
#define INGOT_NEEDS_GPU()                                         \
  INGOT_NEED("gpu", ::ingot::runtime::webgpu::WhyNoGpu().empty(), \
             ::ingot::runtime::webgpu::WhyNoGpu())
