// Panels in bf16 for AVX512_BF16.
#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_bf16.h"
#include "ingot/kernels/cpu/matmul_panel.h"
#include "ingot/kernels/cpu/matmul_sum.h"

namespace ingot::kernels::cpu {
namespace {

struct Bf16 {
  using Element = uint16_t;
  using Operand = __m512bh;
  using Vector = __m512;
  static constexpr size_t kLanes = 32, kRows = 4, kCols = 6, kDepth = 1024, kPassRows = 256;

  static void Convert(const float* x, size_t count, Element* out) {
    for (size_t i = 0; i < count; i += kPanelStep) {
      _mm512_storeu_si512(out + i, RoundToBf16(x + i, count - i));
    }
  }
  static Vector Zero() { return _mm512_setzero_ps(); }
  static Operand Load(const Element* at) { return (Operand)_mm512_loadu_si512(at); }
  static Operand LoadTail(const Element* at, size_t count) {
    return (Operand)_mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint32_t{1} << count) - 1),
                                             at);
  }
  static Vector MulAdd(Operand a, Operand b, Vector sum) { return _mm512_dpbf16_ps(sum, a, b); }
  static void Sum4(Vector a, Vector b, Vector c, Vector d, float* out) {
    _mm_storeu_ps(out, SumFour(a, b, c, d));
  }
};

}  // namespace

PanelFunctions Avx512PanelFunctions() { return Panel<Bf16>::Functions(); }

}  // namespace ingot::kernels::cpu
