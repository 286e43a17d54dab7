// What close means: for each op a bound per element that follows the data and the length of the
// sums. Nothing here can be widened by a caller.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ingot/verify/reference.h"

namespace ingot::verify {

// Half a unit in the last place of f32, relative.
inline constexpr double kHalfUnit = 0x1p-24;

// Sums of `depth` products in f32, in any order; `magnitude` is the sum of the products' sizes.
double DotBound(size_t depth, double magnitude);
// A softmax weight of size `weight` over `terms` entries whose exponent is `below` the largest.
double SoftmaxBound(double weight, double below, size_t terms);

// Each takes the inputs of the op of its name and gives a bound for every element of the result.
Values RmsNormBound(const Values& y, size_t dim);
// Also what one rounding of the inputs' mean costs.
Values LayerNormBound(const Values& y, const Values& w, size_t dim);
Values MatMulBound(const Values& x, const Values& w, size_t depth, double alpha);
// As MatMulBound, where operands may be rounded: x to 8 bits with one scale a row, both to 8
// significant bits. Four deviations of the sum of these roundings.
Values FastMatMulBound(const Values& x, const Values& w, size_t depth, double alpha);
Values RopeBound(const Values& x, const RopeShape& shape);
Values AttentionBound(const Values& q, const Values& cache, const AttentionShape& shape);
Values AttentionSplitBound(const Values& q, const Values& cache, const AttentionShape& shape,
                           size_t splits);
Values AttentionMergeBound(const Values& part, size_t splits, size_t head_dim, const Values& sinks);
Values SoftmaxBounds(const Values& x, const Values& y, size_t inner);
Values LogSoftmaxBound(const Values& x, size_t inner);
Values ActivationBound(const Values& x);            // 1e-5, relative above 1
Values SumBound(const Values& a, const Values& b);  // of a + b, and of a * b with b empty
Values ExactBound(size_t size);

// How a result compares. `index` is where error - bound is largest, or the first element that is
// not finite where it should be or the reverse.
struct Comparison {
  bool ok = false;
  size_t index = 0;
  double got = 0;        // there
  double want = 0;       // there
  double error = 0;      // there
  double bound = 0;      // there
  double max_error = 0;  // anywhere
  std::string message;   // empty if ok: `element (7) is (1.5), wanted (1.25), bound (1e-06)`
};
// Fails on other sizes and on nothing to compare.
Comparison Compare(std::span<const float> got, const Values& want, const Values& bound);
// To the bit; `index` is the first that differs: `word (7) is (0x3), wanted (0x4)`.
Comparison CompareWords(std::span<const uint32_t> got, std::span<const uint32_t> want);

}  // namespace ingot::verify
