// Sampler: from a row of logits to a token, in one defined order that the kernels of key `sample`
// follow too. Masses are integers, so their sums are exact in any order, and every comparison after
// the exponential is between integers. The randomness of a draw depends on seed, step and choice
// alone: any step can be replayed.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::model {

struct SamplerOptions {
  float temperature = 0.8f;     // 0 or less: the greatest logit
  uint32_t top_k = 40;          // 0: all
  float top_p = 0.95f;          // 1: all
  float min_p = 0.05f;          // 0: all
  float repeat_penalty = 1;     // 1: none
  float frequency_penalty = 0;  // for each time a token occurred
  float presence_penalty = 0;   // once for a token that occurred
  uint32_t last_n = 64;         // how many of the last tokens the penalties see
  bool temp_last = false;       // temperature after the cuts, as llama.cpp orders it
  uint64_t seed = 0;            // 0 is a seed like others
  uint32_t choice = 0;          // number of this completion among parallel ones of a request
  uint32_t vocabulary = 0;      // rows from here on are no tokens; 0: all are
  std::vector<std::pair<int32_t, float>> logit_bias;  // token and what is added to its logit
  std::vector<int32_t> suppressed;                    // tokens never sampled
};

// A share of one in units of 2^-24.
uint32_t Fraction24(float value);

// Fails with kInvalidArgument, the name of the option and its value.
Status CheckSamplerOptions(const SamplerOptions& options);

// Not thread-safe: it keeps its working memory between calls.
class Sampler {
 public:
  // Fails as CheckSamplerOptions does.
  static Result<Sampler> Create(SamplerOptions options);

  // The token of `step`, the number of tokens sampled for this request so far. `history` is the
  // prompt and what was generated since. Fails if no logit is finite, and if an option names a
  // token that is not in the row.
  Result<int32_t> Sample(std::span<const float> logits, std::span<const int32_t> history,
                         uint64_t step);

  const SamplerOptions& options() const { return options_; }

 private:
  struct Candidate {
    float value;
    int32_t token;
    uint32_t mass;
  };

  explicit Sampler(SamplerOptions options);
  static bool Beats(const Candidate& a, const Candidate& b);
  bool Edits() const;
  Status Edit(std::span<const int32_t> history);
  void Penalise(std::span<const int32_t> history);
  void ChooseTop(std::span<const float> logits, float temperature);
  void ChooseAll(std::span<const float> logits, float greatest, float temperature);
  void WeighMasses(float greatest);
  void Cut();
  int32_t Draw(uint64_t step) const;

  SamplerOptions options_;
  uint32_t top_p_fraction_;  // in units of 2^-24
  uint32_t min_p_fraction_;
  std::vector<float> edited_;
  std::vector<Candidate> candidates_;
  std::vector<int32_t> window_;
};

}  // namespace ingot::model
