// Open: the one place that knows which devices there are.
#include "ingot/base/text.h"
#include "ingot/kernels/link.h"
#include "ingot/kernels/wgsl_registry.h"
#include "ingot/runtime/cpu/device.h"
#include "ingot/runtime/null/device.h"
#include "ingot/runtime/webgpu/device.h"

namespace ingot::runtime {
namespace {

// The WGSL files of a registry, linked for the device that asks.
class LinkedKernels final : public webgpu::KernelSource {
 public:
  explicit LinkedKernels(std::shared_ptr<const kernels::WgslRegistry> registry)
      : registry_(std::move(registry)) {}

  std::span<const kernels::KernelDesc* const> Kernels() const override {
    return registry_->Kernels();
  }
  Result<const kernels::KernelDesc*> Find(std::string_view kernel) const override {
    return registry_->Get(kernel);
  }
  Result<webgpu::Shader> Link(const kernels::KernelDesc& desc, const OverrideValues& overrides,
                              const DeviceFacts& facts) const override {
    INGOT_ASSIGN(kernels::Linked linked,
                 kernels::Link(*registry_, {.kernel = desc.name, .overrides = overrides}, facts));
    webgpu::Shader shader{.text = std::move(linked.text), .constants = std::move(linked.constants)};
    // Link holds their product against the device's limit.
    const wgsl::WorkgroupSize& size = linked.workgroup_size;
    shader.workgroup_size = {static_cast<uint32_t>(size.x), static_cast<uint32_t>(size.y),
                             static_cast<uint32_t>(size.z)};
    shader.workgroup_bytes = linked.workgroup_bytes;
    shader.trusted = Ships(desc, overrides, facts, linked.key);
    return shader;
  }

 private:
  // Whether the binary's own files give the same text: those have passed the checks that a user's
  // have yet to pass.
  static bool Ships(const kernels::KernelDesc& desc, const OverrideValues& overrides,
                    const DeviceFacts& facts, std::string_view key) {
    const kernels::LinkRequest request{.kernel = desc.name, .overrides = overrides};
    const auto shipped = kernels::Link(kernels::WgslRegistry::Shipped(), request, facts);
    return shipped.ok() && shipped->key == key;
  }

  std::shared_ptr<const kernels::WgslRegistry> registry_;
};

Result<std::unique_ptr<Device>> OpenGpu(const DeviceOptions& options, webgpu::Software software) {
  INGOT_ASSIGN(auto registry, kernels::WgslRegistry::Load(options.kernel_dirs));
  return webgpu::Open(options, std::make_shared<LinkedKernels>(std::move(registry)), software);
}

Result<std::unique_ptr<Device>> OpenBest(const DeviceOptions& options, std::string* why_cpu) {
  Result<std::unique_ptr<Device>> gpu = OpenGpu(options, webgpu::Software::kOnlyIfNamed);
  const bool is_asked_for = !options.adapter.empty() || !options.kernel_dirs.empty();
  if (gpu.ok() || is_asked_for) return gpu;
  if (why_cpu != nullptr) *why_cpu = gpu.status().message();
  return cpu::Open(options);
}

}  // namespace

Result<std::unique_ptr<Device>> Open(const DeviceOptions& options, std::string* why_cpu) {
  if (options.kind == "auto") return OpenBest(options, why_cpu);
  if (options.kind == "webgpu") return OpenGpu(options, webgpu::Software::kAllowed);
  if (!options.kernel_dirs.empty()) {
    return Status(Code::kInvalidArgument,
                  StrCat("kernel folder (", options.kernel_dirs[0],
                         ") is for the device webgpu, not (", options.kind, ")"));
  }
  if (options.kind == "cpu") return cpu::Open(options);
  if (options.kind == "null") return null::Open({.hide_features = options.hide_features});
  return Status(Code::kInvalidArgument, StrCat("unknown device kind (", options.kind,
                                               "), there are auto, cpu, webgpu, null"));
}

}  // namespace ingot::runtime
