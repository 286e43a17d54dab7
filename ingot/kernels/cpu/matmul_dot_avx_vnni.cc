// Dot products of 8-bit activations with weight blocks, for AVX2 with AVX-VNNI.
#include <immintrin.h>

namespace ingot::kernels::cpu {
namespace {

struct Dot4 {
  static __m256i Add(__m256i start, __m256i u, __m256i s) {
    return _mm256_dpbusd_avx_epi32(start, u, s);
  }
  static __m256i AddSigned(__m256i bytes, __m256i s, __m256i start) {
    return Add(start, _mm256_xor_si256(bytes, _mm256_set1_epi8(-128)), s);
  }
};

}  // namespace
}  // namespace ingot::kernels::cpu

#include "ingot/kernels/cpu/matmul_dot_256.h"

namespace ingot::kernels::cpu {

DotFunctions AvxVnniDotFunctions() { return {RoundActivations, Dot}; }

}  // namespace ingot::kernels::cpu
