// What the matmul kernels need of an instruction set, one table of functions a set. Each set has
// its own source file with its own compile flags; nothing compiled with such flags may be reachable
// but through its table, which is only taken if the processor has the features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/dtype.h"

namespace ingot::kernels::cpu {

// f32 arithmetic on exactly decoded weights. A plain struct, since the files of instruction sets
// make it: no library code may be compiled there.
struct FloatFunctions {
  // Decodes `count` elements of whole blocks, equal to DecodeRow bit for bit.
  void (*decode)(DType dtype, const uint8_t* blocks, uint64_t count, float* out);
  // y[m * y_stride + n] = sum over k of x[m * x_stride + k] * w[n * w_stride + k], added to what y
  // holds if `add`. Strides in elements.
  void (*tile)(const float* x, size_t x_stride, const float* w, size_t w_stride, size_t rows,
               size_t cols, size_t depth, float* y, size_t y_stride, bool add);
};

struct FloatPath {
  std::string_view name;
  std::vector<std::string_view> features;
  FloatFunctions functions;
};

// Best first; the last one runs anywhere.
std::span<const FloatPath> FloatPaths();

bool HasAll(std::span<const std::string> features, std::span<const std::string_view> needed);

// The first of `paths` whose features are all there; nullptr if there is none.
template <typename Path>
const Path* ChoosePath(std::span<const Path> paths, std::span<const std::string> features) {
  for (const Path& path : paths) {
    if (HasAll(features, path.features)) return &path;
  }
  return nullptr;
}

#if defined(__x86_64__)
FloatFunctions Avx2FloatFunctions();
FloatFunctions Avx512FloatFunctions();
#endif

}  // namespace ingot::kernels::cpu
