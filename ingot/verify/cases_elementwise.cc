// Cases of ops that give every element by itself.
#include <algorithm>
#include <cmath>

#include "ingot/base/half.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {

DType IoType(CaseData& data) {
  const bool is_half = data.Size("F16_IO", 0) != 0;
  data.Override("F16_IO", is_half);
  if (is_half) data.Need("F16_IO");
  return is_half ? DType::kF16 : DType::kF32;
}

Values PutTensor(CaseData& data, std::string_view name, Values values) {
  const DType dtype = IoType(data);
  for (double& value : values) {
    const auto narrow = static_cast<float>(value);
    value = dtype == DType::kF16 ? F16ToF32(F32ToF16(narrow)) : narrow;
  }
  data.Floats(name, values, dtype);
  return values;
}

Values DrawOperand(CaseData& data, std::string_view name, size_t size) {
  const bool in_place = data.Size("IN_PLACE", 0) != 0;
  const std::string_view place = in_place ? "y" : name;
  Values x = PutTensor(data, place, data.Activations(place, size));
  if (!in_place) data.Output(size, "y", IoType(data));
  data.Override("IN_PLACE", in_place);
  if (in_place) data.Need("IN_PLACE");
  data.U32("size", size);
  return x;
}

Values DrawSecond(CaseData& data, std::string_view name, size_t size) {
  return PutTensor(data, name, data.Normal(name, size));
}

void ExpectTensor(CaseData& data, const std::function<Expected()>& reference,
                  std::string_view name) {
  const DType dtype = IoType(data);
  auto stored = [&] {
    Expected expected = reference();
    for (size_t i = 0; dtype == DType::kF16 && i < expected.want.size(); ++i) {
      constexpr double kLargest = 65504;
      expected.want[i] = std::clamp(expected.want[i], -kLargest, kLargest);
      expected.bound[i] += std::ldexp(std::abs(expected.want[i]), -11) + 6e-8;
    }
    return expected;
  };
  data.Expect(stored, name, dtype);
}

void AddBiasCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  const Values x = DrawOperand(data, "x", rows * dim);
  const Values bias = data.Vector("bias", dim, 0, 1);
  data.U32("dim", dim);
  data.Moves((2 * rows + 1) * dim * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] { return Expected{AddBias(x, bias), SumBound(x, bias)}; });
}

void AddCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257);
  data.U32("dim", data.Size("dim", size));
  const auto scale = static_cast<float>(data.Number("scale", 1));
  const Values a = DrawOperand(data, "a", size), b = DrawSecond(data, "b", size);
  data.F32("scale", scale);
  if (scale != 1) data.Need("scale");
  data.Moves(3 * size * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
    const Values scaled = Scale(b, scale);
    return Expected{Add(a, scaled), SumBound(a, scaled)};
  });
}

void MulCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257), dim = data.Size("dim", size);
  const bool per_row = data.Size("PER_ROW", 0) != 0;
  const Values a = DrawOperand(data, "a", size);
  const Values b = DrawSecond(data, "b", per_row ? (size + dim - 1) / dim : size);
  data.U32("dim", dim);
  data.Override("PER_ROW", per_row);
  if (per_row) data.Need("PER_ROW");
  data.Moves((2 * size + b.size()) * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
    Values want = a;
    for (size_t i = 0; i < size; ++i) want[i] *= b[per_row ? i / dim : i];
    Values bound = SumBound(want, {});
    return Expected{std::move(want), std::move(bound)};
  });
}

void ScaleCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t size = data.Size("size", 257);
  data.U32("dim", data.Size("dim", size));
  const auto factor = static_cast<float>(data.Number("scale", 1e-3));
  const Values x = DrawOperand(data, "x", size);
  data.F32("scale", factor);
  const bool capped = data.Size("HAS_SOFTCAP", 0) != 0;  // then by 1
  data.Override("HAS_SOFTCAP", capped);
  if (capped) data.Need("HAS_SOFTCAP");
  data.Moves(2 * size * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
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
  data.U32("dim", data.Size("dim", size));
  const double cap = data.Number("softcap", 30);
  const Values x = DrawOperand(data, "x", size);
  data.F32("softcap", cap);
  data.Moves(2 * size * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] { return Expected{Softcap(x, cap), ActivationBound(x)}; });
}

}  // namespace ingot::verify
