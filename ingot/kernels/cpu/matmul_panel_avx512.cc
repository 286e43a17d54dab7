// Panels in bf16 for AVX512_BF16: dot products of two rows.
#include <immintrin.h>

#include <cstring>

#include "ingot/kernels/cpu/matmul_bf16.h"
#include "ingot/kernels/cpu/matmul_path.h"
#include "ingot/kernels/cpu/matmul_tile.h"

namespace ingot::kernels::cpu {
namespace {

struct Bf16 {
  using Element = uint16_t;
  using Operand = __m512bh;
  using Vector = __m512;
  static constexpr size_t kLanes = 32, kRows = 4, kCols = 6;

  static Vector Zero() { return _mm512_setzero_ps(); }
  static Operand Load(const Element* at) { return (Operand)_mm512_loadu_si512(at); }
  static Operand LoadTail(const Element* at, size_t count) {
    return (Operand)_mm512_maskz_loadu_epi16(static_cast<__mmask32>((uint32_t{1} << count) - 1),
                                             at);
  }
  static Vector MulAdd(Operand a, Operand b, Vector sum) { return _mm512_dpbf16_ps(sum, a, b); }
  static float Sum(Vector v) { return _mm512_reduce_add_ps(v); }
};

constexpr size_t kGroup = Bf16::kRows, kCols = 8 * Bf16::kCols;

void PackX(const float* x, size_t rows, size_t depth, uint16_t* out) {
  size_t padded = (depth + kPanelStep - 1) / kPanelStep * kPanelStep;
  for (size_t m = 0; m < kGroup; ++m) {
    uint16_t* row = out + m * padded;
    if (m >= rows) {
      std::memset(row, 0, padded * sizeof *row);
      continue;
    }
    for (size_t k = 0; k < depth; k += kPanelStep) {
      _mm512_storeu_si512(row + k, RoundToBf16(x + m * depth + k, depth - k));
    }
  }
}

void PackW(const float* w, size_t count, size_t col, size_t k, size_t depth, uint16_t* panel) {
  uint16_t* row = panel + col * depth + k;
  for (size_t i = 0; i < count; i += kPanelStep) {
    _mm512_storeu_si512(row + i, RoundToBf16(w + i, count - i));
  }
}

void Multiply(const PanelProblem& p) {
  Tile<Bf16>::Run(p.x, p.x_stride / kGroup, p.panel, p.depth, p.groups * kGroup, kCols, p.depth,
                  p.sums, kCols, p.add);
}

void Store(const float* sums, size_t rows, size_t cols, float* y, size_t y_stride) {
  for (size_t m = 0; m < rows; ++m) {
    std::memcpy(y + m * y_stride, sums + m * kCols, cols * sizeof *y);
  }
}

}  // namespace

PanelFunctions Avx512PanelFunctions() { return {kGroup, 1, kCols, PackX, PackW, Multiply, Store}; }

}  // namespace ingot::kernels::cpu
