// V with AVX2, FMA and F16C.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ingot::kernels::cpu {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kTileRows = 6;  // 6 x 2 sums, 2 operands and a broadcast fit 16 registers
constexpr size_t kTileVectors = 2;

struct V {
  __m256 v;
};
struct Mask {
  __m256 v;
};

inline __m256i FirstLanes(size_t n) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lanes);
}

inline V Set(float x) { return {_mm256_set1_ps(x)}; }
inline V Load(const float* p) { return {_mm256_loadu_ps(p)}; }
inline void Store(float* p, V x) { _mm256_storeu_ps(p, x.v); }
// The first n < kLanes lanes; loading fills the others with 0.
inline V Load(const float* p, size_t n) { return {_mm256_maskload_ps(p, FirstLanes(n))}; }
inline void Store(float* p, V x, size_t n) { _mm256_maskstore_ps(p, FirstLanes(n), x.v); }
inline V LoadHalf(const uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}
inline V LoadHalf(const uint16_t* p, size_t n) {
  uint16_t lanes[kLanes] = {};
  std::memcpy(lanes, p, n * sizeof *p);
  return LoadHalf(lanes);
}
inline void StoreHalf(uint16_t* p, V x) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(x.v, 0));
}
inline void StoreHalf(uint16_t* p, V x, size_t n) {
  uint16_t lanes[kLanes];
  StoreHalf(lanes, x);
  std::memcpy(p, lanes, n * sizeof *p);
}

inline V operator+(V a, V b) { return {_mm256_add_ps(a.v, b.v)}; }
inline V operator-(V a, V b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline V operator*(V a, V b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline V operator/(V a, V b) { return {_mm256_div_ps(a.v, b.v)}; }
inline V Fma(V a, V b, V c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }  // a * b + c
// Where one operand is NaN, b.
inline V Max(V a, V b) { return {_mm256_max_ps(a.v, b.v)}; }
inline V Min(V a, V b) { return {_mm256_min_ps(a.v, b.v)}; }
inline V Abs(V x) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), x.v)}; }
inline V CopySign(V size, V sign) {
  return {_mm256_or_ps(Abs(size).v, _mm256_and_ps(sign.v, _mm256_set1_ps(-0.0f)))};
}
inline V Round(V x) { return {_mm256_round_ps(x.v, _MM_FROUND_TO_NEAREST_INT)}; }
// x * 2^n for whole n in -126..127.
inline V Scale2(V x, V n) {
  __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
  return {_mm256_mul_ps(x.v, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)))};
}
inline Mask Less(V a, V b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline V Select(Mask mask, V yes, V no) { return {_mm256_blendv_ps(no.v, yes.v, mask.v)}; }
// Even and odd lanes exchanged; lanes of (c0, s0, c1, s1, ...) doubled: (c0, c0, c1, c1, ...).
inline V SwapPairs(V x) { return {_mm256_permute_ps(x.v, 0xB1)}; }
inline V EvenTwice(V x) { return {_mm256_moveldup_ps(x.v)}; }
inline V OddTwice(V x) { return {_mm256_movehdup_ps(x.v)}; }
inline V NegateEven(V x) {
  return {_mm256_xor_ps(x.v, _mm256_castsi256_ps(_mm256_set1_epi64x(0x80000000ll)))};
}
inline float Sum(V x) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float Largest(V x) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// Rows become columns.
inline void Transpose(V (&x)[kLanes]) {
  __m256 t[8];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(x[i].v, x[i + 1].v);
    t[i + 1] = _mm256_unpackhi_ps(x[i].v, x[i + 1].v);
  }
  __m256 u[8];
  for (int i = 0; i < 8; i += 4) {
    u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
    u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
  }
  for (int c = 0; c < 4; ++c) {
    x[c].v = _mm256_permute2f128_ps(u[c], u[4 + c], 0x20);
    x[4 + c].v = _mm256_permute2f128_ps(u[c], u[4 + c], 0x31);
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
