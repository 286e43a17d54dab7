// Cases of what sends tokens to experts and brings them back.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "ingot/base/hash.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kEmpty = 0xFFFFFFFF;  // no row, no pair
constexpr uint32_t kUntouched = 0x7FC0BEEF;

// Which experts each token takes: `top_k` different ones, by chance, or all tokens one of them.
struct Routing {
  size_t tokens = 0, top_k = 0, experts = 0, cap = 0;  // cap 0: as many rows as an expert needs
  std::vector<uint32_t> experts_of;                    // tokens * top_k
};

Routing DrawRouting(CaseData& data) {
  Routing routing;
  routing.tokens = data.Size("tokens", 5);
  routing.top_k = data.Size("top_k", 2);
  routing.experts = data.Size("experts", 8);
  routing.cap = data.Size("cap", data.Size("FIXED_CAP", 0) != 0 ? 3 : 0);
  const bool crowded = data.Size("crowded", 0) != 0;
  Stream stream(routing.tokens, "routing");
  std::vector<uint32_t> order(routing.experts);
  for (size_t token = 0; token < routing.tokens; ++token) {
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = 0; i < routing.top_k; ++i) {
      std::swap(order[i], order[i + stream.Below(routing.experts - i)]);
      routing.experts_of.push_back(order[i]);
    }
    if (crowded) routing.experts_of[token * routing.top_k] = 0;
  }
  return routing;
}

// Rows by expert, pairs in their order.
struct Placement {
  std::vector<uint32_t> counts, offsets, pair_of, row_of;
};

Placement Place(const Routing& routing) {
  const size_t pairs = routing.experts_of.size();
  Placement placement;
  placement.counts.resize(routing.experts);
  for (const uint32_t expert : routing.experts_of) ++placement.counts[expert];
  placement.offsets.push_back(0);
  for (const uint32_t count : placement.counts) {
    const size_t rows = routing.cap > 0 ? routing.cap : count;
    placement.offsets.push_back(placement.offsets.back() + static_cast<uint32_t>(rows));
  }
  placement.pair_of.assign(placement.offsets.back(), kEmpty);
  placement.row_of.assign(pairs, kEmpty);
  std::vector<uint32_t> seen(routing.experts);
  for (uint32_t pair = 0; pair < pairs; ++pair) {
    const uint32_t expert = routing.experts_of[pair];
    const uint32_t rank = seen[expert]++;
    if (routing.cap > 0 && rank >= routing.cap) continue;
    placement.row_of[pair] = placement.offsets[expert] + rank;
    placement.pair_of[placement.row_of[pair]] = pair;
  }
  return placement;
}

}  // namespace

void MoeMapCase(CaseData& data, const kernels::KernelDesc&) {
  const Routing routing = DrawRouting(data);
  const Placement placement = Place(routing);
  const bool places = data.Size("PHASE", 0) != 0, fixed = routing.cap > 0;
  auto blank = [](const std::vector<uint32_t>& words) {
    return std::vector<uint32_t>(words.size(), kUntouched);
  };
  data.Words("ids", routing.experts_of);
  data.Words("counts", places && !fixed ? placement.counts : blank(placement.counts));
  data.Words("offsets", blank(placement.offsets));
  data.Words("map", blank(placement.pair_of));
  data.Words("row_of", blank(placement.row_of));
  data.ExpectWords("counts", placement.counts);
  data.ExpectWords("offsets", places ? placement.offsets : blank(placement.offsets));
  data.ExpectWords("map", places ? placement.pair_of : blank(placement.pair_of));
  data.ExpectWords("row_of", places ? placement.row_of : blank(placement.row_of));
  data.U32("pairs", routing.experts_of.size());
  data.U32("experts", routing.experts);
  data.U32("cap", routing.cap);
  data.Override("PHASE", places ? 1 : 0);
  data.Override("FIXED_CAP", fixed);
}

void MoeGatherCase(CaseData& data, const kernels::KernelDesc&) {
  const Routing routing = DrawRouting(data);
  const std::vector<uint32_t> pair_of = Place(routing).pair_of;
  const size_t dim = data.Size("dim", 64);
  const Values x = data.Activations("x", routing.tokens * dim);
  data.Words("map", pair_of);
  data.Output(pair_of.size() * dim);
  data.U32("rows", pair_of.size());
  data.U32("dim", dim);
  data.U32("top_k", routing.top_k);
  data.Moves(2 * pair_of.size() * dim * sizeof(float));
  data.Expect([&] {
    Values want(pair_of.size() * dim);
    for (size_t row = 0; row < pair_of.size(); ++row) {
      if (pair_of[row] == kEmpty) continue;
      std::copy_n(&x[pair_of[row] / routing.top_k * dim], dim, &want[row * dim]);
    }
    Values bound = ExactBound(want.size());
    return Expected{std::move(want), std::move(bound)};
  });
}

void ScatterAddCase(CaseData& data, const kernels::KernelDesc&) {
  const Routing routing = DrawRouting(data);
  const Placement placement = Place(routing);
  const bool dynamic = data.Size("DYNAMIC_LAYOUT", 0) != 0;
  const bool accumulate = data.Size("ACCUMULATE", 0) != 0;
  const size_t dim = data.Size("dim", 64), pairs = routing.experts_of.size();
  const size_t slots = dynamic ? placement.pair_of.size() : routing.experts * routing.tokens;
  const Values e = data.Activations("e", slots * dim);
  const Values weights = data.Normal("weights", pairs);
  data.Words("routes", dynamic ? placement.row_of : routing.experts_of);
  Values want(routing.tokens * dim);
  if (accumulate) {
    want = data.Normal("y", want.size());
  } else {
    data.Output(want.size());
  }
  data.U32("rows", routing.tokens);
  data.U32("dim", dim);
  data.U32("top_k", routing.top_k);
  data.Override("DYNAMIC_LAYOUT", dynamic);
  data.Override("ACCUMULATE", accumulate);
  data.Moves((pairs + routing.tokens) * dim * sizeof(float));
  data.Expect([&] {
    Values size(want.size());
    for (size_t i = 0; i < want.size(); ++i) size[i] = std::abs(want[i]);
    for (size_t pair = 0; pair < pairs; ++pair) {
      const size_t token = pair / routing.top_k;
      if (dynamic && placement.row_of[pair] == kEmpty) continue;
      const size_t row =
          dynamic ? placement.row_of[pair] : routing.experts_of[pair] * routing.tokens + token;
      for (size_t d = 0; d < dim; ++d) {
        const double part = weights[pair] * e[row * dim + d];
        want[token * dim + d] += part;
        size[token * dim + d] += std::abs(part);
      }
    }
    for (double& value : size) value = DotBound(routing.top_k + 1, value);
    return Expected{want, std::move(size)};
  });
}

void TopkCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), experts = data.Size("experts", 8);
  const size_t top_k = data.Size("top_k", 2);
  const bool softmax = data.Size("FUSED_SOFTMAX", 0) != 0, sigmoid = data.Size("SIGMOID", 0) != 0;
  const bool renorm = data.Size("RENORM", 0) != 0, has_bias = data.Size("HAS_BIAS", 0) != 0;
  const double scale = data.Number("scale", 1.5);
  constexpr double kLeastSum = 0x1p-14;
  Values scores = data.Activations("x", rows * experts);
  DrawLowScores(data, scores, experts);
  Values bias = data.Vector("bias", experts, 0, 1);
  if (!has_bias) bias.assign(experts, 0);
  if (softmax) scores = Softmax(scores, experts);
  if (sigmoid) scores = Sigmoid(scores);
  std::vector<uint32_t> ids;
  Values weights;
  for (size_t row = 0; row < rows; ++row) {
    const double* score = &scores[row * experts];
    std::vector<uint32_t> order(experts);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](uint32_t i) { return score[i] + bias[i]; });
    double sum = 0;
    for (size_t i = 0; i < top_k; ++i) sum += score[order[i]];
    for (size_t i = 0; i < top_k; ++i) {
      ids.push_back(order[i]);
      const double factor = scale / (renorm ? std::max(sum, kLeastSum) : 1);
      weights.push_back(Overflowed(factor * score[order[i]]));
    }
  }
  data.Output(ids.size(), "routes");
  data.Output(ids.size());
  data.U32("rows", rows);
  data.U32("experts", experts);
  data.U32("top_k", top_k);
  data.F32("scale", scale);
  data.Override("FUSED_SOFTMAX", softmax);
  data.Override("SIGMOID", sigmoid);
  data.Override("RENORM", renorm);
  data.Override("HAS_BIAS", has_bias);
  data.Moves(rows * experts * sizeof(float));
  data.ExpectWords("routes", ids);
  data.Expect([&] { return Expected{weights, ActivationBound(weights)}; });
}

}  // namespace ingot::verify
