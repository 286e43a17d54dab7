// The matmul of many rows: packs x, decodes weights once for a pass of rows, multiplies in panels.
#include <algorithm>

#include "ingot/kernels/cpu/matmul.h"

namespace ingot::kernels::cpu {
namespace {

// Columns that a worker takes at a time share the packed x in its near cache.
constexpr uint64_t kChunkPanels = 4;

uint64_t Parts(uint64_t whole, uint64_t part) { return (whole + part - 1) / part; }

// Rows [first, first + rows) of y. `packed` holds x for each share of the depth, block_bytes apart.
struct Pass {
  const Matmul& op;
  const FloatFunctions& floats;
  const PanelFunctions& path;
  std::byte* packed;
  uint64_t block_bytes;
  uint64_t first, rows;

  uint64_t Groups() const { return Parts(rows, path.group); }

  void Pack(uint64_t group) const {
    uint64_t m = group * path.group;
    const float* x = op.x + (first + m) * op.depth;
    std::byte* out = packed + group * path.x_group_bytes;
    for (uint64_t k = 0; k < op.depth; k += path.panel_depth, out += block_bytes) {
      path.pack_x(x + k, op.depth, std::min<uint64_t>(path.group, rows - m),
                  std::min<uint64_t>(path.panel_depth, op.depth - k), out);
    }
  }

  // Decodes `cols` weight rows from row n on, `length` elements from k on.
  void Decode(uint64_t n, uint64_t cols, uint64_t k, uint64_t length, std::byte* panel) const {
    constexpr uint64_t kPiece = 256;  // a multiple of every block
    const DTypeTraits& traits = Traits(op.format);
    alignas(64) float piece[kPiece];
    if (cols < path.panel_cols) std::fill_n(panel, path.panel_bytes, std::byte{0});
    for (uint64_t col = 0; col < cols; ++col) {
      for (uint64_t i = 0; i < length; i += kPiece) {
        uint64_t count = std::min(kPiece, length - i);
        const uint8_t* blocks = op.WeightRow(n + col) + (k + i) / traits.block * traits.bytes;
        floats.decode(op.format, blocks, count, piece);
        path.pack_w(piece, count, col, i, panel);
      }
    }
  }

  void Columns(uint32_t worker, uint64_t begin, uint64_t end) const {
    uint64_t panels = Parts(end - begin, path.panel_cols);
    uint64_t panel_sums = path.panel_cols * path.group * Groups();
    std::span<std::byte> scratch =
        op.pool->Scratch(worker, path.panel_bytes + panels * panel_sums * sizeof(float));
    std::byte* panel = scratch.data();
    auto* sums = reinterpret_cast<float*>(panel + path.panel_bytes);
    for (uint64_t k = 0; k < op.depth; k += path.panel_depth) {
      uint64_t length = std::min<uint64_t>(path.panel_depth, op.depth - k);
      for (uint64_t i = 0; i < panels; ++i) {
        uint64_t n = begin + i * path.panel_cols;
        Decode(n, std::min<uint64_t>(path.panel_cols, end - n), k, length, panel);
        path.multiply({packed + k / path.panel_depth * block_bytes, Groups(), panel,
                       Parts(length, kPanelStep) * kPanelStep, sums + i * panel_sums, k != 0});
      }
    }
    // Rows outside, so that the lines of y that are written together lie together.
    for (uint64_t m = 0; m < rows; m += path.group) {
      for (uint64_t i = 0; i < panels; ++i) {
        uint64_t n = begin + i * path.panel_cols;
        path.store(sums + i * panel_sums + m * path.panel_cols,
                   std::min<uint64_t>(path.group, rows - m),
                   std::min<uint64_t>(path.panel_cols, end - n), op.y + (first + m) * op.cols + n,
                   op.cols);
      }
    }
  }
};

}  // namespace

void MatmulPanels(const Matmul& op, const FloatFunctions& floats, const PanelFunctions& path) {
  uint64_t chunk = kChunkPanels * path.panel_cols;
  while (chunk > path.panel_cols && op.cols < chunk * op.pool->threads() * 2) {
    chunk -= path.panel_cols;
  }
  for (uint64_t first = 0; first < op.rows; first += path.pass_rows) {
    Pass pass = {
        op, floats, path, nullptr, 0, first, std::min<uint64_t>(path.pass_rows, op.rows - first)};
    pass.block_bytes = pass.Groups() * path.x_group_bytes;
    pass.packed =
        op.pool->SharedScratch(pass.block_bytes * Parts(op.depth, path.panel_depth)).data();
    op.pool->ForChunks(pass.Groups(), 1,
                       [&](uint32_t, uint64_t begin, uint64_t) { pass.Pack(begin); });
    op.pool->ForChunks(op.cols, chunk, [&](uint32_t worker, uint64_t begin, uint64_t end) {
      pass.Columns(worker, begin, end);
    });
  }
}

}  // namespace ingot::kernels::cpu
