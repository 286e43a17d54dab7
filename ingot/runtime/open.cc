// Open: the one place that knows which devices there are.
#include "ingot/base/text.h"
#include "ingot/runtime/cpu/device.h"
#include "ingot/runtime/null/device.h"
#include "ingot/runtime/webgpu/device.h"

namespace ingot::runtime {
namespace {

// The registry's WGSL kernels are not handed to the device yet: a GPU opened here holds memory and
// runs nothing, and says so.
class NoKernels final : public webgpu::KernelSource {
 public:
  Result<const kernels::KernelDesc*> Find(std::string_view kernel) const override {
    return Status(Code::kUnsupported,
                  StrCat("kernel (", kernel, ") is for the device cpu only in this version"));
  }
  Result<webgpu::Shader> Link(const kernels::KernelDesc& desc, const OverrideValues&,
                              const DeviceFacts&) const override {
    return Find(desc.name).status();
  }
};

}  // namespace

Result<std::unique_ptr<Device>> Open(const DeviceOptions& options) {
  // A GPU joins `auto` when it runs every model that the CPU runs.
  if (options.kind == "auto" || options.kind == "cpu") return cpu::Open(options);
  if (options.kind == "null") return null::Open({.hide_features = options.hide_features});
  if (options.kind == "webgpu") {
    static const NoKernels no_kernels;
    return webgpu::Open(options, no_kernels);
  }
  return Status(Code::kInvalidArgument, StrCat("unknown device kind (", options.kind,
                                               "), there are auto, cpu, webgpu, null"));
}

}  // namespace ingot::runtime
