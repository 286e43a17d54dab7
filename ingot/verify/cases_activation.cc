// Cases of activations: what they are applied to may stand apart from what the result is multiplied
// with or beside it, in four layouts (fragment gated), or in the result itself.
#include <algorithm>
#include <cmath>

#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

// What both get in double precision, and what they may be off by for a bias.
struct Inputs {
  Values g, u;  // no u: 1
  Values g_off, u_off;
  size_t layout = 0;
};

void AddColumns(const Values& bias, Values& v, Values& off) {
  if (bias.empty()) return;
  off = SumBound(v, bias);
  v = AddBias(v, bias);
}

// As `layout` has them in one tensor.
Values Joined(const Values& g, const Values& u, size_t layout, size_t dim) {
  Values x;
  const size_t run = layout == 1 ? 1 : layout == 2 ? g.size() : dim;
  for (size_t begin = 0; begin < g.size(); begin += run) {
    for (const Values* part : {&g, &u}) {
      for (size_t i = begin; i < begin + run; ++i) x.push_back((*part)[i]);
    }
  }
  return x;
}

Inputs DrawInputs(CaseData& data, bool has_gate, bool is_u_biased = false) {
  const size_t size = data.Size("size", 257), dim = data.Size("dim", size);
  const bool has_bias = data.Size("HAS_BIAS", 0) != 0;
  Inputs inputs;
  inputs.layout = data.Size("LAYOUT", 0);
  inputs.g = DrawOperand(data, "x", size);
  inputs.g_off = inputs.u_off = Values(size);
  if (has_gate) inputs.u = DrawSecond(data, "up", size);
  const bool is_joined = has_gate && inputs.layout != 0;
  if (is_joined) PutTensor(data, "x", Joined(inputs.g, inputs.u, inputs.layout, dim));
  if (!has_bias) data.U32("bias_at", 0);
  if (has_bias) {
    const Values bias = data.Vector("bias", is_u_biased ? 2 * dim : dim, 0, 1);
    Values of_g = bias, of_u;
    for (size_t j = 0; is_u_biased && j < dim; ++j) {
      of_g[j] = bias[inputs.layout == 1 ? 2 * j : j];
      of_u.push_back(bias[inputs.layout == 1 ? 2 * j + 1 : dim + j]);
    }
    of_g.resize(dim);
    AddColumns(of_g, inputs.g, inputs.g_off);
    AddColumns(of_u, inputs.u, inputs.u_off);
  }
  data.U32("dim", dim);
  data.Override("HAS_GATE", has_gate);
  data.Override("HAS_BIAS", has_bias);
  data.Override("LAYOUT", static_cast<double>(inputs.layout));
  if (is_joined) data.Need("LAYOUT");
  if (has_bias) data.Need("HAS_BIAS");
  data.Moves((has_gate ? 3 : 2) * size * Traits(IoType(data)).bytes);
  return inputs;
}

// Of f(g) * u, where f has at most this slope and is known to `bound`.
Expected Product(const Inputs& inputs, const Values& f, Values bound, double slope) {
  bound = Add(bound, Scale(inputs.g_off, slope));
  if (inputs.u.empty()) return {f, std::move(bound)};
  Values want = Mul(f, inputs.u);
  for (size_t i = 0; i < want.size(); ++i) {
    bound[i] = bound[i] * std::abs(inputs.u[i]) + std::abs(f[i]) * inputs.u_off[i];
  }
  return {want, Add(bound, SumBound(want, {}))};
}

constexpr double kSlope = 1.2;  // of silu and gelu at the most

}  // namespace

template <Values (*kOp)(const Values&), bool kHasGate>
void ActivationCase(CaseData& data, const kernels::KernelDesc&) {
  const Inputs inputs = DrawInputs(data, kHasGate);
  ExpectTensor(data,
               [&] { return Product(inputs, kOp(inputs.g), ActivationBound(inputs.g), kSlope); });
}
template void ActivationCase<Silu, false>(CaseData&, const kernels::KernelDesc&);
template void ActivationCase<Silu, true>(CaseData&, const kernels::KernelDesc&);
template void ActivationCase<GeluTanh, false>(CaseData&, const kernels::KernelDesc&);
template void ActivationCase<GeluTanh, true>(CaseData&, const kernels::KernelDesc&);
template void ActivationCase<Gelu, false>(CaseData&, const kernels::KernelDesc&);
template void ActivationCase<Sigmoid, false>(CaseData&, const kernels::KernelDesc&);

void GeluQuickCase(CaseData& data, const kernels::KernelDesc&) {
  const Inputs inputs = DrawInputs(data, data.Size("HAS_GATE", 0) != 0);
  ExpectTensor(data, [&] {
    const Values f = Mul(inputs.g, Sigmoid(Scale(inputs.g, 1.702)));
    return Product(inputs, f, ActivationBound(inputs.g), kSlope);
  });
}

void ReluCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const bool squared = data.Size("SQUARED", 0) != 0;
  const bool has_gate = data.Size("HAS_GATE", 0) != 0;
  const double alpha = static_cast<float>(data.Number("leaky_alpha", 0.01));
  const Inputs inputs = DrawInputs(data, has_gate);
  data.F32("leaky_alpha", alpha);
  data.Override("SQUARED", squared);
  if (squared) data.Need("SQUARED");
  if (has_gate) data.Need("HAS_GATE");
  const bool is_leaky = kernel.op == "leaky_relu";
  ExpectTensor(data, [&] {
    Values f = Relu(inputs.g);
    if (squared) f = Mul(f, f);
    for (size_t i = 0; is_leaky && i < f.size(); ++i)
      f[i] = std::max(inputs.g[i], alpha * inputs.g[i]);
    const double slope = squared ? 2 * std::ranges::max(Relu(inputs.g)) : 1;
    return Product(inputs, f, ActivationBound(f), slope);
  });
}

// ACT as the kernel counts: 0 silu, 1 gelu by tanh, 4 the product of gpt-oss.
void FusedSwigluCase(CaseData& data, const kernels::KernelDesc& kernel) {
  constexpr size_t kSilu = 0, kGelu = 1, kOai = 4;
  const size_t act = kernel.op == "swiglu_oai" ? kOai : data.Size("ACT", kSilu);
  const auto limit = static_cast<float>(data.Number("limit", 7));
  const auto alpha = static_cast<float>(data.Number("alpha", 1.702));
  Inputs inputs = DrawInputs(data, true, /*is_u_biased=*/true);
  data.F32("limit", limit);
  data.F32("alpha", alpha);
  data.Override("ACT", static_cast<double>(act));
  ExpectTensor(data, [&] {
    if (act == kSilu) return Product(inputs, Silu(inputs.g), ActivationBound(inputs.g), kSlope);
    if (act == kGelu) return Product(inputs, GeluTanh(inputs.g), ActivationBound(inputs.g), kSlope);
    for (double& value : inputs.g) value = std::min<double>(value, limit);
    for (double& value : inputs.u) value = std::clamp<double>(value, -limit, limit) + 1;
    const Values f = Mul(inputs.g, Sigmoid(Scale(inputs.g, alpha)));
    return Product(inputs, f, ActivationBound(inputs.g), kSlope);
  });
}

}  // namespace ingot::verify
