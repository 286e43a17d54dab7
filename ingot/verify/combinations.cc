#include "ingot/verify/combinations.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

namespace ingot::verify {
namespace {

constexpr size_t kMostAtOnce = 64;  // combinations that are all tried
constexpr double kShortRange = 16;  // values that are all tried

// A value of an override, and one of an override after it, as indices.
using Pair = std::tuple<size_t, size_t, size_t, size_t>;

class Combiner {
 public:
  Combiner(const kernels::KernelDesc& kernel, const DeviceFacts& facts) : kernel_(kernel) {
    kernels::AddFacts(facts, &numbers_);
    for (const kernels::OverrideDesc& desc : kernel.overrides) values_.push_back(ValuesOf(desc));
    chosen_.resize(values_.size());
  }

  Combinations Run() {
    if (values_.empty()) return {.legal = {{}}, .illegal = {}};
    const bool few = CountUpTo(kMostAtOnce + 1) <= kMostAtOnce;
    if (!few) found_.legal.clear();
    for (size_t i = 0; i < values_.size(); ++i) {
      for (size_t a = 0; a < values_[i].size(); ++a) {
        if (!few) TakeAlone(i, a);
        for (size_t j = i + 1; j < values_.size(); ++j) {
          for (size_t b = 0; b < values_[j].size(); ++b) TakePair({i, a, j, b}, few);
        }
      }
    }
    return std::move(found_);
  }

 private:
  double Value(size_t i) const { return values_[i][*chosen_[i]]; }
  OverrideValues Chosen() const {
    OverrideValues result;
    for (size_t i = 0; i < values_.size(); ++i) {
      const kernels::OverrideDesc& desc = kernel_.overrides[i];
      result[desc.name] = chosen_[i] ? Value(i) : desc.fallback;
    }
    return result;
  }

  void Choose(size_t i, size_t a) {
    chosen_[i] = a;
    numbers_[kernel_.overrides[i].name] = static_cast<int64_t>(Value(i));
  }
  void Leave(size_t i) {
    chosen_[i].reset();
    numbers_.erase(kernel_.overrides[i].name);
  }
  // Of the requirements whose names all have values.
  bool Holds() const { return kernels::CheckRequirements(kernel_, numbers_, /*all=*/false).ok(); }

  // Adds combinations until there are `most`; how many there are.
  size_t CountUpTo(size_t most, size_t i = 0) {
    if (i == values_.size()) found_.legal.push_back(Chosen());
    for (size_t a = 0; i < values_.size() && a < values_[i].size(); ++a) {
      if (found_.legal.size() >= most) break;
      Choose(i, a);
      if (Holds()) CountUpTo(most, i + 1);
      Leave(i);
    }
    return found_.legal.size();
  }

  // The values of an override, the most wanted first: those with many pairs that no combination has
  // yet, or those next to the default.
  std::vector<size_t> Order(size_t i, bool near_default) const {
    std::vector<std::pair<double, size_t>> ranks;
    for (size_t a = 0; a < values_[i].size(); ++a) {
      double rank = near_default ? std::abs(values_[i][a] - kernel_.overrides[i].fallback) : 0;
      for (size_t j = 0; !near_default && j < values_.size(); ++j) {
        if (j == i || !chosen_[j]) continue;
        const Pair pair = i < j ? Pair{i, a, j, *chosen_[j]} : Pair{j, *chosen_[j], i, a};
        rank -= covered_.contains(pair) ? 0 : 1;
      }
      ranks.emplace_back(rank, a);
    }
    std::ranges::sort(ranks);
    std::vector<size_t> order;
    for (const auto& [rank, a] : ranks) order.push_back(a);
    return order;
  }

  // Chooses the rest; false if nothing goes with what is chosen.
  bool Complete(bool near_default, size_t i = 0) {
    while (i < values_.size() && chosen_[i]) ++i;
    if (i == values_.size()) return true;
    for (const size_t a : Order(i, near_default)) {
      Choose(i, a);
      if (Holds() && Complete(near_default, i + 1)) return true;
      Leave(i);
    }
    return false;
  }

  void TakeAlone(size_t i, size_t a) {
    Choose(i, a);
    if (Holds() && Complete(/*near_default=*/true)) Keep();
    Clear();
  }

  void TakePair(const Pair& pair, bool known) {
    if (covered_.contains(pair)) return;
    const auto [i, a, j, b] = pair;
    Choose(i, a);
    Choose(j, b);
    if (!Holds()) {
      found_.illegal.push_back(Chosen());
    } else if (!known && Complete(/*near_default=*/false)) {
      Keep();
    }
    Clear();
  }

  void Keep() {
    OverrideValues values = Chosen();
    for (size_t i = 0; i < values_.size(); ++i) {
      for (size_t j = i + 1; j < values_.size(); ++j) {
        covered_.insert({i, *chosen_[i], j, *chosen_[j]});
      }
    }
    if (std::ranges::find(found_.legal, values) == found_.legal.end()) {
      found_.legal.push_back(std::move(values));
    }
  }

  void Clear() {
    for (size_t i = 0; i < values_.size(); ++i) Leave(i);
  }

  const kernels::KernelDesc& kernel_;
  kernels::HeaderNumbers numbers_;
  std::vector<std::vector<double>> values_;    // by override
  std::vector<std::optional<size_t>> chosen_;  // of them
  std::set<Pair> covered_;
  Combinations found_;
};

}  // namespace

std::vector<double> ValuesOf(const kernels::OverrideDesc& desc) {
  if (!desc.allowed.empty()) return desc.allowed;
  if (desc.kind == kernels::OverrideKind::kBool) return {0, 1};
  std::set<double> values = {desc.lo, desc.fallback, desc.hi};
  const double step = desc.step > 0 ? desc.step : 1;
  const bool whole = desc.kind != kernels::OverrideKind::kF32;
  if (desc.power_of_two) {
    for (double value = 1; value <= desc.hi; value *= 2) {
      if (value >= desc.lo) values.insert(value);
    }
    std::erase_if(values, [](double v) { return std::exp2(std::floor(std::log2(v))) != v; });
  } else if (whole && desc.hi - desc.lo <= kShortRange * step) {
    for (double value = desc.lo; value <= desc.hi; value += step) values.insert(value);
  } else if (whole) {
    values.insert(desc.lo + std::floor((desc.hi - desc.lo) / 2 / step) * step);
  }
  return {values.begin(), values.end()};
}

double ValueOutside(const kernels::OverrideDesc& desc) {
  if (!desc.allowed.empty()) return *std::ranges::max_element(desc.allowed) + 1;
  return desc.kind == kernels::OverrideKind::kBool ? 2 : desc.hi + 1;
}

Combinations Combine(const kernels::KernelDesc& kernel, const DeviceFacts& facts) {
  return Combiner(kernel, facts).Run();
}

}  // namespace ingot::verify
