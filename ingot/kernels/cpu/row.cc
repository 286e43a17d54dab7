#include "ingot/kernels/cpu/row.h"

#include <iterator>

namespace ingot::kernels::cpu {

std::vector<CpuKernel> RowKernels() {
  std::vector<CpuKernel> all = PointwiseKernels();
  for (std::vector<CpuKernel> more : {NormKernels(), MoveKernels(), RoutingKernels()}) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace ingot::kernels::cpu
