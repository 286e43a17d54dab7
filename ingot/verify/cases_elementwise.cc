// Cases of ops that give every element by itself.
#include <cmath>

#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {

Values DrawOperand(CaseData& data, std::string_view name, size_t size) {
  const bool in_place = data.Size("IN_PLACE", 0) != 0;
  Values x = data.Activations(in_place ? "y" : name, size);
  if (!in_place) data.Output(size);
  data.Override("IN_PLACE", in_place);
  if (in_place) data.Need("IN_PLACE");
  data.U32("size", size);
  return x;
}

void AddBiasCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  const Values x = DrawOperand(data, "x", rows * dim);
  const Values bias = data.Vector("bias", dim, 0, 1);
  data.U32("dim", dim);
  data.Moves((2 * rows + 1) * dim * sizeof(float));
  data.Expect([&] { return Expected{AddBias(x, bias), SumBound(x, bias)}; });
}

void AddCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257);
  const auto scale = static_cast<float>(data.Number("scale", 1));
  const Values a = DrawOperand(data, "a", size), b = data.Normal("b", size);
  data.F32("scale", scale);
  if (scale != 1) data.Need("scale");
  data.Moves(3 * size * sizeof(float));
  data.Expect([&] {
    const Values scaled = Scale(b, scale);
    return Expected{Add(a, scaled), SumBound(a, scaled)};
  });
}

void MulCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257), dim = data.Size("dim", size);
  const bool per_row = data.Size("PER_ROW", 0) != 0;
  const Values a = DrawOperand(data, "a", size);
  const Values b = data.Normal("b", per_row ? (size + dim - 1) / dim : size);
  data.U32("dim", dim);
  data.Override("PER_ROW", per_row);
  if (per_row) data.Need("PER_ROW");
  data.Moves((2 * size + b.size()) * sizeof(float));
  data.Expect([&] {
    Values want = a;
    for (size_t i = 0; i < size; ++i) want[i] *= b[per_row ? i / dim : i];
    Values bound = SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void ScaleCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257);
  const auto factor = static_cast<float>(data.Number("scale", 1e-3));
  const Values x = DrawOperand(data, "x", size);
  data.F32("scale", factor);
  const bool capped = data.Size("HAS_SOFTCAP", 0) != 0;  // then by 1
  data.Override("HAS_SOFTCAP", capped);
  if (capped) data.Need("HAS_SOFTCAP");
  data.Moves(2 * size * sizeof(float));
  data.Expect([&] {
    Values want = Scale(x, factor);
    Values bound = SumBound(want, {});
    if (capped) {
      bound = ActivationBound(want);
      want = Softcap(want, 1);
    }
    return Expected{std::move(want), std::move(bound)};
  });
}

void SoftcapCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257);
  const double cap = data.Number("softcap", 30);
  const Values x = DrawOperand(data, "x", size);
  data.F32("softcap", cap);
  data.Moves(2 * size * sizeof(float));
  data.Expect([&] { return Expected{Softcap(x, cap), ActivationBound(x)}; });
}

}  // namespace ingot::verify
