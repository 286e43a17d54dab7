// Cases of norms and softmaxes: what is summed over a row.
#include <algorithm>
#include <cmath>

#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

// What a norm is taken of, and what is added to its result: `RESIDUAL` 1 before the norm, 2 after.
struct NormInput {
  Values h;
  Values after;  // or empty
  bool is_sum = false;
};

NormInput DrawNormInput(CaseData& data, size_t residual, size_t size) {
  NormInput input;
  input.h = DrawOperand(data, "x", size);
  data.Override("RESIDUAL", static_cast<double>(residual));
  if (residual == 0) return input;
  const Values added = DrawSecond(data, "residual", size);
  input.is_sum = residual == 1;
  if (input.is_sum) {
    input.h = Add(input.h, added);
  } else {
    input.after = added;
  }
  return input;
}

// With the sum that comes after the norm.
Expected Finished(const NormInput& input, Values want, Values bound) {
  if (input.after.empty()) return {std::move(want), std::move(bound)};
  bound = Add(bound, SumBound(want, input.after));
  return {Add(want, input.after), std::move(bound)};
}

}  // namespace

// `add_rms_norm` has the sum before the norm as a second result.
void RmsNormCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  const bool is_pair = kernel.op == "add_rms_norm";
  const bool no_weight = data.Size("NO_WEIGHT", 0) != 0;
  const size_t parts = data.Size("SUMSQ_GIVEN", 0) != 0 ? data.Size("parts", 37) : 0;
  const size_t residual = is_pair ? 1 : data.Size("RESIDUAL", 0);
  const auto w_add = static_cast<float>(data.Number("w_add", 0));
  const auto eps = static_cast<float>(data.Number("eps", 1e-5));
  const NormInput input = DrawNormInput(data, residual, rows * dim);
  Values w = data.Vector("w", dim, 1, 0.3);
  for (double& value : w) value = no_weight ? 1 : value + w_add;
  // Not those of x, so that it shows which are taken.
  Values sums;
  if (parts > 0) {
    Values partial = data.Normal("sumsq", rows * parts);
    for (double& value : partial) value = static_cast<float>(std::abs(value) * 9);
    data.Floats("sumsq", partial);
    sums.resize(rows);
    for (size_t i = 0; i < partial.size(); ++i) sums[i / parts] += partial[i];
  }
  if (is_pair) data.Output(rows * dim, "prenorm", IoType(data));
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.U32("parts", parts);
  data.F32("eps", eps);
  data.F32("w_add", w_add);
  data.Override("NO_WEIGHT", no_weight);
  data.Override("SUMSQ_GIVEN", parts > 0);
  if (residual > 0 && !is_pair) data.Need("RESIDUAL");
  if (no_weight) data.Need("NO_WEIGHT");
  if (parts > 0) data.Need("SUMSQ_GIVEN");
  if (w_add != 0) data.Need("w_add");
  data.Moves(((is_pair ? 4 : residual > 0 ? 3 : 2) * rows + 1) * dim * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
    Values want = RmsNorm(input.h, w, eps, sums);
    Values bound = RmsNormBound(want, std::max(dim, parts));
    return Finished(input, std::move(want), std::move(bound));
  });
  if (!is_pair) return;
  ExpectTensor(
      data,
      [&] {
        return Expected{input.h, SumBound(input.h, {})};
      },
      "prenorm");
}

void LayerNormCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  const size_t residual = data.Size("RESIDUAL", 0);
  const bool has_bias = data.Size("HAS_BIAS", 0) != 0;
  const bool has_affine = data.Size("HAS_AFFINE", 1) != 0;
  const auto eps = static_cast<float>(data.Number("eps", 1e-5));
  const NormInput input = DrawNormInput(data, residual, rows * dim);
  Values w = data.Vector("w", dim, 1, 0.3);
  Values b = data.Vector("b", dim, 0, 1);
  if (!has_affine) w.assign(dim, 1);
  if (!has_bias) b.clear();
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.F32("eps", eps);
  data.Override("HAS_BIAS", has_bias);
  data.Override("HAS_AFFINE", has_affine);
  if (residual > 0) data.Need("RESIDUAL");
  if (!has_affine) data.Need("HAS_AFFINE");
  data.Moves((2 * rows + (has_bias ? 2 : 1)) * dim * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
    Values want = LayerNorm(input.h, w, b, eps);
    Values bound = LayerNormBound(want, w, dim);
    // A sum before the norm is rounded, and the norm divides by the deviation.
    const Values normed = LayerNorm(input.h, Values(dim, 1), {}, eps);
    for (size_t i = 0; input.is_sum && i < want.size(); ++i) {
      const double* row = &input.h[i / dim * dim];
      const auto [low, high] = std::minmax_element(row, row + dim);
      const size_t top = i / dim * dim + static_cast<size_t>(high - row);
      const double range = normed[top] - normed[i / dim * dim + static_cast<size_t>(low - row)];
      const double shrink = *high > *low ? range / (*high - *low) : 0;
      const double largest = std::max(std::abs(*low), std::abs(*high));
      bound[i] += 4 * kHalfUnit * largest * shrink * std::abs(w[i % dim]);
    }
    return Finished(input, std::move(want), std::move(bound));
  });
}

namespace {

// Rows of a softmax, in x or in place; `inv_temp` as the kernel gets it. With `masked=1` every
// second entry of the second row, and all of the third, are masked; with `rising=1` each row is far
// above the one before it, so that it shows where the next row is read.
struct Rows {
  size_t inner;
  Values x;
  Values scaled;  // by inv_temp
};

Rows DrawRows(CaseData& data, bool is_positive) {
  const size_t outer = data.Size("outer", 3), inner = data.Size("inner", 64);
  const auto inv_temp = static_cast<float>(data.Number("inv_temp", 1));
  constexpr double kRise = 512;  // whole, as what it is added to: no rounding, in f16 neither
  const bool is_masked = data.Size("masked", 0) != 0, is_rising = data.Size("rising", 0) != 0;
  Rows rows{inner, DrawOperand(data, "x", outer * inner), {}};
  for (size_t i = 0; i < rows.x.size(); ++i) {
    if (is_positive) rows.x[i] = std::abs(rows.x[i]);
    if (is_rising) rows.x[i] = std::round(rows.x[i]) + kRise * static_cast<double>(i / inner);
    const bool hides = i / inner == 2 || (i / inner == 1 && i % inner % 2 == 0);
    if (is_masked && hides) rows.x[i] = kMasked;
    rows.scaled.push_back(rows.x[i] > kMasked ? rows.x[i] * inv_temp : kMasked);
  }
  PutTensor(data, data.Size("IN_PLACE", 0) != 0 ? "y" : "x", rows.x);
  data.U32("outer", outer);
  data.U32("inner", inner);
  data.F32("inv_temp", inv_temp);
  if (inv_temp != 1) data.Need("inv_temp");
  data.Moves(2 * rows.x.size() * Traits(IoType(data)).bytes);
  return rows;
}

}  // namespace

void SoftmaxCase(CaseData& data, const kernels::KernelDesc&) {
  const bool normalises = data.Size("NORMALISE", 0) != 0;
  const Rows rows = DrawRows(data, normalises);
  data.Override("NORMALISE", normalises);
  if (normalises) data.Need("NORMALISE");
  ExpectTensor(data, [&] {
    if (normalises) {
      Values want = Normalise(rows.x, rows.inner);
      Values bound(want.size());
      for (size_t i = 0; i < want.size(); ++i) bound[i] = SoftmaxBound(want[i], 0, rows.inner);
      return Expected{std::move(want), std::move(bound)};
    }
    Values want = Softmax(rows.scaled, rows.inner);
    Values bound = SoftmaxBounds(rows.scaled, want, rows.inner);
    return Expected{std::move(want), std::move(bound)};
  });
}

void LogSoftmaxCase(CaseData& data, const kernels::KernelDesc&) {
  const Rows rows = DrawRows(data, /*is_positive=*/false);
  ExpectTensor(data, [&] {
    return Expected{LogSoftmax(rows.scaled, rows.inner), LogSoftmaxBound(rows.scaled, rows.inner)};
  });
}

}  // namespace ingot::verify
