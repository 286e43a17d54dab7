#include "ingot/verify/tolerance.h"

#include <algorithm>
#include <cmath>

#include "ingot/base/text.h"

namespace ingot::verify {
namespace {

double Largest(std::span<const double> values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// NaN with NaN, an infinity with itself.
bool SameClass(double got, double want) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return got == want;
  return std::isfinite(got);
}

}  // namespace

double DotBound(size_t depth, double magnitude) {
  return 4 * std::sqrt(static_cast<double>(depth)) * kHalfUnit * magnitude;
}

double SoftmaxBound(double weight, double below, size_t terms) {
  double relative = (3 + 2 * std::abs(below)) * 2 * kHalfUnit +
                    4 * std::sqrt(static_cast<double>(terms)) * kHalfUnit;
  return relative * weight + 0x1p-126;  // results below the smallest normal f32 may be 0
}

Values RmsNormBound(const Values& y, size_t dim) {
  Values bound(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    bound[i] = 8 * std::sqrt(static_cast<double>(dim)) * kHalfUnit * std::abs(y[i]) + 1e-7;
  }
  return bound;
}

Values LayerNormBound(const Values& y, const Values& w, size_t dim) {
  // The bias may cancel what the norm gave, so the size of a row counts, not only of an element.
  Values bound = RmsNormBound(y, dim);
  for (size_t i = 0; i < y.size(); ++i) {
    bound[i] += 8 * std::sqrt(static_cast<double>(dim)) * kHalfUnit * std::abs(w[i % dim]);
  }
  return bound;
}

Values MatMulBound(const Values& x, const Values& w, size_t depth, double alpha) {
  auto absolute = [](Values values) {
    for (double& value : values) value = std::abs(value);
    return values;
  };
  Values bound = MatMul(absolute(x), absolute(w), depth, std::abs(alpha));
  for (double& value : bound) value = DotBound(depth, value);
  return bound;
}

Values FastMatMulBound(const Values& x, const Values& w, size_t depth, double alpha) {
  Values bound = MatMulBound(x, w, depth, alpha);
  size_t cols = w.size() / depth;
  for (size_t i = 0; i < bound.size(); ++i) {
    const double* row = &x[i / cols * depth];
    const double* weights = &w[i % cols * depth];
    double step = Largest({row, depth}) / 254;
    double variance = 0;
    for (size_t k = 0; k < depth; ++k) {
      double rounding = std::abs(step * weights[k]) + std::abs(0x1p-8 * row[k] * weights[k]);
      variance += rounding * rounding;
    }
    bound[i] += 4 * std::abs(alpha) * std::sqrt(variance);
  }
  return bound;
}

Values RopeBound(const Values& x, const RopeShape& shape) {
  Values bound(x.size());
  for (size_t head = 0; head < x.size(); head += shape.head_dim) {
    double size = Largest(std::span(x).subspan(head, shape.head_dim));
    std::fill_n(&bound[head], shape.rot, 2e-6 * size);
  }
  return bound;
}

namespace {

// What is large about the keys and values of one query, counted from the first that it sees.
struct Sizes {
  double dot = 0;    // the largest sum of |q k|
  double value = 0;  // the largest |v|
};
Sizes SizesOf(const Values& q, const Values& cache, const AttentionShape& shape, size_t query,
              size_t first, size_t keys) {
  const CacheShape& c = shape.cache;
  size_t head_floats = c.capacity * c.head_dim;
  size_t g = query % (c.kv_heads * shape.group) / shape.group;
  Sizes sizes;
  for (size_t j = first; j < first + keys; ++j) {
    size_t at = g * head_floats + j * c.head_dim;
    double magnitude = 0;
    for (size_t d = 0; d < c.head_dim; ++d) {
      magnitude += std::abs(q[query * c.head_dim + d] * cache[at + d]);
      sizes.value = std::max(sizes.value, std::abs(cache[c.kv_heads * head_floats + at + d]));
    }
    sizes.dot = std::max(sizes.dot, magnitude);
  }
  return sizes;
}

}  // namespace

Values AttentionBound(const Values& q, const Values& cache, const AttentionShape& shape) {
  const CacheShape& c = shape.cache;
  size_t heads = c.kv_heads * shape.group;
  Values bound(q.size());
  for (size_t i = 0; i < q.size() / c.head_dim; ++i) {
    Scores scores = AttentionScores(q, cache, shape, i / heads, i % heads);
    const size_t keys = scores.values.size();
    Sizes sizes = SizesOf(q, cache, shape, i, scores.first, keys);
    if (!shape.sinks.empty()) scores.values.push_back(shape.sinks[i % heads]);
    double largest = -HUGE_VAL;
    for (double score : scores.values) largest = std::max(largest, score);
    // The mean error of the weights: exponents far below the largest carry little weight. A sink's
    // counts as far as the weights of keys follow it.
    Values weights = Softmax(scores.values, std::max<size_t>(1, scores.values.size()));
    double exponent = 0, share = 0;
    for (size_t j = 0; j < keys; ++j) {
      exponent += SoftmaxBound(weights[j], scores.values[j] - largest, weights.size());
      share += weights[j];
    }
    if (keys < weights.size()) {
      exponent += share * SoftmaxBound(weights[keys], scores.values[keys] - largest, keys + 1);
    }
    double total = 2 * sizes.value *
                   (share * std::abs(shape.scale) * DotBound(c.head_dim, sizes.dot) + exponent);
    std::fill_n(&bound[i * c.head_dim], c.head_dim, total);
  }
  return bound;
}

Values AttentionSplitBound(const Values& q, const Values& cache, const AttentionShape& shape,
                           size_t splits) {
  const CacheShape& c = shape.cache;
  size_t heads = c.kv_heads * shape.group;
  size_t width = c.head_dim + 4;
  Values states = AttentionSplit(q, cache, shape, splits);
  Values bound(states.size());
  for (size_t i = 0; i < states.size() / width; ++i) {
    size_t query = i / splits;
    Scores scores = AttentionScores(q, cache, shape, query / heads, query % heads);
    Sizes sizes = SizesOf(q, cache, shape, query, scores.first, scores.values.size());
    double largest = states[i * width], total = states[i * width + 1];
    if (largest == kMasked) continue;
    double score = std::abs(shape.scale) * DotBound(c.head_dim, sizes.dot);
    double weights = 2 * total * score;
    size_t keys = scores.values.size(), run = RunLength(keys, splits);
    for (size_t j = i % splits * run; j < std::min(keys, (i % splits + 1) * run); ++j) {
      double below = scores.values[j] - largest;
      weights += SoftmaxBound(std::exp(below), below, run);
    }
    bound[i * width] = score + 4 * kHalfUnit * std::abs(largest);
    bound[i * width + 1] = weights;
    std::fill_n(&bound[i * width + 4], c.head_dim, 2 * sizes.value * weights);
  }
  return bound;
}

Values AttentionMergeBound(const Values& part, size_t splits, size_t head_dim,
                           const Values& sinks) {
  size_t width = head_dim + 4;
  Values y = AttentionMerge(part, splits, head_dim, sinks);
  Values bound(y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    const double* states = &part[i / head_dim * splits * width];
    double largest = kMasked, total = 0;
    for (size_t s = 0; s < splits; ++s) largest = std::max(largest, states[s * width]);
    if (!sinks.empty()) {
      const double sink = sinks[i / head_dim % sinks.size()];
      largest = std::max(largest, sink);
      total = std::exp(sink - largest);
      bound[i] = SoftmaxBound(total, sink - largest, splits) * std::abs(y[i]);
    }
    for (size_t s = 0; s < splits; ++s) {
      const double* state = states + s * width;
      if (state[0] == kMasked) continue;
      double below = state[0] - largest;
      total += std::exp(below) * state[1];
      bound[i] += SoftmaxBound(std::exp(below), below, splits) *
                  (std::abs(state[4 + i % head_dim]) + std::abs(y[i]) * state[1]);
    }
    if (total > 0) bound[i] /= total;
  }
  return bound;
}

Values SoftmaxBounds(const Values& x, const Values& y, size_t inner) {
  Values bound(x.size());
  for (size_t row = 0; row < x.size(); row += inner) {
    double largest = *std::max_element(&x[row], &x[row] + inner);
    for (size_t i = row; i < row + inner; ++i) {
      bound[i] = y[i] == 0 ? 0x1p-126 : SoftmaxBound(y[i], x[i] - largest, inner);
    }
  }
  return bound;
}

Values LogSoftmaxBound(const Values& x, size_t inner) {
  const Values y = LogSoftmax(x, inner);
  Values bound(x.size());
  // The sum errs by a relative amount, hence its logarithm by that amount; the rest are roundings.
  const double sum = SoftmaxBound(1, 0, inner);
  for (size_t i = 0; i < x.size(); ++i) bound[i] = sum + 8 * kHalfUnit * std::abs(y[i]) + 1e-6;
  return bound;
}

Values ActivationBound(const Values& x) {
  Values bound(x.size());
  for (size_t i = 0; i < x.size(); ++i) bound[i] = 1e-5 * std::max(1.0, std::abs(x[i]));
  return bound;
}

Values SumBound(const Values& a, const Values& b) {
  Values bound(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    bound[i] = 4 * kHalfUnit * (std::abs(a[i]) + (b.empty() ? 0 : std::abs(b[i % b.size()])));
  }
  return bound;
}

Values ExactBound(size_t size) { return Values(size); }

Comparison Compare(std::span<const float> got, const Values& want, const Values& bound) {
  Comparison result;
  if (got.size() != want.size() || bound.size() != want.size() || want.empty()) {
    result.message = StrCat("elements are (", got.size(), "), wanted (", want.size(), ")");
    return result;
  }
  double worst = -1;
  for (size_t i = 0; i < got.size(); ++i) {
    // First, because max() and < lose a NaN.
    if (!SameClass(got[i], want[i])) {
      result.index = i;
      result.got = got[i];
      result.want = want[i];
      result.error = result.max_error = HUGE_VAL;
      result.bound = bound[i];
      result.message = StrCat("element (", i, ") is (", got[i], "), wanted (", want[i], ")");
      return result;
    }
    if (!std::isfinite(want[i])) continue;
    double error = std::abs(static_cast<double>(got[i]) - want[i]);
    result.max_error = std::max(result.max_error, error);
    double excess = error == 0 ? 0 : error / std::max(bound[i], 1e-300);
    if (excess <= worst) continue;
    worst = excess;
    result.index = i;
    result.got = got[i];
    result.want = want[i];
    result.error = error;
    result.bound = bound[i];
  }
  result.ok = worst <= 1;
  if (!result.ok) {
    result.message = StrCat("element (", result.index, ") is (", got[result.index], "), wanted (",
                            want[result.index], "), bound (", result.bound, ")");
  }
  return result;
}

Comparison CompareWords(std::span<const uint32_t> got, std::span<const uint32_t> want) {
  Comparison result;
  if (got.size() != want.size() || want.empty()) {
    result.message = StrCat("words are (", got.size(), "), wanted (", want.size(), ")");
    return result;
  }
  const auto differ = std::ranges::mismatch(got, want);
  result.ok = differ.in1 == got.end();
  if (result.ok) return result;
  result.index = static_cast<size_t>(differ.in1 - got.begin());
  result.got = *differ.in1;
  result.want = *differ.in2;
  result.error = result.max_error = std::abs(result.got - result.want);
  result.message = StrCat("word (", result.index, ") is (", Format("0x%x", *differ.in1),
                          "), wanted (", Format("0x%x", *differ.in2), ")");
  return result;
}

}  // namespace ingot::verify
