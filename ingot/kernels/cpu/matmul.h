// Inside of the matmul kernels: the operands of one dispatch, and each kernel's function with the
// instruction sets it may use, so that tests can force one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ingot/base/dtype.h"
#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {

// y[m, n] = sum over k of x[m, k] * w[n, k].
struct Matmul {
  const float* x = nullptr;
  const uint8_t* w = nullptr;
  float* y = nullptr;
  uint64_t rows = 0, cols = 0, depth = 0;
  DType format = DType::kF32;
  uint64_t row_bytes = 0;  // of w
  ThreadPool* pool = nullptr;

  Matmul() = default;
  // REQUIRES: Args of a kernel described by MatmulDesc.
  explicit Matmul(const Args& args);
  // That of the override W_FORMAT, a matmul kernel's first.
  static DType FormatOf(const Args& args);

  const uint8_t* WeightRow(uint64_t n) const { return w + n * row_bytes; }
  // Columns a worker should take at a time: many enough to be worth a fork, few enough that the
  // workers end together.
  uint64_t ColumnChunk(uint64_t multiple) const;
};

// What all matmul kernels have in common.
KernelDesc MatmulDesc(std::string name, Numerics numerics, int priority);

struct TileSizes {
  uint64_t rows, cols, depth;
};

void MatmulReference(const Args& args);
void MatmulTiled(const Matmul& op, const FloatFunctions& path, TileSizes tile);
void MatmulPanels(const Matmul& op, const FloatFunctions& floats, const PanelFunctions& path);
void MatmulParallel(const Matmul& op, const FloatPath& path);

#ifdef INGOT_BLAS
CpuKernel MatmulBlasKernel();
#endif

// What matmul_fast may use; `dot` and `panel` are null where no instruction set has them.
struct FastFunctions {
  const FloatPath* floats = nullptr;
  const DotFunctions* dot = nullptr;
  const PanelFunctions* panel = nullptr;
};
FastFunctions ChooseFastFunctions(std::span<const std::string> features);
void MatmulFast(const Matmul& op, const FastFunctions& functions);

// For this processor.
const FloatPath& BestFloatPath();

}  // namespace ingot::kernels::cpu
