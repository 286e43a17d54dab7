#include "ingot/kernels/cpu/simd/vector_ops.h"

#include <algorithm>

#include "ingot/kernels/cpu/cpu_kernels.h"

namespace ingot::kernels::cpu {
namespace {

const VectorOps& Choose() {
#if defined(__x86_64__)
  auto has = [](std::string_view feature) {
    std::span<const std::string> all = CpuFeatures();
    return std::ranges::find(all, feature) != all.end();
  };
  if (has("avx512")) return kAvx512Ops;
  if (has("avx2")) return kAvx2Ops;
#endif
  return kPortableOps;
}

}  // namespace

const VectorOps& Ops() {
  static const VectorOps& ops = Choose();
  return ops;
}

}  // namespace ingot::kernels::cpu
