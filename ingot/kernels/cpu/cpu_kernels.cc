#include "ingot/kernels/cpu/cpu_kernels.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ingot/base/log.h"

namespace ingot::kernels::cpu {
namespace {

void Append(std::vector<CpuKernel>& all, std::vector<CpuKernel> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

std::span<const CpuKernel> CpuKernels() {
  // Sorted by name: the registry searches.
  static const std::vector<CpuKernel> kernels = [] {
    std::vector<CpuKernel> all;
    Append(all, MatmulKernels());
    Append(all, ExpertKernels());
    Append(all, AttentionKernels());
    Append(all, RowKernels());
    auto name = [](const CpuKernel& kernel) -> const std::string& { return kernel.desc.name; };
    std::ranges::sort(all, {}, name);
    INGOT_CHECK(std::ranges::adjacent_find(all, {}, name) == all.end());
    return all;
  }();
  return kernels;
}

}  // namespace ingot::kernels::cpu
