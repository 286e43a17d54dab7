// exp and its relatives over vectors. Errors are relative and hold with fused multiply-add; without
// it they are about twice that.
#pragma once

#include "ingot/kernels/cpu/simd/simd.h"

namespace ingot::kernels::cpu {
namespace {

// Within 1e-7 for x <= 88; exactly 0 below -87.3365, where results would be subnormal.
inline V Exp(V x) {
  const V lowest = Set(-87.3365f);
  V bounded = Max(lowest, x);
  V n = Round(bounded * Set(1.44269504f));
  V r = Fma(n, Set(-0.693359375f), bounded);  // ln 2 in two parts, the first exact with n
  r = Fma(n, Set(2.12194440e-4f), r);
  V p = Set(0.001392618359f);  // (e^r - 1 - r) / r^2, minimax on |r| <= ln(2) / 2
  p = Fma(p, r, Set(0.008363179053f));
  p = Fma(p, r, Set(0.04166655462f));
  p = Fma(p, r, Set(0.1666657699f));
  p = Fma(p, r, Set(0.5f));
  V power = Scale2(Fma(p, r * r, r) + Set(1.0f), n);
  return Select(Less(x, lowest), Set(0.0f), power);
}

// Within 2e-7, and never outside of [0, 1].
inline V Sigmoid(V x) {
  V z = Exp(Set(0.0f) - Abs(x));
  return Select(Less(x, Set(0.0f)), z, Set(1.0f)) / (Set(1.0f) + z);
}

// Within 2e-7.
inline V Tanh(V x) {
  V size = Min(Set(15.0f), Abs(x));
  V square = size * size;
  V p = Set(-0.006096714166f);  // (tanh(x) - x) / x^3 in x^2, minimax on |x| <= 0.625
  p = Fma(p, square, Set(0.020997179f));
  p = Fma(p, square, Set(-0.05385090958f));
  p = Fma(p, square, Set(0.1333276974f));
  p = Fma(p, square, Set(-0.3333332894f));
  V small = Fma(p * square, size, size);
  V large = Set(1.0f) - Set(2.0f) / (Exp(size + size) + Set(1.0f));
  return CopySign(Select(Less(size, Set(0.625f)), small, large), x);
}

// erfc(x) for x >= 0, within 3e-7 where exp(-x^2) is given exactly.
inline V Erfc(V x, V exp_of_minus_square) {
  V t = Set(1.0f) / Fma(Set(0.5f), x, Set(1.0f));
  V p = Set(0.01876646773f);  // erfc(x) e^(x^2) / t in t, minimax on x <= 10
  p = Fma(p, t, Set(-0.156832683f));
  p = Fma(p, t, Set(0.5037037566f));
  p = Fma(p, t, Set(-0.7636769792f));
  p = Fma(p, t, Set(0.4937229705f));
  p = Fma(p, t, Set(-0.1340835864f));
  p = Fma(p, t, Set(0.2367694151f));
  p = Fma(p, t, Set(0.2364906486f));
  p = Fma(p, t, Set(0.2830857047f));
  p = Fma(p, t, Set(0.2820542795f));
  return p * t * exp_of_minus_square;
}

}  // namespace
}  // namespace ingot::kernels::cpu
