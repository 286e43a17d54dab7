// The matmul that may round its operands: 8-bit activations against the blocks themselves for few
// rows, bf16 panels for many, f32 where neither is there.
#include <atomic>

#include "ingot/kernels/cpu/matmul.h"
#include "ingot/kernels/cpu/matmul_activation.h"

namespace ingot::kernels::cpu {
namespace {

// With more rows than this, decoding a weight once for all of them is cheaper.
constexpr uint64_t kMostDotRows = 6;
// Rows that the caller rounds alone: a fork would take longer.
constexpr uint64_t kFewRows = 2;

// A panel's share of the depth, so that a pass over all groups of x stays in a near cache; and how
// many rows of x a pass takes.
constexpr uint64_t kPanelDepth = 1024, kPassRows = 512;
// Columns that a worker takes at a time: whole panels of every path.
constexpr uint64_t kChunkPanels = 4;

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

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

// One worker's columns [begin, end) for rows [first, first + rows), whose groups start at `x`.
struct PanelPass {
  const Matmul& op;
  const FloatFunctions& floats;
  const PanelFunctions& path;
  const uint16_t* x;
  uint64_t x_stride;
  uint64_t first, rows;

  void Columns(uint32_t worker, uint64_t begin, uint64_t end) const {
    const DTypeTraits& traits = Traits(op.format);
    uint64_t groups = (rows + path.group - 1) / path.group;
    uint64_t panels = (end - begin + path.panel_cols - 1) / path.panel_cols;
    uint64_t panel_sums = path.panel_cols * path.group * groups;
    uint64_t panel_size = path.panel_cols * kPanelDepth;
    std::span<std::byte> scratch = op.pool->Scratch(
        worker, panels * panel_sums * sizeof(float) + panel_size * sizeof(uint16_t));
    auto* sums = reinterpret_cast<float*>(scratch.data());
    auto* panel = reinterpret_cast<uint16_t*>(sums + panels * panel_sums);
    for (uint64_t k = 0; k < op.depth; k += kPanelDepth) {
      uint64_t length = std::min(kPanelDepth, op.depth - k);
      uint64_t padded = RoundUp(length, kPanelStep);
      for (uint64_t i = 0; i < panels; ++i) {
        uint64_t n = begin + i * path.panel_cols;
        uint64_t cols = std::min<uint64_t>(path.panel_cols, end - n);
        if (cols < path.panel_cols) std::fill_n(panel, panel_size, uint16_t{0});
        for (uint64_t col = 0; col < cols; ++col) {
          const uint8_t* blocks = op.WeightRow(n + col) + k / traits.block * traits.bytes;
          Decode(blocks, length, col, padded, panel);
        }
        path.multiply(
            {x + k * path.x_step, x_stride, groups, panel, padded, sums + i * panel_sums, k != 0});
      }
    }
    for (uint64_t i = 0; i < panels; ++i) {
      uint64_t n = begin + i * path.panel_cols;
      uint64_t cols = std::min<uint64_t>(path.panel_cols, end - n);
      path.store(sums + i * panel_sums, rows, cols, op.y + first * op.cols + n, op.cols);
    }
  }

  void Decode(const uint8_t* blocks, uint64_t length, uint64_t col, uint64_t padded,
              uint16_t* panel) const {
    constexpr uint64_t kPiece = 256;  // a multiple of every block
    const DTypeTraits& traits = Traits(op.format);
    alignas(64) float piece[kPiece];
    for (uint64_t k = 0; k < length; k += kPiece) {
      uint64_t count = std::min(kPiece, length - k);
      floats.decode(op.format, blocks + k / traits.block * traits.bytes, count, piece);
      path.pack_w(piece, count, col, k, padded, panel);
    }
  }
};

void MatmulPanels(const Matmul& op, const FloatFunctions& floats, const PanelFunctions& path) {
  uint64_t x_stride = path.group * RoundUp(op.depth, kPanelStep);
  uint64_t all_groups = (op.rows + path.group - 1) / path.group;
  auto* packed = reinterpret_cast<uint16_t*>(
      op.pool->SharedScratch(all_groups * x_stride * sizeof(uint16_t)).data());
  op.pool->ForChunks(all_groups, 1, [&](uint32_t, uint64_t begin, uint64_t) {
    uint64_t m = begin * path.group;
    path.pack_x(op.x + m * op.depth, std::min<uint64_t>(path.group, op.rows - m), op.depth,
                packed + begin * x_stride);
  });
  uint64_t chunk = kChunkPanels * path.panel_cols;
  while (chunk > path.panel_cols && op.cols < chunk * op.pool->threads() * 2) {
    chunk -= path.panel_cols;
  }
  for (uint64_t first = 0; first < op.rows; first += kPassRows) {
    PanelPass pass = {op,
                      floats,
                      path,
                      packed + first / path.group * x_stride,
                      x_stride,
                      first,
                      std::min(kPassRows, op.rows - first)};
    op.pool->ForChunks(op.cols, chunk, [&](uint32_t worker, uint64_t begin, uint64_t end) {
      pass.Columns(worker, begin, end);
    });
  }
}

}  // namespace

FastFunctions ChooseFastFunctions(std::span<const std::string> features) {
  const DotPath* dot = ChoosePath(DotPaths(), features);
  const PanelPath* panel = ChoosePath(PanelPaths(), features);
  return {&ChoosePath(FloatPaths(), features)->functions, dot ? &dot->functions : nullptr,
          panel ? &panel->functions : nullptr};
}

void MatmulFast(const Matmul& op, const FastFunctions& functions) {
  bool few = op.rows <= kMostDotRows;
  if (few && functions.dot != nullptr && Traits(op.format).quantised) {
    return MatmulDots(op, *functions.dot);
  }
  if (few || functions.panel == nullptr) return MatmulParallel(op, *functions.floats);
  MatmulPanels(op, *functions.floats, *functions.panel);
}

}  // namespace ingot::kernels::cpu
