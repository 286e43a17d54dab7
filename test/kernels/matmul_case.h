// Matmul problems on hostile weights, with what they come to in double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/half.h"
#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/kernels/kernel.h"

namespace ingot::kernels::cpu {

struct MatmulShape {
  DType format;
  uint64_t rows, cols, depth;
  std::string Text() const {
    return StrCat(Name(format), " [", rows, ", ", depth, "] x [", cols, ", ", depth, "]");
  }
};

// Where a block has f16 scales.
inline std::vector<size_t> ScaleOffsets(DType format) {
  switch (format) {
    case DType::kQ4_0:
    case DType::kQ5_0:
    case DType::kQ8_0:
      return {0};
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ4_K:
    case DType::kQ5_K:
      return {0, 2};
    case DType::kQ2_K:
      return {80, 82};
    case DType::kQ3_K:
      return {108};
    case DType::kQ6_K:
      return {208};
    default:
      return {};
  }
}

// Buffers are exactly as long as they must be, so that the address sanitizer sees a read beyond.
struct MatmulCase {
  MatmulShape shape;
  std::vector<float> x;
  std::vector<std::byte> w;
  // Results of a scalar reference, and what bounds the rounding of others: sum |x w|, and the sum
  // of |w| times half a step of x in 127 steps, for blocks of 32 elements of x.
  std::vector<double> y, magnitude, step;

  // Codes are random bits; scales come from `scale`, activations are normal times `spread`.
  template <typename ScaleOf>
  MatmulCase(const MatmulShape& problem, uint32_t seed, float spread, ScaleOf scale)
      : shape(problem) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, spread);
    for (uint64_t i = 0; i < shape.rows * shape.depth; ++i) x.push_back(normal(random));
    const DTypeTraits& traits = Traits(shape.format);
    w.resize(shape.cols * shape.depth / traits.block * traits.bytes);
    if (!traits.quantised) {
      for (uint64_t i = 0; i < shape.cols * shape.depth; ++i) {
        float value = normal(random);
        std::byte* at = w.data() + i * traits.bytes;
        if (!EncodeRow(shape.format, &value, 1, {at, traits.bytes}).ok()) std::abort();
      }
    } else {
      for (std::byte& byte : w) byte = static_cast<std::byte>(random());
      for (size_t block = 0; block < w.size(); block += traits.bytes) {
        for (size_t offset : ScaleOffsets(shape.format)) {
          uint16_t bits = scale(random);
          std::memcpy(w.data() + block + offset, &bits, sizeof bits);
        }
        // Its scale is an exponent: that of the f16.
        if (shape.format == DType::kMXFP4) w[block] = std::byte(112 + (scale(random) >> 10 & 31));
      }
    }
    Solve();
  }

  // After a change of x or w.
  void Solve() {
    const auto& [format, rows, cols, depth] = shape;
    y.assign(rows * cols, 0);
    magnitude = step = y;
    std::vector<float> row(depth);
    size_t row_bytes = w.size() / cols;
    std::vector<double> half_step;
    for (uint64_t m = 0; m < rows; ++m) {
      for (uint64_t k = 0; k < depth; k += 32) {
        double greatest = 0;
        for (uint64_t i = k; i < std::min(k + 32, depth); ++i) {
          greatest = std::max(greatest, std::fabs(double{x[m * depth + i]}));
        }
        half_step.push_back(greatest / 254);
      }
    }
    uint64_t steps = (depth + 31) / 32;
    for (uint64_t n = 0; n < cols; ++n) {
      DecodeRow(format, {w.data() + n * row_bytes, row_bytes}, row.data(), depth);
      for (uint64_t m = 0; m < rows; ++m) {
        double sum = 0, sizes = 0, loss = 0;
        for (uint64_t k = 0; k < depth; ++k) {
          double product = double{x[m * depth + k]} * row[k];
          sum += product;
          sizes += std::fabs(product);
          loss += half_step[m * steps + k / 32] * std::fabs(double{row[k]});
        }
        y[m * cols + n] = sum;
        magnitude[m * cols + n] = sizes;
        step[m * cols + n] = loss;
      }
    }
  }
};

inline uint16_t OrdinaryScale(std::mt19937& random) {
  return F32ToF16(std::uniform_real_distribution<float>(-0.02f, 0.02f)(random));
}

// Zeros, the greatest, the least normal and subnormal numbers of f16, of both signs.
inline uint16_t ExtremeScale(std::mt19937& random) {
  constexpr uint16_t kValues[] = {0, 0x8000, 0x7BFF, 0xFBFF, 0x0400, 0x8001, 0x03FF, 0x3C00};
  return kValues[random() % std::size(kValues)];
}

// Runs `kernel`, which takes Args, with the result poisoned and guarded. Returns y, or what is
// wrong around it in `fault`.
template <typename Kernel>
std::vector<float> RunMatmul(const MatmulCase& problem, ThreadPool& pool,
                             std::vector<double> overrides, Kernel kernel, std::string* fault) {
  constexpr size_t kGuard = 64;
  const auto& [format, rows, cols, depth] = problem.shape;
  const float poison = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x = problem.x, y(rows * cols + 2 * kGuard, poison);
  std::vector<std::byte> w = problem.w;
  std::span<float> inner = std::span(y).subspan(kGuard, rows * cols);
  std::span<std::byte> bindings[] = {std::as_writable_bytes(std::span(x)), w,
                                     std::as_writable_bytes(inner)};
  uint32_t uniforms[] = {static_cast<uint32_t>(rows), static_cast<uint32_t>(cols),
                         static_cast<uint32_t>(depth)};
  overrides.insert(overrides.begin(), WeightFormat(format));
  kernel(Args{bindings, uniforms, overrides, &pool});
  if (std::memcmp(x.data(), problem.x.data(), x.size() * sizeof(float)) != 0) *fault = "x changed";
  if (w != problem.w) *fault = "w changed";
  for (size_t i = 0; i < kGuard; ++i) {
    if (!std::isnan(y[i]) || !std::isnan(y[y.size() - 1 - i])) *fault = "wrote outside of y";
  }
  return {inner.begin(), inner.end()};
}

}  // namespace ingot::kernels::cpu
