// f32 matmul pieces for AVX2 with FMA and F16C.
#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_decode_256.h"
#include "ingot/kernels/cpu/matmul_panel.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

struct Avx2 {
  using Element = float;
  using Operand = __m256;
  using Vector = __m256;
  static constexpr size_t kLanes = 8, kRows = 3, kCols = 4;
  static constexpr size_t kDepth = 512, kPassRows = 252;

  static Vector Floats(__m128i q, float scale) {
    return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(q)), _mm256_set1_ps(scale));
  }
  static void Scale16(__m128i q, float scale, float* x) {
    _mm256_storeu_ps(x, Floats(q, scale));
    _mm256_storeu_ps(x + 8, Floats(_mm_unpackhi_epi64(q, q), scale));
  }
  static void Scale16(__m128i q, float scale, float min, float* x) {
    _mm256_storeu_ps(x, _mm256_sub_ps(Floats(q, scale), _mm256_set1_ps(min)));
    __m128i high = _mm_unpackhi_epi64(q, q);
    _mm256_storeu_ps(x + 8, _mm256_sub_ps(Floats(high, scale), _mm256_set1_ps(min)));
  }
  static void Halves(const uint8_t* src, uint64_t count, float* x) {
    uint64_t i = 0;
    for (; i + 8 <= count; i += 8) {
      __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(src + 2 * i));
      _mm256_storeu_ps(x + i, _mm256_cvtph_ps(bits));
    }
    for (; i < count; ++i) x[i] = HalfAt(src + 2 * i);
  }

  static void Convert(const float* x, size_t count, Element* out) {
    std::memcpy(out, x, count * sizeof *x);
    while (count % kPanelStep != 0) out[count++] = 0;
  }
  static Vector Zero() { return _mm256_setzero_ps(); }
  static Vector Load(const float* at) { return _mm256_loadu_ps(at); }
  static Vector LoadTail(const float* at, size_t count) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(
        at, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes));
  }
  static Vector MulAdd(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  static void Sum4(Vector a, Vector b, Vector c, Vector d, float* out) {
    Vector ab = _mm256_hadd_ps(a, b), cd = _mm256_hadd_ps(c, d);
    Vector all = _mm256_hadd_ps(ab, cd);
    _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1)));
  }
};

}  // namespace

FloatFunctions Avx2FloatFunctions() { return {Decoder256<Avx2>::Row, Tile<Avx2>::Run}; }

PanelFunctions Avx2FloatPanelFunctions() { return Panel<Avx2>::Functions(); }

}  // namespace ingot::kernels::cpu
