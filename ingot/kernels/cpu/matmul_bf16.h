// f32 to bf16 in vectors, for inclusion in source files compiled for AVX512_BF16.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace ingot::kernels::cpu {

// Rounds `count` (at most 32) elements to 32, zeros behind them.
static inline __m512i RoundToBf16(const float* x, size_t count) {
  if (count >= 32) {
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x));
  }
  uint32_t mask = (uint32_t{1} << count) - 1;
  __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), x);
  __m512 high = count > 16 ? _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), x + 16)
                           : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

}  // namespace ingot::kernels::cpu
