// Dot products of 16-bit activations with weight blocks, for AVX2.
#include <immintrin.h>

namespace ingot::kernels::cpu {
namespace {

struct Dot4 {
  static __m256i Add(__m256i start, __m256i u, __m256i s) {
    // Pairs of products fit 16 bits, since codes are below 64.
    __m256i pairs = _mm256_maddubs_epi16(u, s);
    return _mm256_add_epi32(start, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  static __m256i AddSigned(__m256i start, __m256i w, __m256i s) {
    // |w| <= 128 and |s| <= 127, so that pairs just fit.
    return Add(start, _mm256_abs_epi8(w), _mm256_sign_epi8(s, w));
  }
};

}  // namespace
}  // namespace ingot::kernels::cpu

#include "ingot/kernels/cpu/matmul_dot_256.h"

namespace ingot::kernels::cpu {

DotFunctions Avx2DotFunctions() { return {RoundActivations, Dot}; }

}  // namespace ingot::kernels::cpu
