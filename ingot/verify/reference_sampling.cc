#include "ingot/verify/reference_sampling.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace ingot::verify {
namespace {

constexpr double kOne = 0x1p23;    // the mass of the greatest
constexpr double kShare = 0x1p24;  // of top_p, min_p and draws

double ValueOf(const Candidate& candidate) {
  const auto value = std::bit_cast<float>(candidate.bits);
  return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
}

// NaN is less than the least.
auto RankOf(const Candidate& candidate) {
  const bool is_nan = std::isnan(std::bit_cast<float>(candidate.bits));
  return std::tuple(is_nan, -ValueOf(candidate), candidate.index);
}

bool IsFinite(const Candidate& candidate) { return ValueOf(candidate) > ValueOf(Candidate()); }

std::vector<double> Masses(const std::vector<Candidate>& ranked, double divisor) {
  constexpr double kLeast = -17;  // exponents below it have no mass
  std::vector<double> masses;
  for (const Candidate& candidate : ranked) {
    const double below = (ValueOf(candidate) - ValueOf(ranked[0])) / divisor;
    masses.push_back(below >= kLeast ? std::nearbyint(std::exp(below) * kOne) : 0);
  }
  return masses;
}

// What rounding may have made of a sum of so many masses.
double Slack(double sum, size_t count) { return 1e-5 * sum + 2 * static_cast<double>(count); }

// The first word of Philox4x32-10.
uint32_t Philox(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0], b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter[0];
}

}  // namespace

std::vector<Candidate> Ranked(std::vector<Candidate> candidates) {
  std::ranges::sort(candidates, {}, RankOf);
  return candidates;
}

Chooser::Chooser(const std::vector<Candidate>& ranked, const Sampling& sampling)
    : sampling_(sampling), kept_(ranked) {
  std::erase_if(kept_, [](const Candidate& candidate) { return !IsFinite(candidate); });
  const bool is_greedy = sampling.temperature <= 0 || sampling.top_k == 1;
  if (kept_.empty() || is_greedy) return;
  if (sampling.top_k > 0 && sampling.top_k < kept_.size()) kept_.resize(sampling.top_k);
  masses_ = Masses(kept_, sampling.temperature_last ? 1 : sampling.temperature);
  const double total = std::accumulate(masses_.begin(), masses_.end(), 0.0);
  const double reach = std::ceil(sampling.top_p * total / kShare);
  const double least = std::max(1.0, std::ceil(sampling.min_p * kOne / kShare));
  const bool cuts = sampling.top_p < kShare;  // else only the sum of all reaches the goal
  const double slack = Slack(total, kept_.size());
  auto is_near = [&](double running) { return cuts && std::abs(running - reach) <= slack; };
  size_t count = 1;
  double running = masses_[0];
  is_clear_ = sampling.top_p == 0 || !is_near(running);
  while (count < kept_.size() && running < reach && masses_[count] >= least) {
    running += masses_[count++];
    is_clear_ = is_clear_ && !is_near(running);
  }
  for (size_t i = 0; sampling.min_p > 0 && i < std::min(count + 1, kept_.size()); ++i) {
    is_clear_ = is_clear_ && std::abs(masses_[i] - least) > Slack(least, 1);
  }
  kept_.resize(count);
  masses_ = Masses(kept_, sampling.temperature);
}

Chooser::Choice Chooser::Draw(uint32_t step) const {
  if (kept_.empty()) return {};
  if (masses_.empty()) return {.token = kept_[0].index};
  const double sum = std::accumulate(masses_.begin(), masses_.end(), 0.0);
  const uint32_t draw = Philox(sampling_.seed, {step, sampling_.choice, 0, 0}) >> 8;
  const double goal = std::floor(draw * sum / kShare);
  Choice choice{.is_clear = is_clear_};
  double running = 0;
  for (size_t i = 0; i < kept_.size(); ++i) {
    running += masses_[i];
    const bool is_near = std::abs(running - goal) <= Slack(sum, kept_.size());
    if (is_near && kept_.size() > 1) choice.is_clear = false;
    if (choice.token || running <= goal) continue;
    choice.token = kept_[i].index;
  }
  return choice;
}

}  // namespace ingot::verify
