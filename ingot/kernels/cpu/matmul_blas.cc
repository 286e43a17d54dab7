// The exact matmul through OpenBLAS: weights are decoded panel by panel, each panel is one sgemm.
#include <cblas.h>

#include <algorithm>

#include "ingot/kernels/cpu/matmul.h"

// OpenBLAS starts a thread for each processor while the program loads. They would fight for the
// processors with our pool, whose workers each call it for their own panel; so the linker leads
// that start here (--wrap), where none are made.
extern "C" int __wrap_blas_thread_init() { return 0; }

namespace ingot::kernels::cpu {
namespace {

constexpr uint64_t kPanelCols = 256;

void MatmulBlas(const Args& args) {
  static const bool one_thread = (openblas_set_num_threads(1), true);
  static_cast<void>(one_thread);
  Matmul op(args);
  const FloatPath& path = BestFloatPath();
  op.pool->ForChunks(op.cols, kPanelCols, [&](uint32_t worker, uint64_t begin, uint64_t end) {
    uint64_t cols = end - begin;
    const auto* panel = reinterpret_cast<const float*>(op.WeightRow(begin));
    if (op.format != DType::kF32) {
      size_t bytes = cols * op.depth * sizeof(float);
      auto* decoded = reinterpret_cast<float*>(op.pool->Scratch(worker, bytes).data());
      for (uint64_t i = 0; i < cols; ++i) {
        path.functions.decode(op.format, op.WeightRow(begin + i), op.depth, decoded + i * op.depth);
      }
      panel = decoded;
    }
    auto rows = static_cast<blasint>(op.rows), width = static_cast<blasint>(cols);
    auto depth = static_cast<blasint>(op.depth), stride = static_cast<blasint>(op.cols);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, width, depth, 1.0f, op.x, depth,
                panel, depth, 0.0f, op.y + begin, stride);
  });
}

}  // namespace

CpuKernel MatmulBlasKernel() {
  return {MatmulDesc("matmul_blas", Numerics::kExact, 20), MatmulBlas};
}

}  // namespace ingot::kernels::cpu
