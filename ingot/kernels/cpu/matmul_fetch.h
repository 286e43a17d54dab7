// Asking for weights before they are needed, for inclusion in the source file of each instruction
// set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ingot::kernels::cpu {

// Asks for the kBytes of weights that come 2 KiB later: the processor's own guesses do not keep
// enough of them on their way. Beyond the end it does nothing.
template <uint32_t kBytes>
static inline void FetchAhead(const uint8_t* w) {
  constexpr size_t kAhead = 2048;
  for (uint32_t i = 0; i < kBytes; i += 64) __builtin_prefetch(w + kAhead + i);
}

}  // namespace ingot::kernels::cpu
