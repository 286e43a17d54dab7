// f32 matmul pieces for AVX-512 (f, bw, dq, vl).
#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_decode.h"
#include "ingot/kernels/cpu/matmul_path.h"
#include "ingot/kernels/cpu/matmul_tile.h"

namespace ingot::kernels::cpu {
namespace {

struct Avx512 {
  using Element = float;
  using Operand = __m512;
  using Vector = __m512;
  static constexpr size_t kLanes = 16, kRows = 4, kCols = 6;

  static float Half(const uint8_t* at) {
    uint16_t bits;
    __builtin_memcpy(&bits, at, sizeof bits);
    return _cvtsh_ss(bits);
  }
  static Vector Zero() { return _mm512_setzero_ps(); }
  static Vector Load(const float* at) { return _mm512_loadu_ps(at); }
  static Vector LoadTail(const float* at, size_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), at);
  }
  static Vector MulAdd(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static float Sum(Vector v) { return _mm512_reduce_add_ps(v); }
};

}  // namespace

FloatFunctions Avx512FloatFunctions() { return {Decoder<Avx512>::Row, Tile<Avx512>::Run}; }

}  // namespace ingot::kernels::cpu
