// Frequencies of rotary position embeddings, computed once per model on the host in double.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::model {

struct RopeParams {
  uint32_t rot = 0;  // rotated dimensions of a head, even
  double base = 10000;
  std::string scaling = "none";  // none, linear, yarn
  double factor = 1;             // s; 0 means 1
  double orig_ctx = 0;           // trained context, for yarn
  double beta_fast = 32, beta_slow = 1, ext = 1, attn_factor = 1;
  bool yarn_round = true;       // rounds the ramp's edges outwards, as most implementations do
  std::vector<double> factors;  // divides the frequency of each pair; empty: 1
};

struct RopeFrequencies {
  std::vector<double> turns;  // turns (angle / 2 pi) per position of pair j < rot / 2
  double factor = 1;          // of cos and sin
};

// theta(p, j) = p * base^(-2j/rot) / factors[j]; linear: divided by s; yarn (Peng et al. 2023,
// "YaRN"): a ramp between theta and theta / s over the pairs, cos and sin times (1 + 0.1 ln s) *
// attn_factor. Fails on values out of range, naming them.
Result<RopeFrequencies> ComputeRope(const RopeParams& params);

// Appends rows [begin, end) of (cos, sin) pairs to `table`, f32, rot values a row.
void AppendRopeRows(const RopeFrequencies& frequencies, uint64_t begin, uint64_t end,
                    std::vector<float>& table);

}  // namespace ingot::model
