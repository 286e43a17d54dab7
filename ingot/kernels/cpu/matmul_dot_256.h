// Dot products of 16-bit activations with weight blocks in vectors of 32 bytes, for inclusion in
// the source files that define `Dot4`:
//   __m256i Dot4::Add(start, u, s)         start + the sums of four products of unsigned u (at most
//   63
//                                          where the set has no exact products of bytes) and signed
//                                          s
//   __m256i Dot4::AddSigned(start, w, s)   the same for signed w
#pragma once

#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_activation.h"
#include "ingot/kernels/cpu/matmul_codes.h"
#include "ingot/kernels/cpu/matmul_fetch.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

float SumOfLanes(__m256 v) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

__m256i Products(__m256i codes, __m256i high, __m256i low) {
  __m256i upper = Dot4::Add(_mm256_setzero_si256(), codes, high);
  return Dot4::Add(_mm256_slli_epi32(upper, 8), codes, low);
}

template <class Format>
struct Short {
  using Activation = Activation128;
  static float Row(const uint8_t* w, const Activation* x, size_t depth) {
    __m256 sum = _mm256_setzero_ps();
    float min_sum = 0;
    for (size_t k = 0; k < depth; k += 32, w += Format::kBytes) {
      FetchAhead<Format::kBytes>(w);
      const Activation& a = x[k / 128];
      size_t block = k / 32 % 4;
      __m256i high = Load32(a.high + 32 * block), low = Load32(a.low + 32 * block), p;
      if constexpr (Format::kFormat == DType::kQ8_0) {
        p = Dot4::AddSigned(_mm256_setzero_si256(), Load32(w + 2), high);
        p = Dot4::AddSigned(_mm256_slli_epi32(p, 8), Load32(w + 2), low);
      } else {
        p = Products(Format::Codes(w), high, low);
        min_sum += (Format::kMin ? HalfAt(w + 2) : Format::Scale(w)) * a.sum[block];
      }
      __m256 scale = _mm256_set1_ps(Format::Scale(w) * a.scale[block]);
      sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(p), scale, sum);
    }
    return SumOfLanes(sum) + min_sum;
  }
};

template <class Format>
struct Long {
  using Activation = Activation256;
  static float Row(const uint8_t* w, const Activation* x, size_t depth) {
    __m256 sum = _mm256_setzero_ps(), beside = sum;
    for (size_t i = 0; i < depth / 256; ++i, w += Format::kBytes) {
      FetchAhead<Format::kBytes>(w);
      __m256 scales[2], mins[2];
      float factors[16];
      Format::Scales(w, scales);
      if constexpr (Format::kMins) Format::Mins(w, mins);
      for (int j = 0; j < 2; ++j) {
        __m256 scaled = _mm256_mul_ps(scales[j], _mm256_load_ps(x[i].scale + 8 * j));
        _mm256_storeu_ps(factors + 8 * j, scaled);
        if constexpr (Format::kMixed) {
          // The upper halves belong to the minima.
          beside = _mm256_add_ps(beside, _mm256_permute2f128_ps(scaled, scaled, 0x81));
        } else {
          __m256 times_sum = Format::kMins ? mins[j] : scales[j];
          beside = _mm256_fmadd_ps(times_sum, _mm256_load_ps(x[i].sum + 8 * j), beside);
        }
      }
#pragma GCC unroll 8
      for (int j = 0; j < 8; ++j) {
        __m256i p =
            Products(Format::Codes(w, j), Load32(x[i].high + 32 * j), Load32(x[i].low + 32 * j));
        __m256 scale = _mm256_set_m128(_mm_set1_ps(factors[Format::High(j)]),
                                       _mm_set1_ps(factors[Format::Low(j)]));
        sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(p), scale, sum);
      }
    }
    return SumOfLanes(_mm256_add_ps(sum, beside));
  }
};

template <class Kernel>
void Columns(const DotProblem& p) {
  using Activation = typename Kernel::Activation;
  for (size_t n = 0; n < p.cols; ++n) {
    for (size_t m = 0; m < p.rows; ++m) {
      const auto* x = reinterpret_cast<const Activation*>(p.x + m * p.x_bytes);
      p.y[m * p.y_stride + n] = Kernel::Row(p.w + n * p.row_bytes, x, p.depth);
    }
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu

#include "ingot/kernels/cpu/matmul_dot_switch.h"
