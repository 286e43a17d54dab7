// Attention as the formula has it: all scores of a query, then softmax, then the weighted sum, in
// double and on one thread. For comparisons, and for whoever wants to read what attention is.
#include <cmath>
#include <vector>

#include "ingot/base/half.h"
#include "ingot/kernels/cpu/attention.h"

namespace ingot::kernels::cpu {
namespace {

double Element(const AttentionCall& call, uint64_t part, uint64_t kv_head, uint64_t at) {
  const std::byte* data = call.Cached(part, kv_head);
  if (call.half) return F16ToF32(reinterpret_cast<const uint16_t*>(data)[at]);
  return reinterpret_cast<const float*>(data)[at];
}

void Head(const AttentionCall& call, uint64_t t, uint64_t h, std::vector<double>& weights) {
  uint64_t g = h / call.group;
  const float* q = call.q + (t * call.heads + h) * call.head_dim;
  float* y = call.y + (t * call.heads + h) * call.head_dim;
  uint64_t first = call.KeyFirst(t);
  uint64_t last = call.KeyLast(t);
  weights.clear();
  double largest = -HUGE_VAL;
  for (uint64_t j = first; j < last; ++j) {
    double score = 0;
    for (uint64_t d = 0; d < call.head_dim; ++d) {
      score += q[d] * Element(call, 0, g, j * call.head_dim + d);
    }
    score *= call.scale;
    if (call.softcap != 0) score = call.softcap * std::tanh(score / call.softcap);
    weights.push_back(score);
    largest = std::max(largest, score);
  }
  if (call.sinks != nullptr) largest = std::max(largest, double{call.sinks[h]});
  double sum = call.sinks == nullptr ? 0 : std::exp(call.sinks[h] - largest);
  for (double& weight : weights) {
    weight = std::exp(weight - largest);
    sum += weight;
  }
  for (uint64_t d = 0; d < call.head_dim; ++d) {
    double value = 0;
    for (uint64_t j = first; j < last; ++j) {
      value += weights[j - first] * Element(call, 1, g, j * call.head_dim + d);
    }
    y[d] = weights.empty() ? 0.0f : static_cast<float>(value / sum);
  }
}

}  // namespace

void AttentionReference(const Args& args) {
  AttentionCall call(args);
  std::vector<double> weights;
  for (uint64_t t = 0; t < call.rows; ++t) {
    for (uint64_t h = 0; h < call.heads; ++h) Head(call, t, h, weights);
  }
}

}  // namespace ingot::kernels::cpu
