// The conformance suite's row for the GPU; in a program of its own, since it needs one.
#include "test/runtime/cts/cts.h"
#include "test/runtime/webgpu/shaders.h"

#include "ingot/base/log.h"

namespace ingot::runtime::cts {

std::vector<Backend> Backends() {
  auto open = [](const DeviceOptions& options) {
    Result<std::unique_ptr<Device>> device = webgpu::Open(options, webgpu::Shaders());
    EXPECT_TRUE(device.ok()) << device.status().message();
    INGOT_CHECK(device.ok());
    return std::move(*device);
  };
  return {{"webgpu", open, true, webgpu::WhyNoGpu()}};
}

}  // namespace ingot::runtime::cts
