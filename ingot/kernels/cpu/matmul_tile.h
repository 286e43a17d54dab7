// A tile of a matmul with sums in f32, for inclusion in the source file of each instruction set.
// Both operands have their depth contiguous, so a register tile is a set of dot products: each step
// loads kM + kN vectors for kM * kN multiply-adds, and lanes are summed once at the end. `Isa` is a
// type of an unnamed namespace: Element and Operand (a vector of kLanes elements), Vector (of
// sums), Zero(), Load(p), LoadTail(p, count) (zero beyond `count`), MulAdd(a, b, sum), Sum4 (writes
// the sums of four vectors), and kRows and kCols, the register tile.
#pragma once

#include <cstddef>

namespace ingot::kernels::cpu {

template <class Isa>
struct Tile {
  using Element = typename Isa::Element;
  using Operand = typename Isa::Operand;
  using Vector = typename Isa::Vector;
  struct Problem {
    const Element* x;
    size_t x_stride;
    const Element* w;
    size_t w_stride;
    size_t depth;
    float* y;
    size_t y_stride;
    bool add;
  };

  template <int kM, int kN>
  static void Registers(const Problem& p) {
    Vector sum[kM][kN];
    for (int m = 0; m < kM; ++m) {
      for (int n = 0; n < kN; ++n) sum[m][n] = Isa::Zero();
    }
    auto step = [&](auto load, size_t k) __attribute__((always_inline)) {
      Operand x[kM];
      for (int m = 0; m < kM; ++m) x[m] = load(p.x + m * p.x_stride + k);
      for (int n = 0; n < kN; ++n) {
        Operand w = load(p.w + n * p.w_stride + k);
        for (int m = 0; m < kM; ++m) sum[m][n] = Isa::MulAdd(x[m], w, sum[m][n]);
      }
    };
    size_t k = 0;
    for (; k + Isa::kLanes <= p.depth; k += Isa::kLanes) {
      step([](const Element* at) { return Isa::Load(at); }, k);
    }
    if (size_t rest = p.depth - k; rest != 0) {
      step([rest](const Element* at) { return Isa::LoadTail(at, rest); }, k);
    }
    constexpr int kSums = (kM * kN + 3) / 4 * 4;
    float y[kSums];
    auto at = [&](int i) __attribute__((always_inline)) {
      return i < kM * kN ? sum[i / kN][i % kN] : Isa::Zero();
    };
#pragma GCC unroll 8
    for (int i = 0; i < kSums; i += 4) Isa::Sum4(at(i), at(i + 1), at(i + 2), at(i + 3), y + i);
    for (int m = 0; m < kM; ++m) {
      for (int n = 0; n < kN; ++n) {
        float* to = p.y + m * p.y_stride + n;
        *to = y[m * kN + n] + (p.add ? *to : 0.0f);
      }
    }
  }

  // The register tile of `rows` and `cols`, each at most its greatest.
  template <int kM, int kN>
  static void Dispatch(const Problem& p, size_t rows, size_t cols) {
    if constexpr (kM > 1) {
      if (rows < kM) return Dispatch<kM - 1, kN>(p, rows, cols);
    }
    if constexpr (kN > 1) {
      if (cols < kN) return Dispatch<kM, kN - 1>(p, rows, cols);
    }
    Registers<kM, kN>(p);
  }

  // A strip of kCols weight rows stays in the nearest cache while all of x goes by.
  static void Run(const Element* x, size_t x_stride, const Element* w, size_t w_stride, size_t rows,
                  size_t cols, size_t depth, float* y, size_t y_stride, bool add) {
    for (size_t n = 0; n < cols; n += Isa::kCols) {
      size_t strip = cols - n < Isa::kCols ? cols - n : Isa::kCols;
      for (size_t m = 0; m < rows; m += Isa::kRows) {
        size_t height = rows - m < Isa::kRows ? rows - m : Isa::kRows;
        Problem p = {x + m * x_stride, x_stride, w + n * w_stride,
                     w_stride,         depth,    y + m * y_stride + n,
                     y_stride,         add};
        Dispatch<Isa::kRows, Isa::kCols>(p, height, strip);
      }
    }
  }
};

}  // namespace ingot::kernels::cpu
