// Attention of a block of queries over a range of keys, tile by tile: scores by a small matrix
// product with the keys transposed, softmax as it goes, values by the same matrix product. Few
// queries are not worth packed tiles and take the cache as it is.
#pragma once

#include <cstring>

#include "ingot/kernels/cpu/simd/multiply.h"
#include "ingot/kernels/cpu/simd/pointwise.h"
#include "ingot/kernels/cpu/simd/reduce.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

// `n` <= kLanes elements.
inline V LoadElements(const float* p, size_t n) { return n == kLanes ? Load(p) : Load(p, n); }
inline V LoadElements(const uint16_t* p, size_t n) {
  return n == kLanes ? LoadHalf(p) : LoadHalf(p, n);
}

inline size_t Least(size_t a, size_t b) { return a < b ? a : b; }

// out[d][j] = keys[j][d], for `count` keys; columns past them up to a multiple of kLanes are 0.
template <typename T>
void PackKeys(Matrix<const T> keys, size_t count, size_t head_dim, float* out) {
  for (size_t j = 0; j < count; j += kLanes) {
    for (size_t d = 0; d < head_dim; d += kLanes) {
      size_t dims = Least(kLanes, head_dim - d);
      V block[kLanes];
      for (size_t i = 0; i < kLanes; ++i) {
        const T* key = keys.data + (j + i) * keys.stride + d;
        block[i] = j + i < count ? LoadElements(key, dims) : Set(0);
      }
      Transpose(block);
      for (size_t i = 0; i < dims; ++i) Store(out + (d + i) * AttentionRange::kKeys + j, block[i]);
    }
  }
}

// Values as f32 rows of padded length; the pad is 0.
template <typename T>
void PackValues(Matrix<const T> values, size_t count, size_t head_dim, float* out) {
  size_t padded = AttentionRange::Padded(head_dim);
  for (size_t j = 0; j < count; ++j) {
    const T* row = values.data + j * values.stride;
    for (size_t d = 0; d < padded; d += kLanes) {
      size_t dims = d < head_dim ? Least(kLanes, head_dim - d) : 0;
      Store(out + j * padded + d, dims == 0 ? Set(0) : LoadElements(row + d, dims));
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

// Scores of one query by a dot product with each key: cheaper than to transpose keys for it.
// `scores` gets whole vectors; past `count` they mean nothing.
template <typename T>
void DotKeys(const float* q, Matrix<const T> keys, size_t count, size_t head_dim, float* scores) {
  for (size_t j = 0; j < count; j += kLanes) {
    V sums[kLanes];
    for (size_t i = 0; i < kLanes; ++i) {
      const T* key = keys.data + Least(j + i, count - 1) * keys.stride;
      V sum = Set(0);
      for (size_t d = 0; d < head_dim; d += kLanes) {
        sum = Fma(Load(q + d), LoadElements(key + d), sum);
      }
      sums[i] = sum;
    }
    Transpose(sums);
    for (size_t half = kLanes / 2; half > 0; half /= 2) {
      for (size_t i = 0; i < half; ++i) sums[i] = sums[i] + sums[i + half];
    }
    Store(scores + j, sums[0]);
  }
}

// So many queries at the most take values from the cache as they are, and this many keys.
constexpr size_t kFewForValues = 8;
constexpr size_t kFewForKeys = 3;

template <typename T>
void AttendAs(const AttentionRange& range) {
  constexpr size_t kKeys = AttentionRange::kKeys;
  size_t head_dim = range.head_dim;
  size_t padded = AttentionRange::Padded(head_dim);
  bool whole = head_dim % kLanes == 0;                      // rows of the cache are whole vectors
  float* keys = range.scratch;                              // [head_dim, kKeys]
  float* values = keys + padded * kKeys;                    // [kKeys, padded]
  Matrix<float> scores = {values + kKeys * padded, kKeys};  // [queries, kKeys]
  Matrix<float> weighted = {range.weighted, padded};
  for (size_t i = 0; i < range.queries; ++i) {
    range.largest[i] = kMasked;
    range.sum[i] = 0;
  }
  std::memset(range.weighted, 0, range.queries * padded * sizeof(float));
  for (size_t begin = range.begin; begin < range.end; begin += kKeys) {
    size_t count = Least(kKeys, range.end - begin);
    size_t cols = (count + kLanes - 1) / kLanes * kLanes;
    Matrix<const T> k = {reinterpret_cast<const T*>(range.keys) + begin * head_dim, head_dim};
    Matrix<const T> v = {reinterpret_cast<const T*>(range.values) + begin * head_dim, head_dim};
    if (whole && range.queries <= kFewForKeys) {
      for (size_t i = 0; i < range.queries; ++i) {
        DotKeys(range.q + i * head_dim, k, count, head_dim, scores.data + i * kKeys);
      }
    } else {
      PackKeys(k, count, head_dim, keys);
      Multiply<false, float>(range.q, head_dim, range.queries, {keys, kKeys}, head_dim, scores,
                             cols);
    }
    for (size_t i = 0; i < range.queries; ++i) {
      auto within = [&](size_t key) { return key < begin ? 0 : Least(key - begin, count); };
      Weigh(range, i, within(range.first[i]), within(range.last[i]), cols, scores.data + i * kKeys);
    }
    if (whole && range.queries <= kFewForValues) {
      Multiply<true>(scores.data, kKeys, range.queries, v, count, weighted, head_dim);
    } else {
      PackValues(v, count, head_dim, values);
      Multiply<true, float>(scores.data, kKeys, range.queries, {values, padded}, count, weighted,
                            padded);
    }
  }
}

void Attend(const AttentionRange& range) {
  if (range.half) return AttendAs<uint16_t>(range);
  AttendAs<float>(range);
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
