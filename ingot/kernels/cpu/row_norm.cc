// Kernels that reduce rows: norms and softmax. One thread owns a row, so results do not depend on
// the number of threads.
#include "ingot/kernels/cpu/row.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

void RmsNorm(const Args& args) {
  const float* x = args.In<float>(0);
  const float* w = args.In<float>(1) + args.U32(3);
  float* y = args.Out<float>(2);
  uint64_t dim = args.U32(1);
  float eps = args.F32(2);
  ForItems(args, args.U32(0), dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = begin; r < end; ++r) Ops().rms_norm(x + r * dim, w, eps, y + r * dim, dim);
  });
}

void LayerNorm(const Args& args) {
  const float* x = args.In<float>(0);
  const float* w = args.In<float>(1) + args.U32(3);
  const float* b = args.overrides[0] != 0 ? args.In<float>(1) + args.U32(4) : nullptr;
  float* y = args.Out<float>(2);
  uint64_t dim = args.U32(1);
  float eps = args.F32(2);
  ForItems(args, args.U32(0), dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = begin; r < end; ++r) {
      Ops().layer_norm(x + r * dim, w, b, eps, y + r * dim, dim);
    }
  });
}

void Softmax(const Args& args) {
  const float* x = args.In<float>(0);
  float* y = args.Out<float>(1);
  uint64_t inner = args.U32(1);
  ForItems(args, args.U32(0), inner, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = begin; r < end; ++r) Ops().softmax(x + r * inner, y + r * inner, inner);
  });
}

}  // namespace

std::vector<CpuKernel> NormKernels() {
  std::vector<BindingDesc> bindings = {Reads("x"), Reads("vectors", "vectors"), Writes("y")};
  KernelDesc rms_norm =
      Desc("rmsnorm", "rms_norm", "norm", "y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + eps) * w",
           bindings, {U("rows"), U("dim"), F("eps"), U("w_at")});
  KernelDesc layer_norm =
      Desc("layernorm", "layer_norm", "norm",
           "y[r, :] = (x[r, :] - mean(x[r, :])) / sqrt(var(x[r, :]) + eps) * w + b", bindings,
           {U("rows"), U("dim"), F("eps"), U("w_at"), U("b_at")});
  layer_norm.overrides = {Switch("HAS_BIAS", OverrideClass::kFlag)};
  KernelDesc softmax = Desc("softmax", "softmax", "softmax",
                            "y[r, :] = exp(x[r, :] - max(x[r, :])) / sum(exp(x[r, :] - max))",
                            {Reads("x"), Writes("y")}, {U("outer"), U("inner")});
  return {{std::move(rms_norm), RmsNorm},
          {std::move(layer_norm), LayerNorm},
          {std::move(softmax), Softmax}};
}

}  // namespace ingot::kernels::cpu
