// WebGPU in a build that was made without its headers.
#include "ingot/runtime/webgpu/device.h"

namespace ingot::runtime::webgpu {
namespace {

Status Absent() {
  return Status(Code::kUnsupported,
                "this build is without WebGPU; run ./dev setup, then configure and build again");
}

}  // namespace

Result<std::vector<AdapterFacts>> ListAdapters(const DeviceOptions&) { return Absent(); }

Result<std::unique_ptr<Device>> Open(const DeviceOptions&, std::shared_ptr<const KernelSource>,
                                     Software) {
  return Absent();
}

void DestroyUnderneath(Device&) {}

uint64_t CountNativeObjects(Device&) { return 0; }

}  // namespace ingot::runtime::webgpu
