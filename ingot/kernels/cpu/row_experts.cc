// Kernels that send rows to experts and bring them back: the choice of the experts, their biases
// and activation, and the weighted sum of what they give.
#include <cmath>

#include "ingot/kernels/cpu/row.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kLeastSum = 0x1p-14f;
constexpr uint32_t kNobody = 0xFFFFFFFF;

// Whether score `a` goes before `b` where the order of experts does not decide: NaN is the least.
bool Beats(float a, float b) { return a > b || (std::isnan(b) && !std::isnan(a)); }

void ChooseExperts(const float* scores, uint32_t experts, uint32_t top_k, uint32_t* routes,
                   float* weights) {
  std::vector<bool> taken(experts);
  for (uint32_t n = 0; n < top_k; ++n) {
    uint32_t best = kNobody;
    for (uint32_t i = 0; i < experts; ++i) {
      if (!taken[i] && (best == kNobody || Beats(scores[i], scores[best]))) best = i;
    }
    taken[best] = true;
    routes[n] = best;
    weights[n] = scores[best];
  }
}

void TopK(const Args& args) {
  const float* x = args.In<float>(0);
  auto* routes = args.Out<uint32_t>(1);
  float* weights = args.Out<float>(2);
  const uint32_t experts = args.U32(1), top_k = args.U32(2);
  const bool renorm = args.overrides[0] != 0;
  ForItems(args, args.U32(0), uint64_t{experts} * top_k, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = begin; r < end; ++r) {
      float* row = weights + r * top_k;
      ChooseExperts(x + r * experts, experts, top_k, routes + r * top_k, row);
      if (!renorm) continue;
      float sum = 0;
      for (uint32_t n = 0; n < top_k; ++n) sum += row[n];
      for (uint32_t n = 0; n < top_k; ++n) row[n] /= std::max(sum, kLeastSum);
    }
  });
}

void ExpertBias(const Args& args) {
  const float* x = args.In<float>(0);
  const auto* routes = args.In<uint32_t>(1);
  const float* bias = args.In<float>(2) + args.U32(3);
  float* y = args.Out<float>(3);
  const uint64_t dim = args.U32(1);
  const uint32_t experts = args.U32(2);
  ForItems(args, args.U32(0), dim, [&](uint64_t begin, uint64_t end) {
    for (uint64_t p = begin; p < end; ++p) {
      if (routes[p] < experts) {
        Ops().add(x + p * dim, bias + routes[p] * dim, y + p * dim, dim);
      } else {
        std::copy_n(x + p * dim, dim, y + p * dim);
      }
    }
  });
}

void ExpertSum(const Args& args) {
  const float* x = args.In<float>(0);
  const float* weights = args.In<float>(1);
  float* y = args.Out<float>(2);
  const uint64_t dim = args.U32(1), top_k = args.U32(2);
  ForItems(args, args.U32(0), dim * top_k, [&](uint64_t begin, uint64_t end) {
    for (uint64_t t = begin; t < end; ++t) {
      float* row = y + t * dim;
      std::fill_n(row, dim, 0.0f);
      for (uint64_t j = 0; j < top_k; ++j) {
        const float weight = weights[t * top_k + j];
        const float* part = x + (t * top_k + j) * dim;
        for (uint64_t i = 0; i < dim; ++i) row[i] += weight * part[i];
      }
    }
  });
}

void SwigluOai(const Args& args) {
  const float* x = args.In<float>(0);
  const float* up = args.In<float>(1);
  float* y = args.Out<float>(2);
  const float limit = args.F32(1), alpha = args.F32(2);
  ForItems(args, args.U32(0), 1, [&](uint64_t begin, uint64_t end) {
    const uint64_t count = end - begin;
    float* out = y + begin;
    for (uint64_t i = 0; i < count; ++i) out[i] = alpha * std::min(x[begin + i], limit);
    Ops().sigmoid(out, out, count);
    for (uint64_t i = 0; i < count; ++i) {
      const float gate = std::min(x[begin + i], limit);
      const float linear = std::clamp(up[begin + i], -limit, limit);
      out[i] *= gate * (linear + 1);
    }
  });
}

}  // namespace

std::vector<CpuKernel> RoutingKernels() {
  KernelDesc top_k =
      Desc("top_k", "top_k", "moe",
           "routes[r, :] = the top_k greatest of x[r, :], greatest first; y = their x",
           {Reads("x"), Writes("routes"), Writes("y")}, {U("rows"), U("experts"), U("top_k")});
  top_k.overrides = {Switch("RENORM", OverrideClass::kFlag)};
  return {{std::move(top_k), TopK},
          {Desc("expert_bias", "expert_bias", "moe", "y[p, :] = x[p, :] + bias[routes[p], :]",
                {Reads("x"), Reads("routes"), Reads("vectors", "vectors"), Writes("y")},
                {U("rows"), U("dim"), U("experts"), U("bias_at")}),
           ExpertBias},
          {Desc("expert_sum", "expert_sum", "moe",
                "y[t, :] = sum over j of weights[t, j] * x[t * top_k + j, :]",
                {Reads("x"), Reads("weights"), Writes("y")}, {U("rows"), U("dim"), U("top_k")}),
           ExpertSum},
          {Desc("swiglu_oai", "swiglu_oai", "activation",
                "y = g * sigmoid(alpha * g) * (u + 1), g = min(x, limit), u = clamp(up, +-limit)",
                {Reads("x"), Reads("up"), Writes("y")}, {U("size"), F("limit"), F("alpha")}),
           SwigluOai}};
}

}  // namespace ingot::kernels::cpu
