// V in plain C++: four independent lanes, which compilers turn into the vectors that every machine
// of their target has.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "ingot/base/half.h"

namespace ingot::kernels::cpu {
namespace {

constexpr size_t kLanes = 4;
constexpr size_t kTileRows = 4;
constexpr size_t kTileVectors = 2;

struct V {
  float v[kLanes];
};
struct Mask {
  bool v[kLanes];
};

template <typename F>
inline V Each(F f) {
  V y;
  for (size_t i = 0; i < kLanes; ++i) y.v[i] = f(i);
  return y;
}

inline V Set(float x) { return {{x, x, x, x}}; }
inline V Load(const float* p) { return {{p[0], p[1], p[2], p[3]}}; }
inline void Store(float* p, V x) { std::memcpy(p, x.v, sizeof x.v); }
// The first n < kLanes lanes; loading fills the others with 0.
inline V Load(const float* p, size_t n) {
  V y = {};
  std::memcpy(y.v, p, n * sizeof *p);
  return y;
}
inline void Store(float* p, V x, size_t n) { std::memcpy(p, x.v, n * sizeof *p); }
inline V LoadHalf(const uint16_t* p) {
  return Each([&](size_t i) { return F16ToF32(p[i]); });
}
inline V LoadHalf(const uint16_t* p, size_t n) {
  return Each([&](size_t i) { return i < n ? F16ToF32(p[i]) : 0.0f; });
}
inline void StoreHalf(uint16_t* p, V x, size_t n) {
  for (size_t i = 0; i < n; ++i) p[i] = F32ToF16(x.v[i]);
}
inline void StoreHalf(uint16_t* p, V x) { StoreHalf(p, x, kLanes); }

inline V operator+(V a, V b) {
  return Each([&](size_t i) { return a.v[i] + b.v[i]; });
}
inline V operator-(V a, V b) {
  return Each([&](size_t i) { return a.v[i] - b.v[i]; });
}
inline V operator*(V a, V b) {
  return Each([&](size_t i) { return a.v[i] * b.v[i]; });
}
inline V operator/(V a, V b) {
  return Each([&](size_t i) { return a.v[i] / b.v[i]; });
}
// a * b + c, rounded twice: a fused one is a call into the library on many machines.
inline V Fma(V a, V b, V c) { return a * b + c; }
// Where one operand is NaN, b.
inline V Max(V a, V b) {
  return Each([&](size_t i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
inline V Min(V a, V b) {
  return Each([&](size_t i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
inline V Abs(V x) {
  return Each([&](size_t i) { return std::fabs(x.v[i]); });
}
inline V CopySign(V size, V sign) {
  return Each([&](size_t i) { return std::copysign(size.v[i], sign.v[i]); });
}
// For |x| < 2^22: adding 1.5 * 2^23 leaves no fraction bits.
inline V Round(V x) { return x + Set(0x1.8p23f) - Set(0x1.8p23f); }
// x * 2^n for whole n in -126..127; NaN for any other.
inline V Scale2(V x, V n) {
  return Each([&](size_t i) {
    // 1.5 * 2^23 + n + 127 holds n + 127 in its low mantissa bits.
    float shifted = n.v[i] + (0x1.8p23f + 127.0f);
    uint32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits <<= 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return x.v[i] * power;
  });
}
inline Mask Less(V a, V b) {
  Mask mask;
  for (size_t i = 0; i < kLanes; ++i) mask.v[i] = a.v[i] < b.v[i];
  return mask;
}
inline V Select(Mask mask, V yes, V no) {
  return Each([&](size_t i) { return mask.v[i] ? yes.v[i] : no.v[i]; });
}
// Even and odd lanes exchanged; lanes of (c0, s0, c1, s1, ...) doubled: (c0, c0, c1, c1, ...).
inline V SwapPairs(V x) { return {{x.v[1], x.v[0], x.v[3], x.v[2]}}; }
inline V EvenTwice(V x) { return {{x.v[0], x.v[0], x.v[2], x.v[2]}}; }
inline V OddTwice(V x) { return {{x.v[1], x.v[1], x.v[3], x.v[3]}}; }
inline V NegateEven(V x) { return {{-x.v[0], x.v[1], -x.v[2], x.v[3]}}; }
inline float Sum(V x) { return (x.v[0] + x.v[2]) + (x.v[1] + x.v[3]); }
inline float Largest(V x) {
  V pairs = Max(x, {{x.v[2], x.v[3], x.v[0], x.v[1]}});
  return pairs.v[0] > pairs.v[1] ? pairs.v[0] : pairs.v[1];
}

// Rows become columns.
inline void Transpose(V (&x)[kLanes]) {
  for (size_t i = 0; i < kLanes; ++i) {
    for (size_t j = i + 1; j < kLanes; ++j) std::swap(x[i].v[j], x[j].v[i]);
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
