// Panels whose product is a set of dot products, for inclusion in the source file of each
// instruction set. `Isa` is as for Tile, with kDepth and kPassRows, and Convert(x, count, out):
// `count` floats to elements, zeros up to a multiple of kPanelStep behind them.
#pragma once

#include <cstring>

#include "ingot/kernels/cpu/matmul_path.h"
#include "ingot/kernels/cpu/matmul_tile.h"

namespace ingot::kernels::cpu {

template <class Isa>
struct Panel {
  using Element = typename Isa::Element;
  static constexpr size_t kGroup = Isa::kRows, kCols = 8 * Isa::kCols;
  // Rows that are a power of two apart would fall into the same cache sets.
  static constexpr size_t kStride = Isa::kDepth + 64 / sizeof(Element);

  static void PackX(const float* x, size_t x_stride, size_t rows, size_t depth, std::byte* out) {
    for (size_t m = 0; m < kGroup; ++m) {
      Element* row = reinterpret_cast<Element*>(out) + m * kStride;
      if (m < rows) {
        Isa::Convert(x + m * x_stride, depth, row);
      } else {
        std::memset(row, 0, kStride * sizeof(Element));
      }
    }
  }

  static void PackW(const float* w, size_t count, size_t col, size_t k, std::byte* panel) {
    Isa::Convert(w, count, reinterpret_cast<Element*>(panel) + col * kStride + k);
  }

  static void Multiply(const PanelProblem& p) {
    Tile<Isa>::Run(reinterpret_cast<const Element*>(p.x), kStride,
                   reinterpret_cast<const Element*>(p.panel), kStride, p.groups * kGroup, kCols,
                   p.depth, p.sums, kCols, p.add);
  }

  static void Store(const float* sums, size_t rows, size_t cols, float* y, size_t y_stride) {
    for (size_t m = 0; m < rows; ++m) {
      std::memcpy(y + m * y_stride, sums + m * kCols, cols * sizeof *y);
    }
  }

  static PanelFunctions Functions() {
    return {kGroup,
            kCols,
            Isa::kDepth,
            Isa::kPassRows,
            kGroup * kStride * sizeof(Element),
            kCols * kStride * sizeof(Element),
            PackX,
            PackW,
            Multiply,
            Store};
  }
};

}  // namespace ingot::kernels::cpu
