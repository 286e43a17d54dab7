// Panels in bf16 for AMX. A tile of weights is 16 rows by 32 of the depth as they come; a tile of
// activations holds 16 rows with pairs of the depth as its lines, so the product is transposed: a
// line of sums belongs to one weight row.
#include <immintrin.h>

#include <cstring>

#include "ingot/kernels/cpu/matmul_bf16.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

constexpr size_t kGroup = 16, kCols = 32, kDepth = 256, kPassRows = 512;
constexpr size_t kTile = 16 * 32;                        // elements of a tile of bf16
constexpr size_t kSums = 16 * 16;                        // of a tile of f32
constexpr size_t kLine = 64;                             // bytes of a line of a tile
constexpr size_t kXGroup = kDepth / kPanelStep * kTile;  // elements of a packed group
constexpr size_t kHalf = kXGroup;                        // and of 16 rows of a panel

// Rows become columns, in words of 4 bytes.
__attribute__((always_inline)) inline void Transpose(__m512i v[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    v[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    v[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    v[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    v[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {  // quarters 0 and 2, then 1 and 3, of rows 0..7 and of rows 8..15
    t[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xDD);
    t[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xDD);
  }
  for (int i = 0; i < 4; ++i) {
    v[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    v[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
    v[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    v[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xDD);
  }
}

void PackX(const float* x, size_t x_stride, size_t rows, size_t depth, std::byte* out) {
  auto* tile = reinterpret_cast<uint16_t*>(out);
  for (size_t k = 0; k < depth; k += kPanelStep, tile += kTile) {
    __m512i v[16];
    for (size_t m = 0; m < kGroup; ++m) {
      v[m] = m < rows ? RoundToBf16(x + m * x_stride + k, depth - k) : _mm512_setzero_si512();
    }
    Transpose(v);
    for (size_t line = 0; line < 16; ++line) _mm512_storeu_si512(tile + 32 * line, v[line]);
  }
}

void PackW(const float* w, size_t count, size_t col, size_t k, std::byte* panel) {
  uint16_t* tile = reinterpret_cast<uint16_t*>(panel) + col / 16 * kHalf + k / kPanelStep * kTile;
  for (size_t i = 0; i < count; i += kPanelStep, tile += kTile) {
    _mm512_storeu_si512(tile + col % 16 * 32, RoundToBf16(w + i, count - i));
  }
}

void Configure() {
  struct alignas(64) {
    uint8_t palette = 1, start_line = 0, reserved[14] = {};
    uint16_t line_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t lines[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  asm volatile("" : : "r"(&config) : "memory");  // GCC 12 thinks that only 8 bytes are read
  _tile_loadconfig(&config);
}

// Tiles 0 and 1: sums of both halves of the panel with a group, 2 and 3: with the next group.
template <bool kPair>
void Groups(const uint16_t* x, const uint16_t* panel, size_t depth, float* sums, bool add) {
  if (add) {
    _tile_loadd(0, sums, kLine);
    _tile_loadd(1, sums + kSums, kLine);
    if constexpr (kPair) {
      _tile_loadd(2, sums + 2 * kSums, kLine);
      _tile_loadd(3, sums + 3 * kSums, kLine);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (size_t i = 0; i < depth / kPanelStep; ++i) {
    _tile_loadd(4, panel + i * kTile, kLine);
    _tile_loadd(6, x + i * kTile, kLine);
    _tile_loadd(5, panel + kHalf + i * kTile, kLine);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 5, 6);
    if constexpr (kPair) {
      _tile_loadd(7, x + kXGroup + i * kTile, kLine);
      _tile_dpbf16ps(2, 4, 7);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, kLine);
  _tile_stored(1, sums + kSums, kLine);
  if constexpr (kPair) {
    _tile_stored(2, sums + 2 * kSums, kLine);
    _tile_stored(3, sums + 3 * kSums, kLine);
  }
}

void Multiply(const PanelProblem& p) {
  const auto* x = reinterpret_cast<const uint16_t*>(p.x);
  const auto* panel = reinterpret_cast<const uint16_t*>(p.panel);
  float* sums = p.sums;
  Configure();
  size_t left = p.groups;
  for (; left >= 2; left -= 2, x += 2 * kXGroup, sums += 4 * kSums) {
    Groups<true>(x, panel, p.depth, sums, p.add);
  }
  if (left != 0) Groups<false>(x, panel, p.depth, sums, p.add);
  _tile_release();
}

void Store(const float* sums, size_t rows, size_t cols, float* y, size_t y_stride) {
  for (size_t n = 0; n < cols; n += 16, sums += kSums) {
    __m512i v[16];
    for (int i = 0; i < 16; ++i) v[i] = _mm512_load_si512(sums + 16 * i);
    Transpose(v);
    size_t width = cols - n < 16 ? cols - n : 16;
    auto mask = static_cast<__mmask16>((1u << width) - 1);
#pragma GCC unroll 16
    for (size_t i = 0; i < 16; ++i) {
      if (i < rows) _mm512_mask_storeu_ps(y + i * y_stride + n, mask, _mm512_castsi512_ps(v[i]));
    }
  }
}

}  // namespace

PanelFunctions AmxPanelFunctions() {
  return {
      kGroup, kCols, kDepth,   kPassRows, kXGroup * sizeof(uint16_t), 2 * kHalf * sizeof(uint16_t),
      PackX,  PackW, Multiply, Store};
}

}  // namespace ingot::kernels::cpu
