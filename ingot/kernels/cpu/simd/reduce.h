// The loops of VectorOps that reduce a row: norms and softmax. Sums run in four vectors of partial
// sums, in an order that depends on the row's length alone.
#pragma once

#include <cmath>

#include "ingot/kernels/cpu/simd/math.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kMasked = -3.4028235e38f;

// The sum of f(x) over a row, as lanes; f(0) of the lanes past its end is left out.
template <typename F>
inline float SumOf(const float* x, size_t dim, F f) {
  V sums[4] = {Set(0), Set(0), Set(0), Set(0)};
  size_t i = 0;
  for (; i + 4 * kLanes <= dim; i += 4 * kLanes) {
    for (size_t k = 0; k < 4; ++k) sums[k] = sums[k] + f(Load(x + i + k * kLanes));
  }
  for (; i + kLanes <= dim; i += kLanes) sums[0] = sums[0] + f(Load(x + i));
  if (i < dim) {
    float tail[kLanes] = {};
    Store(tail, f(Load(x + i, dim - i)), dim - i);
    sums[1] = sums[1] + Load(tail);
  }
  return Sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

inline float LargestOf(const float* x, size_t dim) {
  V largest = Set(kMasked);
  size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) largest = Max(largest, Load(x + i));
  float result = Largest(largest);
  for (; i < dim; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

// y = f(x, w) over a row.
template <typename F>
inline void MapWeighted(const float* x, const float* w, float* y, size_t dim, F f) {
  size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) Store(y + i, f(Load(x + i), Load(w + i)));
  if (i < dim) Store(y + i, f(Load(x + i, dim - i), Load(w + i, dim - i)), dim - i);
}

void RmsNorm(const float* x, const float* w, float eps, float* y, size_t dim) {
  float squares = SumOf(x, dim, [](V v) { return v * v; });
  V factor = Set(1.0f / sqrtf(squares / static_cast<float>(dim) + eps));
  MapWeighted(x, w, y, dim, [=](V v, V weight) { return v * factor * weight; });
}

void LayerNorm(const float* x, const float* w, const float* b, float eps, float* y, size_t dim) {
  // The mean in two parts: a row far from zero has a mean that one f32 cannot hold well enough.
  auto count = static_cast<float>(dim);
  V coarse = Set(SumOf(x, dim, [](V v) { return v; }) / count);
  V fine = Set(SumOf(x, dim, [=](V v) { return v - coarse; }) / count);
  float squares = SumOf(x, dim, [=](V v) {
    V centred = v - coarse - fine;
    return centred * centred;
  });
  V factor = Set(1.0f / sqrtf(squares / count + eps));
  MapWeighted(x, w, y, dim, [=](V v, V weight) { return (v - coarse - fine) * factor * weight; });
  if (b != nullptr) MapWeighted(y, b, y, dim, [](V v, V bias) { return v + bias; });
}

// exp(x - largest); exactly 0 where x is masked, NaN where it is NaN.
inline V SoftmaxWeight(V x, V largest) {
  V otherwise = Select(Less(x, Set(0)), Set(0), x);
  return Select(Less(Set(kMasked), x), Exp(x - largest), otherwise);
}

void Softmax(const float* x, float* y, size_t dim) {
  V largest = Set(LargestOf(x, dim));
  auto weight = [=](V v) { return SoftmaxWeight(v, largest); };
  float sum = SumOf(x, dim, weight);
  V factor = Set(sum == 0 ? 0.0f : 1.0f / sum);
  size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) Store(y + i, weight(Load(x + i)) * factor);
  if (i < dim) Store(y + i, weight(Load(x + i, dim - i)) * factor, dim - i);
}

}  // namespace
}  // namespace ingot::kernels::cpu
