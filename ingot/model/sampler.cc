#include "ingot/model/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr float kLeast = -std::numeric_limits<float>::infinity();
constexpr uint32_t kMassOfOne = 1 << 23;
// exp(-17) of the mass of one is below a half, so it rounds to no mass.
constexpr float kNoMassBelow = -17;

Status CheckRange(std::string_view name, float value, float low, float high) {
  if (value >= low && value <= high) return Status();
  return Status(Code::kInvalidArgument,
                StrCat(name, " (", value, ") is not in ", low, " to ", high));
}

Status CheckFinite(std::string_view name, float value) {
  if (std::isfinite(value)) return Status();
  return Status(Code::kInvalidArgument, StrCat(name, " (", value, ") is not finite"));
}

Status CheckToken(std::string_view name, int32_t token, size_t count) {
  if (token >= 0 && static_cast<size_t>(token) < count) return Status();
  return Status(Code::kInvalidArgument,
                StrCat(name, ": token (", token, ") is not below the vocabulary (", count, ")"));
}

constexpr size_t kBlock = 64;

// Whether any logit of a block is above the bound; without a branch, so that it becomes vector
// code.
bool AnyAbove(std::span<const float> block, float bound) {
  int above = 0;
  for (const float logit : block) above |= logit > bound ? 1 : 0;
  return above != 0;
}

// The greatest logit, ties to the lower index; -1 if none is above minus infinity.
int32_t ArgMax(std::span<const float> logits) {
  float best = kLeast;
  int32_t token = -1;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
    if (!AnyAbove(block, best)) continue;
    for (size_t i = 0; i < block.size(); ++i) {
      if (!(block[i] > best)) continue;
      best = block[i];
      token = static_cast<int32_t>(begin + i);
    }
  }
  return token;
}

// fraction * total / 2^24, exact, rounded down or up. REQUIRES: fraction <= 2^24, total < 2^62.
uint64_t Part(uint64_t fraction, uint64_t total, bool up) {
  const uint64_t low = fraction * (total & 0xFFFFFF) + (up ? 0xFFFFFF : 0);
  return fraction * (total >> 24) + (low >> 24);
}

uint32_t Mass(float value, float greatest) {
  if (value == greatest) return kMassOfOne;  // infinities too
  const float difference = value - greatest;
  if (!(difference >= kNoMassBelow)) return 0;
  return static_cast<uint32_t>(
      std::nearbyint(std::exp(static_cast<double>(difference)) * kMassOfOne));
}

}  // namespace

uint32_t Fraction24(float value) {
  return static_cast<uint32_t>(std::lround(static_cast<double>(value) * 16777216));
}

bool Sampler::Beats(const Candidate& a, const Candidate& b) {
  return a.value > b.value || (a.value == b.value && a.token < b.token);
}

Status CheckSamplerOptions(const SamplerOptions& options) {
  INGOT_TRY(CheckFinite("temperature", options.temperature));
  INGOT_TRY(CheckRange("top_p", options.top_p, 0, 1));
  INGOT_TRY(CheckRange("min_p", options.min_p, 0, 1));
  INGOT_TRY(CheckRange("repeat_penalty", options.repeat_penalty, 0.01f, 100));
  INGOT_TRY(CheckRange("frequency_penalty", options.frequency_penalty, -100, 100));
  INGOT_TRY(CheckRange("presence_penalty", options.presence_penalty, -100, 100));
  for (const auto& entry : options.logit_bias) INGOT_TRY(CheckFinite("logit_bias", entry.second));
  return Status();
}

Sampler::Sampler(SamplerOptions options)
    : options_(std::move(options)),
      top_p_fraction_(Fraction24(options_.top_p)),
      min_p_fraction_(Fraction24(options_.min_p)) {}

Result<Sampler> Sampler::Create(SamplerOptions options) {
  INGOT_TRY(CheckSamplerOptions(options));
  return Sampler(std::move(options));
}

Result<int32_t> Sampler::Sample(std::span<const float> logits, std::span<const int32_t> history,
                                uint64_t step) {
  if (options_.vocabulary > 0 && options_.vocabulary < logits.size()) {
    logits = logits.first(options_.vocabulary);
  }
  if (Edits()) {
    edited_.assign(logits.begin(), logits.end());
    INGOT_TRY(Edit(history));
    logits = edited_;
  }
  const int32_t best = ArgMax(logits);
  const auto is_finite = [](float value) { return std::isfinite(value); };
  if (best < 0 || (!is_finite(logits[static_cast<size_t>(best)]) &&
                   std::none_of(logits.begin(), logits.end(), is_finite))) {
    return Status(Code::kInvalidArgument,
                  StrCat("step ", step, ": no logit of ", logits.size(), " is finite"));
  }
  if (options_.temperature <= 0 || options_.top_k == 1) return best;

  const float temperature = options_.temp_last ? 1 : options_.temperature;
  if (options_.top_k == 0 || options_.top_k >= logits.size()) {
    ChooseAll(logits, logits[static_cast<size_t>(best)], temperature);
  } else {
    ChooseTop(logits, temperature);
  }
  const float greatest = logits[static_cast<size_t>(best)];
  WeighMasses(greatest / temperature);
  Cut();
  if (options_.temp_last) {
    for (Candidate& candidate : candidates_) candidate.value /= options_.temperature;
    WeighMasses(greatest / options_.temperature);
  }
  return Draw(step);
}

bool Sampler::Edits() const {
  return !options_.logit_bias.empty() || !options_.suppressed.empty() ||
         options_.repeat_penalty != 1 || options_.frequency_penalty != 0 ||
         options_.presence_penalty != 0;
}

Status Sampler::Edit(std::span<const int32_t> history) {
  for (const int32_t token : options_.suppressed) {
    INGOT_TRY(CheckToken("suppressed", token, edited_.size()));
    edited_[static_cast<size_t>(token)] = kLeast;
  }
  for (const auto& [token, bias] : options_.logit_bias) {
    INGOT_TRY(CheckToken("logit_bias", token, edited_.size()));
    edited_[static_cast<size_t>(token)] += bias;
  }
  Penalise(history);
  return Status();
}

void Sampler::Penalise(std::span<const int32_t> history) {
  const auto window = history.last(std::min<size_t>(options_.last_n, history.size()));
  window_.assign(window.begin(), window.end());
  std::sort(window_.begin(), window_.end());
  for (size_t i = 0; i < window_.size();) {
    const int32_t token = window_[i];
    uint32_t count = 0;
    for (; i < window_.size() && window_[i] == token; ++i) ++count;
    if (token < 0 || static_cast<size_t>(token) >= edited_.size()) continue;
    float& logit = edited_[static_cast<size_t>(token)];
    logit = logit > 0 ? logit / options_.repeat_penalty : logit * options_.repeat_penalty;
    logit -= static_cast<float>(count) * options_.frequency_penalty;
    logit -= options_.presence_penalty;
  }
}

// The top_k best, unsorted. The row is read upwards, so a later logit enters only if it is greater
// than the worst that is kept: an equal one has the higher index and loses.
void Sampler::ChooseTop(std::span<const float> logits, float temperature) {
  const size_t keep = options_.top_k;
  const size_t room = 2 * keep + kBlock;
  candidates_.clear();
  float threshold = kLeast;  // an undivided logit that at least top_k candidates beat or equal
  const auto prune = [&] {
    const auto worst = candidates_.begin() + static_cast<std::ptrdiff_t>(keep - 1);
    std::nth_element(candidates_.begin(), worst, candidates_.end(), Beats);
    threshold = logits[static_cast<size_t>(worst->token)];
    candidates_.resize(keep);
  };
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
    if (!AnyAbove(block, threshold)) continue;
    for (size_t i = 0; i < block.size(); ++i) {
      if (!(block[i] > threshold)) continue;
      candidates_.push_back({block[i] / temperature, static_cast<int32_t>(begin + i), 0});
    }
    if (candidates_.size() > room) prune();
  }
  if (candidates_.size() > keep) prune();
}

// All that have a mass.
void Sampler::ChooseAll(std::span<const float> logits, float greatest, float temperature) {
  candidates_.clear();
  const float top = greatest / temperature;
  for (size_t i = 0; i < logits.size(); ++i) {
    const float value = logits[i] / temperature;
    if (value == top || value - top >= kNoMassBelow) {
      candidates_.push_back({value, static_cast<int32_t>(i), 0});
    }
  }
}

void Sampler::WeighMasses(float greatest) {
  for (Candidate& candidate : candidates_) candidate.mass = Mass(candidate.value, greatest);
}

// Min-p, then top-p. Both keep a beginning of the candidates in their order, so min-p may go first,
// and only what it leaves is put in order; top-p refers to the mass of all.
void Sampler::Cut() {
  uint64_t total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.mass;
  const uint64_t reach = Part(top_p_fraction_, total, /*up=*/true);
  const uint64_t least = Part(min_p_fraction_, kMassOfOne, /*up=*/true);
  std::erase_if(candidates_, [least](const Candidate& c) { return c.mass == 0 || c.mass < least; });
  std::sort(candidates_.begin(), candidates_.end(), Beats);
  uint64_t running = 0;
  size_t kept = 0;
  do {
    running += candidates_[kept++].mass;
  } while (kept < candidates_.size() && running < reach);
  candidates_.resize(kept);
}

int32_t Sampler::Draw(uint64_t step) const {
  constexpr uint32_t kFirstDraw = 0;
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(options_.seed),
                                       static_cast<uint32_t>(options_.seed >> 32)};
  const uint32_t u =
      Philox4x32(key, {static_cast<uint32_t>(step), options_.choice, kFirstDraw, 0})[0] >> 8;
  uint64_t total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.mass;
  const uint64_t target = Part(u, total, /*up=*/false);
  uint64_t running = 0;
  for (const Candidate& candidate : candidates_) {
    running += candidate.mass;
    if (running > target) return candidate.token;
  }
  return candidates_.back().token;  // not reached: target < total
}

}  // namespace ingot::model
