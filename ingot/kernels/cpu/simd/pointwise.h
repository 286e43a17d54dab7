// The elementwise loops of VectorOps, and rope.
#pragma once

#include "ingot/kernels/cpu/simd/math.h"

namespace ingot::kernels::cpu {
namespace {

template <typename F>
inline void Map(const float* x, float* y, size_t size, F f) {
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) Store(y + i, f(Load(x + i)));
  if (i < size) Store(y + i, f(Load(x + i, size - i)), size - i);
}

template <typename F>
inline void Map(const float* a, const float* b, float* y, size_t size, F f) {
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) Store(y + i, f(Load(a + i), Load(b + i)));
  if (i < size) Store(y + i, f(Load(a + i, size - i), Load(b + i, size - i)), size - i);
}

void Silu(const float* x, float* y, size_t size) {
  Map(x, y, size, [](V v) { return v * Sigmoid(v); });
}

// 0.5 x (1 + tanh(u)) = x sigmoid(2u), which keeps its digits where tanh is near -1.
void GeluTanh(const float* x, float* y, size_t size) {
  Map(x, y, size, [](V v) {
    V u = Fma(v * v * v, Set(0.044715f), v) * Set(2 * 0.7978845608f);
    return v * Sigmoid(u);
  });
}

// x Phi(x), with Phi from erfc of the side where it is small.
void Gelu(const float* x, float* y, size_t size) {
  Map(x, y, size, [](V v) {
    V scaled = Abs(v) * Set(0.7071067812f);
    V tail = Set(0.5f) * Erfc(scaled, Exp(Set(-0.5f) * v * v));
    return v * Select(Less(v, Set(0.0f)), tail, Set(1.0f) - tail);
  });
}

void Relu(const float* x, float* y, size_t size) {
  Map(x, y, size, [](V v) { return Max(Set(0.0f), v); });
}

void SigmoidOf(const float* x, float* y, size_t size) {
  Map(x, y, size, [](V v) { return Sigmoid(v); });
}

void Add(const float* a, const float* b, float* y, size_t size) {
  Map(a, b, y, size, [](V u, V v) { return u + v; });
}

void Mul(const float* a, const float* b, float* y, size_t size) {
  Map(a, b, y, size, [](V u, V v) { return u * v; });
}

void Scale(const float* x, float factor, float* y, size_t size) {
  Map(x, y, size, [=](V v) { return v * Set(factor); });
}

inline V Capped(V x, V cap) { return cap * Tanh(x / cap); }

void Softcap(const float* x, float cap, float* y, size_t size) {
  Map(x, y, size, [=](V v) { return Capped(v, Set(cap)); });
}

void ToHalf(const float* x, uint16_t* y, size_t size) {
  auto bounded = [](V v) { return Max(Set(-65504.0f), Min(Set(65504.0f), v)); };
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) StoreHalf(y + i, bounded(Load(x + i)));
  if (i < size) StoreHalf(y + i, bounded(Load(x + i, size - i)), size - i);
}

inline V Rotated(V x, V table) {
  return Fma(x, EvenTwice(table), SwapPairs(x) * NegateEven(OddTwice(table)));
}

void RopePairs(float* x, const float* table, size_t pairs) { Map(x, table, x, 2 * pairs, Rotated); }

void RopeHalves(float* x0, float* x1, const float* cosine, const float* sine, size_t pairs) {
  size_t i = 0;
  for (; i + kLanes <= pairs; i += kLanes) {
    V a = Load(x0 + i), b = Load(x1 + i), c = Load(cosine + i), s = Load(sine + i);
    Store(x0 + i, a * c - b * s);
    Store(x1 + i, Fma(a, s, b * c));
  }
  if (i == pairs) return;
  size_t n = pairs - i;
  V a = Load(x0 + i, n), b = Load(x1 + i, n), c = Load(cosine + i, n), s = Load(sine + i, n);
  Store(x0 + i, a * c - b * s, n);
  Store(x1 + i, Fma(a, s, b * c), n);
}

}  // namespace
}  // namespace ingot::kernels::cpu
