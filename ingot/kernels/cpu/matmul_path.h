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

// Few rows of 16-bit activations against weight blocks as they are, summed in integers.
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

// Many rows. Rows of x are packed in groups, weight rows in panels, both for a share of the depth
// (`panel_depth` at most) that stays in near caches while all groups go by a panel. Operands are
// f32 or rounded to bf16, sums are f32. Lengths are padded with zeros to a multiple of kPanelStep.
constexpr size_t kPanelStep = 32;

struct PanelProblem {
  const std::byte* x;  // packed groups, x_group_bytes apart
  size_t groups;
  const std::byte* panel;
  size_t depth;  // a multiple of kPanelStep
  float* sums;   // panel_cols * group floats for each group, in the path's own order
  bool add;      // to what sums hold
};

struct PanelFunctions {
  size_t group;        // rows of x in a group
  size_t panel_cols;   // weight rows in a panel
  size_t panel_depth;  // a multiple of 256
  size_t pass_rows;    // rows of x to take at a time, a multiple of the group
  size_t x_group_bytes, panel_bytes;
  // Packs `depth` elements of up to `group` rows, x_stride apart; missing rows become zero.
  void (*pack_x)(const float* x, size_t x_stride, size_t rows, size_t depth, std::byte* out);
  // Packs `count` elements that belong at depth `k` (a multiple of kPanelStep) of row `col`.
  void (*pack_w)(const float* w, size_t count, size_t col, size_t k, std::byte* panel);
  void (*multiply)(const PanelProblem& problem);
  // Writes `rows` by `cols` of the sums of one group to y.
  void (*store)(const float* sums, size_t rows, size_t cols, float* y, size_t y_stride);
};

struct PanelPath {
  std::string_view name;
  std::vector<std::string_view> features;
  PanelFunctions functions;
};

// Those that round to bf16, best first; empty where no instruction set multiplies bf16.
std::span<const PanelPath> PanelPaths();

struct FloatPath {
  std::string_view name;
  std::vector<std::string_view> features;
  FloatFunctions functions;
  PanelFunctions panels;  // in f32
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
PanelFunctions Avx2FloatPanelFunctions();
PanelFunctions Avx512FloatPanelFunctions();
DotFunctions Avx2DotFunctions();
DotFunctions AvxVnniDotFunctions();
DotFunctions Avx512DotFunctions();
PanelFunctions Avx512PanelFunctions();
PanelFunctions AmxPanelFunctions();
#endif

}  // namespace ingot::kernels::cpu
