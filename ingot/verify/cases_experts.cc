// Cases of what a model with experts runs on a CPU: a row goes to `top_k` experts, and pairs of
// (row, expert) follow each other row by row.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "ingot/base/hash.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr uint32_t kUntouched = 0x7FC0BEEF;  // what a kernel must let be; a NaN

// Experts of pairs, by chance; some of the last are nobody.
std::vector<uint32_t> DrawRoutes(CaseData& data, size_t pairs, size_t experts) {
  Stream stream(pairs, "routes");
  std::vector<uint32_t> routes(pairs);
  for (uint32_t& route : routes) route = static_cast<uint32_t>(stream.Below(experts));
  if (pairs > 2) routes[pairs - 1] = 0xFFFFFFFF;
  if (pairs > 3) routes[pairs - 2] = static_cast<uint32_t>(experts);
  data.Words("routes", routes);
  return routes;
}

// Where each expert's pairs begin, and the pairs; those of nobody are left out.
std::vector<uint32_t> OrderOf(const std::vector<uint32_t>& routes, size_t experts) {
  std::vector<uint32_t> starts = {0}, pairs;
  for (uint32_t expert = 0; expert < experts; ++expert) {
    for (uint32_t pair = 0; pair < routes.size(); ++pair) {
      if (routes[pair] == expert) pairs.push_back(pair);
    }
    starts.push_back(static_cast<uint32_t>(pairs.size()));
  }
  starts.insert(starts.end(), pairs.begin(), pairs.end());
  return starts;
}

}  // namespace

void ExpertOrderCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t pairs = data.Size("rows", 6), experts = data.Size("experts", 4);
  std::vector<uint32_t> routes = DrawRoutes(data, pairs, experts);
  if (data.Size("crowded", 0) != 0) routes.assign(pairs, static_cast<uint32_t>(experts / 2));
  data.Words("routes", routes);
  std::vector<uint32_t> order = OrderOf(routes, experts);
  order.resize(experts + 1 + pairs, kUntouched);
  data.Words("y", std::vector<uint32_t>(order.size(), kUntouched));
  data.ExpectWords("y", order);
  data.U32("rows", pairs);
  data.U32("experts", experts);
  data.Moves((pairs + order.size()) * sizeof(uint32_t));
}

void DrawLowScores(CaseData& data, Values& scores, size_t experts) {
  if (data.Size("low", 0) == 0) return;
  constexpr double kLeast = -static_cast<double>(std::numeric_limits<float>::max());
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < std::min(scores.size(), 3 * experts); ++i) {
    const size_t row = i / experts, expert = i % experts;
    if (row == 0) scores[i] = kNone;
    if (row == 1 && expert != 5) scores[i] = kLeast;
    if (row == 2) scores[i] = expert + 2 < experts ? kNone : kLeast;
  }
  data.Floats("x", scores);
}

double Overflowed(double value) {
  if (std::abs(value) <= std::numeric_limits<float>::max()) return value;
  return std::copysign(std::numeric_limits<double>::infinity(), value);
}

void ChooseExpertsCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), experts = data.Size("experts", 8);
  const size_t top_k = data.Size("top_k", 2);
  const bool renorm = data.Size("RENORM", 0) != 0;
  constexpr double kLeastSum = 0x1p-14;
  Values x = data.Activations("x", rows * experts);
  DrawLowScores(data, x, experts);
  std::vector<uint32_t> routes;
  Values want;
  for (size_t row = 0; row < rows; ++row) {
    const double* score = &x[row * experts];
    std::vector<uint32_t> order(experts);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](uint32_t i) { return score[i]; });
    double sum = 0;
    for (size_t i = 0; i < top_k; ++i) sum += score[order[i]];
    for (size_t i = 0; i < top_k; ++i) {
      routes.push_back(order[i]);
      want.push_back(Overflowed(score[order[i]] / (renorm ? std::max(sum, kLeastSum) : 1)));
    }
  }
  data.Output(routes.size(), "routes");
  data.Output(routes.size());
  data.U32("rows", rows);
  data.U32("experts", experts);
  data.U32("top_k", top_k);
  data.Override("RENORM", renorm);
  data.Moves(rows * experts * sizeof(float));
  data.ExpectWords("routes", routes);
  data.Expect([&] {
    return Expected{want, renorm ? ActivationBound(want) : ExactBound(want.size())};
  });
}

// With `expert_base` the weights of the experts before it are elsewhere, with `last` those after
// it. Of a grouped product all routes are experts; with `crowded` it is one alone.
void ExpertMatMulCase(CaseData& data, const kernels::KernelDesc& kernel) {
  const size_t pairs = data.Size("rows", 6), cols = data.Size("cols", 33);
  const size_t depth = data.Size("depth", 256), experts = data.Size("experts", 4);
  const size_t base = data.Size("expert_base", 0), end = data.Size("last", experts - 1) + 1;
  const size_t x_div = data.Size("x_div", 2);  // pairs of a row
  const bool is_grouped = kernel.op == "expert_matmul_grouped";
  const Values x = data.Activations("x", (pairs + x_div - 1) / x_div * depth);
  std::vector<uint32_t> routes = DrawRoutes(data, pairs, experts);
  if (is_grouped) {
    const bool is_crowded = data.Size("crowded", 0) != 0;
    for (uint32_t& route : routes) route = is_crowded ? 1 : route % experts;
    data.Words("order", OrderOf(routes, experts));
  }
  const Values w = data.Weight("w", (end - base) * cols, depth);
  if (end - base < experts) data.Need("expert_base");
  data.Words("y", std::vector<uint32_t>(pairs * cols, kUntouched));
  data.U32("rows", pairs);
  data.U32("cols", cols);
  data.U32("depth", depth);
  data.U32("experts", end - base);
  data.U32("expert_base", base);
  data.U32("all_experts", experts);
  data.U32("x_div", x_div);
  data.U32("n_base", 0);
  data.U32("ldc", cols);
  data.F32("alpha", 1);
  data.Computes(2 * pairs * cols * depth);
  const bool fast = kernel.numerics == Numerics::kFast;
  data.Expect([&] {
    Expected expected;
    for (size_t pair = 0; pair < pairs; ++pair) {
      const auto row = x.begin() + static_cast<std::ptrdiff_t>(pair / x_div * depth);
      const Values from(row, row + static_cast<std::ptrdiff_t>(depth));
      const uint32_t route = routes[pair];
      const bool is_zero = route >= experts && base == 0;
      Values want(cols, is_zero ? 0 : std::nan("")), bound(cols);
      if (base <= route && route < end) {
        const size_t before = (route - base) * cols * depth;
        const auto first = w.begin() + static_cast<std::ptrdiff_t>(before);
        const Values of(first, first + static_cast<std::ptrdiff_t>(cols * depth));
        want = MatMul(from, of, depth, 1);
        bound = fast ? FastMatMulBound(from, of, depth, 1) : MatMulBound(from, of, depth, 1);
      }
      expected.want.insert(expected.want.end(), want.begin(), want.end());
      expected.bound.insert(expected.bound.end(), bound.begin(), bound.end());
    }
    return expected;
  });
}

void ExpertBiasCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t pairs = data.Size("rows", 6), dim = data.Size("dim", 64);
  const size_t experts = data.Size("experts", 4);
  const Values x = DrawOperand(data, "x", pairs * dim);
  const std::vector<uint32_t> routes = DrawRoutes(data, pairs, experts);
  const Values bias = data.Vector("bias", experts * dim, 0, 1);
  data.U32("rows", pairs);
  data.U32("dim", dim);
  data.U32("experts", experts);
  data.Moves(3 * x.size() * Traits(IoType(data)).bytes);
  ExpectTensor(data, [&] {
    Values added(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      const uint32_t route = routes[i / dim];
      if (route < experts) added[i] = bias[route * dim + i % dim];
    }
    return Expected{Add(x, added), SumBound(x, added)};
  });
}

void ExpertSumCase(CaseData& data, const kernels::KernelDesc&) {
  const size_t rows = data.Size("rows", 3), dim = data.Size("dim", 64);
  const size_t top_k = data.Size("top_k", 2);
  const Values x = data.Activations("x", rows * top_k * dim);
  const Values weights = data.Normal("weights", rows * top_k);
  data.Output(rows * dim);
  data.U32("rows", rows);
  data.U32("dim", dim);
  data.U32("top_k", top_k);
  data.Moves((top_k + 1) * rows * dim * sizeof(float));
  data.Expect([&] {
    Values want(rows * dim), size(rows * dim);
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t pair = i / dim, to = pair / top_k * dim + i % dim;
      want[to] += weights[pair] * x[i];
      size[to] += std::abs(weights[pair] * x[i]);
    }
    for (double& value : size) value = DotBound(top_k, value);
    return Expected{std::move(want), std::move(size)};
  });
}

}  // namespace ingot::verify
