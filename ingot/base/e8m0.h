// The scale of a block of MXFP4: a byte e that stands for 2^(e - 127).
#pragma once

#include <cstdint>
#include <cstring>

namespace ingot {

// The byte that is no number. Weights with it are refused when they are loaded.
inline constexpr uint8_t kNoE8M0 = 255;

// Half of the scale: the codes are twice their numbers, to be whole. Of bytes 0 and 1 it is 0,
// since it would be below the least normal f32, which GPUs may take for 0; so it is of kNoE8M0.
// Static, since files that are built for other instruction sets use it.
static inline float HalfE8M0(uint8_t e) {
  const uint32_t bits = e < 2 || e == kNoE8M0 ? 0 : (e - uint32_t{1}) << 23;
  float half;
  std::memcpy(&half, &bits, sizeof half);
  return half;
}

}  // namespace ingot
