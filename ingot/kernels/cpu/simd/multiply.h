// A small matrix product in registers, for attention.
#pragma once

#include "ingot/kernels/cpu/simd/simd.h"

namespace ingot::kernels::cpu {
namespace {

template <typename T>
struct Matrix {
  T* data;
  size_t stride;
};

// A vector of f32, or of f16.
inline V LoadElements(const float* p) { return Load(p); }
inline V LoadElements(const uint16_t* p) { return LoadHalf(p); }

// c[0..R)[0..N * kLanes) = (kAdd ? c : 0) + a b, with `depth` columns of a.
template <size_t R, size_t N, bool kAdd, typename T>
inline void MultiplyTile(const float* a, size_t a_stride, const T* b, size_t b_stride, size_t depth,
                         float* c, size_t c_stride) {
  V sums[R][N];
  for (size_t r = 0; r < R; ++r) {
    for (size_t n = 0; n < N; ++n) {
      sums[r][n] = kAdd ? Load(c + r * c_stride + n * kLanes) : Set(0.0f);
    }
  }
  for (size_t k = 0; k < depth; ++k) {
    V row[N];
    for (size_t n = 0; n < N; ++n) row[n] = LoadElements(b + k * b_stride + n * kLanes);
    for (size_t r = 0; r < R; ++r) {
      V factor = Set(a[r * a_stride + k]);
      for (size_t n = 0; n < N; ++n) sums[r][n] = Fma(factor, row[n], sums[r][n]);
    }
  }
  for (size_t r = 0; r < R; ++r) {
    for (size_t n = 0; n < N; ++n) Store(c + r * c_stride + n * kLanes, sums[r][n]);
  }
}

template <size_t R, bool kAdd, typename T>
inline void MultiplyRows(const float* a, size_t a_stride, Matrix<const T> b, size_t depth,
                         Matrix<float> c, size_t cols) {
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
template <bool kAdd, typename T>
void Multiply(const float* a, size_t a_stride, size_t rows, Matrix<const T> b, size_t depth,
              Matrix<float> c, size_t cols) {
  size_t r = 0;
  auto at = [&](size_t row) { return a + row * a_stride; };
  auto out = [&](size_t row) { return Matrix<float>{c.data + row * c.stride, c.stride}; };
  for (; r + kTileRows <= rows; r += kTileRows) {
    MultiplyRows<kTileRows, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  }
  for (; r + 4 <= rows; r += 4) MultiplyRows<4, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  for (; r + 2 <= rows; r += 2) MultiplyRows<2, kAdd>(at(r), a_stride, b, depth, out(r), cols);
  for (; r < rows; ++r) MultiplyRows<1, kAdd>(at(r), a_stride, b, depth, out(r), cols);
}

}  // namespace
}  // namespace ingot::kernels::cpu
