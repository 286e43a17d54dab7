// V with AVX-512 (F, BW, DQ, VL).
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace ingot::kernels::cpu {
namespace {

constexpr size_t kLanes = 16;
constexpr size_t kTileRows = 6;  // 6 x 4 sums, 4 operands and a broadcast fill 32 registers
constexpr size_t kTileVectors = 4;

struct V {
  __m512 v;
};
using Mask = __mmask16;

inline Mask FirstLanes(size_t n) { return static_cast<Mask>((1u << n) - 1); }

inline V Set(float x) { return {_mm512_set1_ps(x)}; }
inline V Load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline void Store(float* p, V x) { _mm512_storeu_ps(p, x.v); }
// The first n < kLanes lanes; loading fills the others with 0.
inline V Load(const float* p, size_t n) { return {_mm512_maskz_loadu_ps(FirstLanes(n), p)}; }
inline void Store(float* p, V x, size_t n) { _mm512_mask_storeu_ps(p, FirstLanes(n), x.v); }
inline V LoadHalf(const uint16_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline V LoadHalf(const uint16_t* p, size_t n) {
  return {_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(FirstLanes(n), p))};
}
inline void StoreHalf(uint16_t* p, V x) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(x.v, 0));
}
inline void StoreHalf(uint16_t* p, V x, size_t n) {
  _mm256_mask_storeu_epi16(p, FirstLanes(n), _mm512_cvtps_ph(x.v, 0));
}

inline V operator+(V a, V b) { return {_mm512_add_ps(a.v, b.v)}; }
inline V operator-(V a, V b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline V operator*(V a, V b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline V operator/(V a, V b) { return {_mm512_div_ps(a.v, b.v)}; }
inline V Fma(V a, V b, V c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }  // a * b + c
// Where one operand is NaN, b.
inline V Max(V a, V b) { return {_mm512_max_ps(a.v, b.v)}; }
inline V Min(V a, V b) { return {_mm512_min_ps(a.v, b.v)}; }
inline V Abs(V x) { return {_mm512_abs_ps(x.v)}; }
inline V CopySign(V size, V sign) {
  return {_mm512_or_ps(_mm512_abs_ps(size.v), _mm512_and_ps(sign.v, _mm512_set1_ps(-0.0f)))};
}
inline V Round(V x) { return {_mm512_roundscale_ps(x.v, _MM_FROUND_TO_NEAREST_INT)}; }
// x * 2^n for whole n in -126..127.
inline V Scale2(V x, V n) { return {_mm512_scalef_ps(x.v, n.v)}; }
inline Mask Less(V a, V b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
inline V Select(Mask mask, V yes, V no) { return {_mm512_mask_blend_ps(mask, no.v, yes.v)}; }
// Even and odd lanes exchanged; lanes of (c0, s0, c1, s1, ...) doubled: (c0, c0, c1, c1, ...).
inline V SwapPairs(V x) { return {_mm512_permute_ps(x.v, 0xB1)}; }
inline V EvenTwice(V x) { return {_mm512_moveldup_ps(x.v)}; }
inline V OddTwice(V x) { return {_mm512_movehdup_ps(x.v)}; }
inline V NegateEven(V x) {
  return {_mm512_castsi512_ps(
      _mm512_xor_si512(_mm512_castps_si512(x.v), _mm512_set1_epi64(0x80000000ll)))};
}
inline float Sum(V x) { return _mm512_reduce_add_ps(x.v); }
inline float Largest(V x) { return _mm512_reduce_max_ps(x.v); }

// Rows become columns.
inline void Transpose(V (&x)[kLanes]) {
  __m512 t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(x[i].v, x[i + 1].v);
    t[i + 1] = _mm512_unpackhi_ps(x[i].v, x[i + 1].v);
  }
  __m512 u[16];
  for (int i = 0; i < 16; i += 4) {
    auto pair = [](__m512 a, __m512 b, bool high) {
      __m512d p = _mm512_castps_pd(a), q = _mm512_castps_pd(b);
      return _mm512_castpd_ps(high ? _mm512_unpackhi_pd(p, q) : _mm512_unpacklo_pd(p, q));
    };
    u[i] = pair(t[i], t[i + 2], false);
    u[i + 1] = pair(t[i], t[i + 2], true);
    u[i + 2] = pair(t[i + 1], t[i + 3], false);
    u[i + 3] = pair(t[i + 1], t[i + 3], true);
  }
  // u[4a + c], quarter q: rows 4a..4a+3 of column 4q + c.
  for (int c = 0; c < 4; ++c) {
    __m512 low02 = _mm512_shuffle_f32x4(u[c], u[4 + c], 0x88);  // quarters 0, 2 of rows 0..7
    __m512 low13 = _mm512_shuffle_f32x4(u[c], u[4 + c], 0xDD);
    __m512 high02 = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0x88);
    __m512 high13 = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0xDD);
    x[c].v = _mm512_shuffle_f32x4(low02, high02, 0x88);
    x[4 + c].v = _mm512_shuffle_f32x4(low13, high13, 0x88);
    x[8 + c].v = _mm512_shuffle_f32x4(low02, high02, 0xDD);
    x[12 + c].v = _mm512_shuffle_f32x4(low13, high13, 0xDD);
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
