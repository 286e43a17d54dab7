#include "ingot/verify/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ingot::verify {
namespace {

template <typename F>
Values Each(const Values& x, F f) {
  Values y(x.size());
  for (size_t i = 0; i < x.size(); ++i) y[i] = f(x[i]);
  return y;
}

}  // namespace

Values Embed(std::span<const uint32_t> ids, const Values& table, size_t dim, double scale) {
  Values y(ids.size() * dim);
  for (size_t t = 0; t < ids.size(); ++t) {
    if (ids[t] >= table.size() / dim) continue;
    for (size_t i = 0; i < dim; ++i) y[t * dim + i] = scale * table[ids[t] * dim + i];
  }
  return y;
}

Values RmsNorm(const Values& x, const Values& w, double eps, const Values& given) {
  size_t dim = w.size();
  Values y(x.size());
  for (size_t row = 0; row < x.size(); row += dim) {
    double squares = 0;
    for (size_t i = 0; i < dim; ++i) squares += x[row + i] * x[row + i];
    if (!given.empty()) squares = given[row / dim];
    double root = std::sqrt(squares / static_cast<double>(dim) + eps);
    for (size_t i = 0; i < dim; ++i) y[row + i] = x[row + i] / root * w[i];
  }
  return y;
}

Values LayerNorm(const Values& x, const Values& w, const Values& b, double eps) {
  size_t dim = w.size();
  auto count = static_cast<double>(dim);
  Values y(x.size());
  for (size_t row = 0; row < x.size(); row += dim) {
    double sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += x[row + i];
    double mean = sum / count;
    double squares = 0;
    for (size_t i = 0; i < dim; ++i) squares += (x[row + i] - mean) * (x[row + i] - mean);
    double root = std::sqrt(squares / count + eps);
    for (size_t i = 0; i < dim; ++i) {
      y[row + i] = (x[row + i] - mean) / root * w[i] + (b.empty() ? 0 : b[i]);
    }
  }
  return y;
}

Values MatMul(const Values& x, const Values& w, size_t depth, double alpha) {
  size_t rows = x.size() / depth;
  size_t cols = w.size() / depth;
  Values y(rows * cols);
  for (size_t m = 0; m < rows; ++m) {
    for (size_t n = 0; n < cols; ++n) {
      double sum = 0;
      for (size_t k = 0; k < depth; ++k) sum += x[m * depth + k] * w[n * depth + k];
      y[m * cols + n] = alpha * sum;
    }
  }
  return y;
}

Values AddBias(const Values& x, const Values& bias) {
  Values y(x.size());
  for (size_t i = 0; i < x.size(); ++i) y[i] = x[i] + bias[i % bias.size()];
  return y;
}

Values Rope(const Values& x, const Values& table, const RopeShape& shape) {
  Values y = x;
  size_t vectors = x.size() / shape.head_dim;
  for (size_t i = 0; i < vectors; ++i) {
    size_t position = shape.pos + i / shape.heads;
    for (size_t pair = 0; pair < shape.rot / 2; ++pair) {
      double c = table[position * shape.rot + 2 * pair];
      double s = table[position * shape.rot + 2 * pair + 1];
      size_t first = shape.interleaved ? 2 * pair : pair;
      size_t second = shape.interleaved ? 2 * pair + 1 : pair + shape.rot / 2;
      double x0 = x[i * shape.head_dim + first];
      double x1 = x[i * shape.head_dim + second];
      y[i * shape.head_dim + first] = x0 * c - x1 * s;
      y[i * shape.head_dim + second] = x0 * s + x1 * c;
    }
  }
  return y;
}

Values KvWrite(Values cache, const Values& k, const Values& v, const CacheShape& shape,
               size_t pos) {
  size_t rows = k.size() / (shape.kv_heads * shape.head_dim);
  for (size_t t = 0; t < rows; ++t) {
    if (pos + t >= shape.capacity) break;
    for (size_t g = 0; g < shape.kv_heads; ++g) {
      for (size_t d = 0; d < shape.head_dim; ++d) {
        size_t from = (t * shape.kv_heads + g) * shape.head_dim + d;
        size_t to = (g * shape.capacity + pos + t) * shape.head_dim + d;
        cache[to] = k[from];
        cache[cache.size() / 2 + to] = v[from];
      }
    }
  }
  return cache;
}

Scores AttentionScores(const Values& q, const Values& cache, const AttentionShape& shape,
                       size_t row, size_t head) {
  const CacheShape& c = shape.cache;
  size_t heads = c.kv_heads * shape.group;
  size_t position = shape.pos + row;
  Scores scores;
  if (shape.window != 0 && position + 1 > shape.window) scores.first = position + 1 - shape.window;
  for (size_t j = scores.first; j <= position && j < c.capacity; ++j) {
    double dot = 0;
    for (size_t d = 0; d < c.head_dim; ++d) {
      dot += q[(row * heads + head) * c.head_dim + d] *
             cache[(head / shape.group * c.capacity + j) * c.head_dim + d];
    }
    double score = shape.scale * dot;
    if (shape.softcap != 0) score = shape.softcap * std::tanh(score / shape.softcap);
    scores.values.push_back(score);
  }
  return scores;
}

Values Attention(const Values& q, const Values& cache, const AttentionShape& shape) {
  const CacheShape& c = shape.cache;
  size_t heads = c.kv_heads * shape.group;
  Values y(q.size());
  for (size_t i = 0; i < q.size() / c.head_dim; ++i) {
    size_t head = i % heads;
    Scores scores = AttentionScores(q, cache, shape, i / heads, head);
    const size_t keys = scores.values.size();
    if (!shape.sinks.empty()) scores.values.push_back(shape.sinks[head]);
    Values weights = Softmax(scores.values, std::max<size_t>(1, scores.values.size()));
    for (size_t j = 0; j < keys; ++j) {
      size_t value =
          ((c.kv_heads + head / shape.group) * c.capacity + scores.first + j) * c.head_dim;
      for (size_t d = 0; d < c.head_dim; ++d) {
        y[i * c.head_dim + d] += weights[j] * cache[value + d];
      }
    }
  }
  return y;
}

size_t RunLength(size_t keys, size_t splits) {
  size_t share = (keys + splits - 1) / splits;
  return (share + kRunUnit - 1) / kRunUnit * kRunUnit;
}

Values AttentionSplit(const Values& q, const Values& cache, const AttentionShape& shape,
                      size_t splits) {
  const CacheShape& c = shape.cache;
  size_t heads = c.kv_heads * shape.group;
  Values y;
  for (size_t i = 0; i < q.size() / c.head_dim; ++i) {
    size_t head = i % heads;
    Scores scores = AttentionScores(q, cache, shape, i / heads, head);
    size_t keys = scores.values.size();
    size_t run = RunLength(keys, splits);
    for (size_t split = 0; split < splits; ++split) {
      size_t begin = std::min(split * run, keys), end = std::min(begin + run, keys);
      Values state(4 + c.head_dim);
      state[0] = kMasked;
      for (size_t j = begin; j < end; ++j) state[0] = std::max(state[0], scores.values[j]);
      for (size_t j = begin; j < end; ++j) {
        double weight = std::exp(scores.values[j] - state[0]);
        size_t value =
            ((c.kv_heads + head / shape.group) * c.capacity + scores.first + j) * c.head_dim;
        state[1] += weight;
        for (size_t d = 0; d < c.head_dim; ++d) state[4 + d] += weight * cache[value + d];
      }
      y.insert(y.end(), state.begin(), state.end());
    }
  }
  return y;
}

Values AttentionMerge(const Values& part, size_t splits, size_t head_dim, const Values& sinks) {
  size_t width = head_dim + 4;
  Values y;
  for (size_t item = 0; item < part.size(); item += splits * width) {
    double largest = kMasked;
    for (size_t i = 0; i < splits; ++i) largest = std::max(largest, part[item + i * width]);
    double total = 0;
    if (!sinks.empty()) {
      const double sink = sinks[item / (splits * width) % sinks.size()];
      largest = std::max(largest, sink);
      total = std::exp(sink - largest);
    }
    Values sums(head_dim);
    for (size_t i = 0; i < splits; ++i) {
      const double* state = &part[item + i * width];
      if (state[0] == kMasked) continue;
      double weight = std::exp(state[0] - largest);
      total += weight * state[1];
      for (size_t d = 0; d < head_dim; ++d) sums[d] += weight * state[4 + d];
    }
    for (double& sum : sums) sum = total > 0 ? sum / total : 0;
    y.insert(y.end(), sums.begin(), sums.end());
  }
  return y;
}

Values Softmax(const Values& x, size_t inner) {
  Values y(x.size());
  for (size_t row = 0; row < x.size(); row += inner) {
    double largest = *std::max_element(&x[row], &x[row] + inner);
    double sum = 0;
    for (size_t i = row; i < row + inner; ++i) {
      if (x[i] > kMasked) y[i] = std::exp(x[i] - largest);
      sum += y[i];
    }
    for (size_t i = row; i < row + inner && sum > 0; ++i) y[i] /= sum;
  }
  return y;
}

Values Normalise(Values x, size_t inner) {
  for (double& value : x) value = value <= kMasked ? 0 : value;
  for (size_t row = 0; row < x.size(); row += inner) {
    double sum = 0;
    for (size_t i = row; i < row + inner; ++i) sum += x[i];
    for (size_t i = row; i < row + inner; ++i) x[i] /= std::max(sum, 0x1p-14);
  }
  return x;
}

Values LogSoftmax(const Values& x, size_t inner) {
  Values y(x.size());
  for (size_t row = 0; row < x.size(); row += inner) {
    const double largest = *std::max_element(&x[row], &x[row] + inner);
    double sum = 0;
    for (size_t i = row; i < row + inner; ++i) sum += std::exp(x[i] - largest);
    if (largest <= kMasked) {
      std::fill_n(&y[row], inner, kMasked);
      continue;
    }
    for (size_t i = row; i < row + inner; ++i) y[i] = x[i] - largest - std::log(sum);
  }
  return y;
}

Values Silu(const Values& x) {
  return Each(x, [](double v) { return v / (1 + std::exp(-v)); });
}

Values GeluTanh(const Values& x) {
  const double root = std::sqrt(2 / std::acos(-1.0));
  return Each(
      x, [=](double v) { return 0.5 * v * (1 + std::tanh(root * (v + 0.044715 * v * v * v))); });
}

Values Gelu(const Values& x) {
  return Each(x, [](double v) { return 0.5 * v * std::erfc(-v / std::sqrt(2.0)); });
}

Values Relu(const Values& x) {
  return Each(x, [](double v) { return std::max(v, 0.0); });
}

Values Sigmoid(const Values& x) {
  return Each(x, [](double v) { return 1 / (1 + std::exp(-v)); });
}

Values Add(const Values& a, const Values& b) {
  Values y(a.size());
  for (size_t i = 0; i < a.size(); ++i) y[i] = a[i] + b[i];
  return y;
}

Values Mul(const Values& a, const Values& b) {
  Values y(a.size());
  for (size_t i = 0; i < a.size(); ++i) y[i] = a[i] * b[i];
  return y;
}

Values Scale(const Values& x, double factor) {
  return Each(x, [=](double v) { return factor * v; });
}

Values Softcap(const Values& x, double cap) {
  return Each(x, [=](double v) { return cap * std::tanh(v / cap); });
}

Values LastRows(const Values& x, size_t outputs, size_t dim) {
  return Values(x.end() - static_cast<std::ptrdiff_t>(outputs * dim), x.end());
}

}  // namespace ingot::verify
