// f32 matmul pieces for AVX-512 (f, bw, dq, vl).
#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_decode_256.h"
#include "ingot/kernels/cpu/matmul_panel.h"
#include "ingot/kernels/cpu/matmul_path.h"
#include "ingot/kernels/cpu/matmul_sum.h"

namespace ingot::kernels::cpu {
namespace {

struct Avx512 {
  using Element = float;
  using Operand = __m512;
  using Vector = __m512;
  static constexpr size_t kLanes = 16, kRows = 4, kCols = 6;
  static constexpr size_t kDepth = 512, kPassRows = 256;

  static Vector Floats(__m128i q, float scale) {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q)), _mm512_set1_ps(scale));
  }
  static void Scale16(__m128i q, float scale, float* x) { _mm512_storeu_ps(x, Floats(q, scale)); }
  static void Scale16(__m128i q, float scale, float min, float* x) {
    _mm512_storeu_ps(x, _mm512_sub_ps(Floats(q, scale), _mm512_set1_ps(min)));
  }
  static void Halves(const uint8_t* src, uint64_t count, float* x) {
    for (uint64_t i = 0; i < count; i += 16) {
      uint64_t rest = count - i;
      auto mask = static_cast<__mmask16>(rest < 16 ? (1u << rest) - 1 : 0xFFFF);
      __m256i bits = _mm256_maskz_loadu_epi16(mask, src + 2 * i);
      _mm512_mask_storeu_ps(x + i, mask, _mm512_cvtph_ps(bits));
    }
  }

  static void Convert(const float* x, size_t count, Element* out) {
    std::memcpy(out, x, count * sizeof *x);
    while (count % kPanelStep != 0) out[count++] = 0;
  }
  static Vector Zero() { return _mm512_setzero_ps(); }
  static Vector Load(const float* at) { return _mm512_loadu_ps(at); }
  static Vector LoadTail(const float* at, size_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), at);
  }
  static Vector MulAdd(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static void Sum4(Vector a, Vector b, Vector c, Vector d, float* out) {
    _mm_storeu_ps(out, SumFour(a, b, c, d));
  }
};

}  // namespace

FloatFunctions Avx512FloatFunctions() { return {Decoder256<Avx512>::Row, Tile<Avx512>::Run}; }

PanelFunctions Avx512FloatPanelFunctions() { return Panel<Avx512>::Functions(); }

}  // namespace ingot::kernels::cpu
