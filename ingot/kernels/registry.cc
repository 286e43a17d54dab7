#include "ingot/kernels/registry.h"

#include <algorithm>

#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/kernels/wgsl_registry.h"

namespace ingot::kernels {

std::span<const KernelDesc* const> KernelsOf(std::string_view target) {
  static const std::vector<const KernelDesc*> cpu_kernels = [] {
    std::vector<const KernelDesc*> all;
    for (const cpu::CpuKernel& kernel : cpu::CpuKernels()) all.push_back(&kernel.desc);
    return all;
  }();
  if (target == "cpu" || target == "null") return cpu_kernels;
  if (target == "webgpu") return WgslRegistry::Shipped().Kernels();
  return {};
}

const KernelDesc* FindKernel(std::span<const KernelDesc* const> kernels, std::string_view name) {
  auto it = std::ranges::lower_bound(
      kernels, name, {}, [](const KernelDesc* kernel) -> std::string_view { return kernel->name; });
  return it != kernels.end() && (*it)->name == name ? *it : nullptr;
}

const KernelDesc* FindKernel(std::string_view target, std::string_view name) {
  return FindKernel(KernelsOf(target), name);
}

}  // namespace ingot::kernels
