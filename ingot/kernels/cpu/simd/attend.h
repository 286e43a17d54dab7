// Attention of a block of queries over a range of keys, tile by tile: scores by a small matrix
// product with the keys transposed, softmax as it goes, values by the same matrix product.
#pragma once

#include <cstring>

#include "ingot/kernels/cpu/simd/pointwise.h"
#include "ingot/kernels/cpu/simd/reduce.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

struct Matrix {
  float* data;
  size_t stride;
};

// c[0..R)[0..N * kLanes) = (kAdd ? c : 0) + a b, with `depth` columns of a.
template <size_t R, size_t N, bool kAdd>
inline void MultiplyTile(const float* a, size_t a_stride, const float* b, size_t b_stride,
                         size_t depth, float* c, size_t c_stride) {
  V sums[R][N];
  for (size_t r = 0; r < R; ++r) {
    for (size_t n = 0; n < N; ++n) {
      sums[r][n] = kAdd ? Load(c + r * c_stride + n * kLanes) : Set(0.0f);
    }
  }
  for (size_t k = 0; k < depth; ++k) {
    V row[N];
    for (size_t n = 0; n < N; ++n) row[n] = Load(b + k * b_stride + n * kLanes);
    for (size_t r = 0; r < R; ++r) {
      V factor = Set(a[r * a_stride + k]);
      for (size_t n = 0; n < N; ++n) sums[r][n] = Fma(factor, row[n], sums[r][n]);
    }
  }
  for (size_t r = 0; r < R; ++r) {
    for (size_t n = 0; n < N; ++n) Store(c + r * c_stride + n * kLanes, sums[r][n]);
  }
}

template <size_t R, bool kAdd>
inline void Rows(const float* a, size_t a_stride, Matrix b, size_t depth, Matrix c, size_t cols) {
  size_t j = 0;
  for (; j + kTileVectors * kLanes <= cols; j += kTileVectors * kLanes) {
    MultiplyTile<R, kTileVectors, kAdd>(a, a_stride, b.data + j, b.stride, depth, c.data + j,
                                        c.stride);
  }
  for (; j < cols; j += kLanes) {
    MultiplyTile<R, 1, kAdd>(a, a_stride, b.data + j, b.stride, depth, c.data + j, c.stride);
  }
}

// `cols` is a multiple of kLanes.
template <bool kAdd>
void Multiply(const float* a, size_t a_stride, size_t rows, Matrix b, size_t depth, Matrix c,
              size_t cols) {
  size_t r = 0;
  auto at = [&](size_t row) { return a + row * a_stride; };
  auto out = [&](size_t row) { return Matrix{c.data + row * c.stride, c.stride}; };
  for (; r + kTileRows <= rows; r += kTileRows) {
    Rows<kTileRows, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  }
  for (; r + 4 <= rows; r += 4) Rows<4, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  for (; r + 2 <= rows; r += 2) Rows<2, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  for (; r < rows; ++r) Rows<1, kAdd>(at(r), a_stride, b, depth, out(r), cols);
}

// Element loads of a cache row, `n` <= kLanes of them.
inline V LoadCached(const std::byte* row, bool half, size_t at, size_t n) {
  if (half) {
    const uint16_t* p = reinterpret_cast<const uint16_t*>(row) + at;
    return n == kLanes ? LoadHalf(p) : LoadHalf(p, n);
  }
  const float* p = reinterpret_cast<const float*>(row) + at;
  return n == kLanes ? Load(p) : Load(p, n);
}

inline size_t Least(size_t a, size_t b) { return a < b ? a : b; }

// out[d][j] = keys[j][d], for `count` keys; columns past them up to a multiple of kLanes are 0.
void PackKeys(const std::byte* keys, bool half, size_t row_bytes, size_t count, size_t head_dim,
              float* out) {
  for (size_t j = 0; j < count; j += kLanes) {
    for (size_t d = 0; d < head_dim; d += kLanes) {
      size_t dims = Least(kLanes, head_dim - d);
      V block[kLanes];
      for (size_t i = 0; i < kLanes; ++i) {
        block[i] = j + i < count ? LoadCached(keys + (j + i) * row_bytes, half, d, dims) : Set(0);
      }
      Transpose(block);
      for (size_t i = 0; i < dims; ++i) Store(out + (d + i) * AttentionRange::kKeys + j, block[i]);
    }
  }
}

// Values as f32 rows of padded length; the pad is 0.
void PackValues(const std::byte* values, bool half, size_t row_bytes, size_t count, size_t head_dim,
                float* out) {
  size_t padded = AttentionRange::Padded(head_dim);
  for (size_t j = 0; j < count; ++j) {
    for (size_t d = 0; d < padded; d += kLanes) {
      size_t dims = d < head_dim ? Least(kLanes, head_dim - d) : 0;
      Store(out + j * padded + d,
            dims == 0 ? Set(0) : LoadCached(values + j * row_bytes, half, d, dims));
    }
  }
}

// One query's scores of a tile become weights, of which [lo, hi) are visible; the state follows.
void Weigh(const AttentionRange& range, size_t query, size_t lo, size_t hi, size_t cols,
           float* scores) {
  if (lo >= hi) {
    std::memset(scores, 0, cols * sizeof *scores);
    return;
  }
  if (range.softcap != 0) Softcap(scores + lo, range.softcap, scores + lo, hi - lo);
  for (size_t j = 0; j < lo; ++j) scores[j] = kMasked;
  for (size_t j = hi; j < cols; ++j) scores[j] = kMasked;
  float before = range.largest[query];
  float now = LargestOf(scores, cols);
  now = before > now ? before : now;
  V largest = Set(now);
  V sums = Set(0);
  for (size_t j = 0; j < cols; j += kLanes) {
    V weight = SoftmaxWeight(Load(scores + j), largest);
    Store(scores + j, weight);
    sums = sums + weight;
  }
  if (now > before) {
    float kept[kLanes];
    Store(kept, Exp(Set(before) - largest));
    size_t padded = AttentionRange::Padded(range.head_dim);
    Scale(range.weighted + query * padded, kept[0], range.weighted + query * padded, padded);
    range.sum[query] *= kept[0];
    range.largest[query] = now;
  }
  range.sum[query] += Sum(sums);
}

void Attend(const AttentionRange& range) {
  constexpr size_t kKeys = AttentionRange::kKeys;
  size_t head_dim = range.head_dim;
  size_t padded = AttentionRange::Padded(head_dim);
  size_t row_bytes = head_dim * (range.half ? 2 : 4);
  float* keys = range.scratch;                       // [head_dim, kKeys]
  float* values = keys + padded * kKeys;             // [kKeys, padded]
  Matrix scores = {values + kKeys * padded, kKeys};  // [queries, kKeys]
  for (size_t i = 0; i < range.queries; ++i) {
    range.largest[i] = kMasked;
    range.sum[i] = 0;
  }
  std::memset(range.weighted, 0, range.queries * padded * sizeof(float));
  for (size_t begin = range.begin; begin < range.end; begin += kKeys) {
    size_t count = Least(kKeys, range.end - begin);
    size_t cols = (count + kLanes - 1) / kLanes * kLanes;
    PackKeys(range.keys + begin * row_bytes, range.half, row_bytes, count, head_dim, keys);
    PackValues(range.values + begin * row_bytes, range.half, row_bytes, count, head_dim, values);
    Multiply<false>(range.q, head_dim, range.queries, {keys, kKeys}, head_dim, scores, cols);
    for (size_t i = 0; i < range.queries; ++i) {
      auto within = [&](size_t key) { return key < begin ? 0 : Least(key - begin, count); };
      Weigh(range, i, within(range.first[i]), within(range.last[i]), cols, scores.data + i * kKeys);
    }
    Multiply<true>(scores.data, kKeys, range.queries, {values, padded}, count,
                   {range.weighted, padded}, padded);
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu

#define INGOT_VECTOR_OPS                                                                       \
  {                                                                                            \
    .silu = Silu, .gelu_tanh = GeluTanh, .gelu = Gelu, .relu = Relu, .sigmoid = SigmoidOf,     \
    .add = Add, .mul = Mul, .scale = Scale, .softcap = Softcap, .to_half = ToHalf,             \
    .rms_norm = RmsNorm, .layer_norm = LayerNorm, .softmax = Softmax, .rope_pairs = RopePairs, \
    .rope_halves = RopeHalves, .attend = Attend                                                \
  }
