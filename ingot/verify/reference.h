// What each op of the `xf` dialect means, in double precision and written to be read. Kernels are
// held against these; nothing here is shared with them.
//
// Tensors are flat and row-major, in the layouts of docs/ops.md. Weights come decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ingot::verify {

using Values = std::vector<double>;

// y[t, :] = scale * table[ids[t], :]; zeros for an id outside of the table.
Values Embed(std::span<const uint32_t> ids, const Values& table, size_t dim, double scale);

// Over rows of w.size() elements: x / sqrt(mean(x^2) + eps) * w. `squares` are the rows' sums of
// x^2 where another gives them.
Values RmsNorm(const Values& x, const Values& w, double eps, const Values& squares = {});

// Over rows of w.size() elements: (x - mean) / sqrt(var + eps) * w + b; an empty b is zero.
Values LayerNorm(const Values& x, const Values& w, const Values& b, double eps);

// y[m, n] = alpha * sum_k x[m, k] * w[n, k].
Values MatMul(const Values& x, const Values& w, size_t depth, double alpha);

// y[r, j] = x[r, j] + bias[j].
Values AddBias(const Values& x, const Values& bias);

struct RopeShape {
  size_t heads = 1;
  size_t head_dim = 1;
  size_t rot = 0;            // dims from here on pass through
  size_t pos = 0;            // of the first row
  bool interleaved = false;  // pairs (2j, 2j + 1), else (j, j + rot / 2)
};
// Turns each pair (x0, x1) by the table's (cos, sin) of its position: (x0 c - x1 s, x0 s + x1 c).
Values Rope(const Values& x, const Values& table, const RopeShape& shape);

struct CacheShape {
  size_t kv_heads = 1;
  size_t capacity = 1;
  size_t head_dim = 1;
};
// cache[0, g, pos + t, :] = k[t, g, :] and cache[1, ...] = v; positions from capacity on are lost.
Values KvWrite(Values cache, const Values& k, const Values& v, const CacheShape& shape, size_t pos);

struct AttentionShape {
  CacheShape cache;
  size_t group = 1;   // query heads that share a KV head
  size_t pos = 0;     // of the first row
  size_t window = 0;  // a query sees its own key and window - 1 before it; 0: all before it
  double scale = 1;
  double softcap = 0;  // scores become softcap * tanh(score / softcap); 0: off
  Values sinks;        // of each head one score more, without a value; or empty
};
// y[t, h, :] = sum_j softmax_j(scale * q[t, h] . k[j, h / group]) * v[j, h / group, :]. A query
// that sees no key gives zeros.
Values Attention(const Values& q, const Values& cache, const AttentionShape& shape);
// The scores of one query, by key; of keys that it does not see nothing is said.
struct Scores {
  size_t first = 0;  // key of values[0]
  Values values;
};
Scores AttentionScores(const Values& q, const Values& cache, const AttentionShape& shape,
                       size_t row, size_t head);

// Attention over runs of the keys that a query sees, `splits` of one length, which is a multiple of
// kRunUnit: the last ones may be short or empty. Of each query, head and run a state of head_dim +
// 4: the largest score m (kMasked without keys), the sum l of e^(s - m), 0, 0, the sum of e^(s - m)
// * v.
inline constexpr size_t kRunUnit = 32;
inline constexpr double kMasked = -3.4028234663852886e38;
size_t RunLength(size_t keys, size_t splits);
Values AttentionSplit(const Values& q, const Values& cache, const AttentionShape& shape,
                      size_t splits);
// Of such states the softmax over all runs and the head's sink, if there are sinks; zeros where no
// run has keys.
Values AttentionMerge(const Values& part, size_t splits, size_t head_dim, const Values& sinks);

// How the angle of a pair follows from the position.
enum class RopeScaling : uint8_t { kLinear, kNtk, kYarn, kLlama3 };
struct RopeAngles {
  RopeScaling scaling = RopeScaling::kLinear;
  size_t rot = 0;
  double base = 1e4;
  double scale = 1;
  double orig_ctx = 256;
  double beta_fast = 32, beta_slow = 1;    // of kYarn
  bool round = true;                       // of kYarn: the ramp's ends to whole dimensions
  double low_factor = 1, high_factor = 4;  // of kLlama3
};
// Radians that pair i turns a position; `factors` divide them, and are 1 where there are none.
Values RopeFrequencies(const RopeAngles& angles, const Values& factors);
// table[i, pair] = factor * (cos, sin) of (first + i) * frequency[pair].
Values RopeTable(const Values& frequencies, size_t first, size_t positions, double factor);

// Over rows of `inner`. Entries at or below -3.4028235e38 are masked: weight 0, and zeros where all
// are.
Values Softmax(const Values& x, size_t inner);
// x / sum of x, over rows of `inner`; the sum counts as 2^-14 at least. Masked entries count 0.
Values Normalise(Values x, size_t inner);
// x - max - log(sum of e^(x - max)), over rows of `inner`; a row of masked entries stays.
Values LogSoftmax(const Values& x, size_t inner);

Values Silu(const Values& x);
Values GeluTanh(const Values& x);
Values Gelu(const Values& x);  // x * Phi(x)
Values Relu(const Values& x);
Values Sigmoid(const Values& x);
Values Add(const Values& a, const Values& b);
Values Mul(const Values& a, const Values& b);
Values Scale(const Values& x, double factor);
Values Softcap(const Values& x, double cap);  // cap * tanh(x / cap)
Values LastRows(const Values& x, size_t outputs, size_t dim);

}  // namespace ingot::verify
