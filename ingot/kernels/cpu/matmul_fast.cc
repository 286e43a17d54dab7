// The matmul that may round its operands: 16-bit activations against the blocks themselves for few
// rows, bf16 panels for many, f32 where the processor has neither.
#include "ingot/kernels/cpu/matmul.h"
#include "ingot/kernels/cpu/matmul_activation.h"

namespace ingot::kernels::cpu {
namespace {

// With more rows than this, decoding a weight once for all of them is cheaper.
constexpr uint64_t kMostDotRows = 6;
// Rows that the caller rounds alone: a fork would take longer.
constexpr uint64_t kFewRows = 2;

void MatmulDots(const Matmul& op, const DotFunctions& path) {
  size_t x_bytes = ActivationBytes(op.format, op.depth);
  std::span<std::byte> rounded = op.pool->SharedScratch(op.rows * x_bytes);
  uint64_t grain = op.rows <= kFewRows ? op.rows : 1;
  op.pool->For(op.rows, grain, [&](uint64_t begin, uint64_t end) {
    for (uint64_t m = begin; m < end; ++m) {
      path.round(op.format, op.x + m * op.depth, op.depth, rounded.data() + m * x_bytes);
    }
  });
  op.pool->ForChunks(op.cols, op.ColumnChunk(1), [&](uint32_t, uint64_t begin, uint64_t end) {
    path.dot(op.format, {op.WeightRow(begin), op.row_bytes, end - begin, rounded.data(), x_bytes,
                         op.rows, op.depth, op.y + begin, op.cols});
  });
}

}  // namespace

FastFunctions ChooseFastFunctions(std::span<const std::string> features) {
  const DotPath* dot = ChoosePath(DotPaths(), features);
  const PanelPath* panel = ChoosePath(PanelPaths(), features);
  return {ChoosePath(FloatPaths(), features), dot ? &dot->functions : nullptr,
          panel ? &panel->functions : nullptr};
}

void MatmulFast(const Matmul& op, const FastFunctions& functions) {
  bool few = op.rows <= kMostDotRows;
  if (few && functions.dot != nullptr && Traits(op.format).quantised) {
    return MatmulDots(op, *functions.dot);
  }
  if (few || functions.panel == nullptr) return MatmulParallel(op, *functions.floats);
  MatmulPanels(op, functions.floats->functions, *functions.panel);
}

}  // namespace ingot::kernels::cpu
