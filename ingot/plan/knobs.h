// The knobs of a plan: the numbers and switches that change how fast a model runs and never what it
// computes. One row each drives parsing, printing, checking and what the compiler is told.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

namespace ingot::plan {

struct Knobs {
  int64_t tile_m = 32;
  int64_t tile_n = 32;
  int64_t tile_k = 256;
  int64_t threads = 0;
  bool enable_fold_constants = true;
  bool operator==(const Knobs&) const = default;
};

struct Knob {
  const char* name;
  std::variant<int64_t Knobs::*, bool Knobs::*> member;
  int64_t lo, hi;  // of an integer
  // Who reads it; threads is for whoever opens the device.
  const char* matmul_override;  // of the matmul kernels that have it, or nullptr
  const char* pass;             // that the switch turns off, or nullptr
};
// In the order in which they are printed.
std::span<const Knob> KnobRows();

}  // namespace ingot::plan
