// What choosing a token means (docs/ops.md), in whole numbers and double precision; nothing here is
// shared with the kernels.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ingot::verify {

// A logit by its bits, and where it stands. The default is no candidate at all.
struct Candidate {
  uint32_t bits = 0xFF7FFFFF;  // of the least finite f32
  uint32_t index = 0xFFFFFFFF;
  bool operator==(const Candidate&) const = default;
};

// Greater values first, NaN last, of equal ones the lower index first.
std::vector<Candidate> Ranked(std::vector<Candidate> candidates);

// Words of the state record.
struct Sampling {
  float temperature = 0.8F;
  uint32_t top_k = 40;            // 0: all
  uint32_t top_p = 0, min_p = 0;  // in units of 2^-24
  bool temperature_last = false;  // then the cuts are made without it
  uint32_t choice = 0;
  std::array<uint32_t, 2> seed = {};
};

// What is kept of candidates, for draws from it.
class Chooser {
 public:
  Chooser(const std::vector<Candidate>& ranked, const Sampling& sampling);
  struct Choice {
    std::optional<uint32_t> token;  // none: no logit is finite
    // Whether no decision is so close that the last bits of an exponential would turn it.
    bool is_clear = true;
  };
  Choice Draw(uint32_t step) const;

 private:
  Sampling sampling_;
  std::vector<Candidate> kept_;
  std::vector<double> masses_;  // of kept_, in units of 2^-23 of the greatest; empty: no draw
  bool is_clear_ = true;
};

}  // namespace ingot::verify
