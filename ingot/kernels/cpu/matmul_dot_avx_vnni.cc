// Dot products of 16-bit activations with weight blocks, for AVX2 with AVX-VNNI.
#include <immintrin.h>

namespace ingot::kernels::cpu {
namespace {

struct Dot4 {
  static __m256i Add(__m256i start, __m256i u, __m256i s) {
    return _mm256_dpbusd_avx_epi32(start, u, s);
  }
  static __m256i AddSigned(__m256i start, __m256i w, __m256i s) {
    return Add(start, _mm256_abs_epi8(w), _mm256_sign_epi8(s, w));
  }
};

}  // namespace
}  // namespace ingot::kernels::cpu

#include "ingot/kernels/cpu/matmul_dot_256.h"

namespace ingot::kernels::cpu {

DotFunctions AvxVnniDotFunctions() { return {RoundActivations, Dot}; }

}  // namespace ingot::kernels::cpu
