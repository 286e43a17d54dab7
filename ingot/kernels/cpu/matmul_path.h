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

// Few rows of 8-bit activations against weight blocks as they are, summed in integers.
struct DotProblem {
  const uint8_t* w;
  size_t row_bytes;
  size_t cols;
  const std::byte* x;  // rounded rows, x_bytes apart
  size_t x_bytes;
  size_t rows;
  size_t depth;
  float* y;
  size_t y_stride;
};

struct DotFunctions {
  // Writes ActivationBytes(format, depth) bytes, 64-byte aligned (matmul_activation.h).
  void (*round)(DType format, const float* x, uint64_t depth, std::byte* out);
  void (*dot)(DType format, const DotProblem& problem);
};

struct DotPath {
  std::string_view name;
  std::vector<std::string_view> features;
  DotFunctions functions;
};

// Best first; empty where no instruction set has such products.
std::span<const DotPath> DotPaths();

// Best first; the last one runs anywhere.
std::span<const FloatPath> FloatPaths();

// Many rows: both operands rounded to bf16, products summed in f32. Rows of x are packed once, in
// groups; weight rows are decoded, packed to a panel and multiplied with all groups while they are
// in a near cache. The depth is padded with zeros to a multiple of kPanelStep.
constexpr size_t kPanelStep = 32;

struct PanelProblem {
  const uint16_t* x;  // the first group, at the depth where the panel begins
  size_t x_stride;    // elements from group to group
  size_t groups;
  const uint16_t* panel;
  size_t depth;  // of the panel, a multiple of kPanelStep
  float* sums;  // panel_cols * group * groups floats in an order of the path's own, 64-byte aligned
  bool add;     // to what sums hold
};

struct PanelFunctions {
  size_t group;       // rows of x in a group
  size_t x_step;      // elements between a group's packed elements of depth k and k + 1
  size_t panel_cols;  // weight rows in a panel
  // Packs up to `group` rows (missing ones become zero) to group * padded depth elements.
  void (*pack_x)(const float* x, size_t rows, size_t depth, uint16_t* out);
  // Packs `count` elements of a weight row that belong at depth `k` (a multiple of kPanelStep) of
  // row `col` of a panel of padded depth `depth`; rounds `count` up with zeros.
  void (*pack_w)(const float* w, size_t count, size_t col, size_t k, size_t depth, uint16_t* panel);
  void (*multiply)(const PanelProblem& problem);
  // Writes `rows` by `cols` of the sums of one panel to y.
  void (*store)(const float* sums, size_t rows, size_t cols, float* y, size_t y_stride);
};

struct PanelPath {
  std::string_view name;
  std::vector<std::string_view> features;
  PanelFunctions functions;
};

// Best first; empty where no instruction set multiplies bf16.
std::span<const PanelPath> PanelPaths();

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
DotFunctions Avx2DotFunctions();
DotFunctions AvxVnniDotFunctions();
DotFunctions Avx512DotFunctions();
PanelFunctions Avx512PanelFunctions();
PanelFunctions AmxPanelFunctions();
#endif

}  // namespace ingot::kernels::cpu
