// Models of random weights in the shapes of real ones: to measure speed and to compare devices
// where no real file is at hand. Weights are F16 with the spread that models are initialised with;
// the vocabulary knows bytes only, and its other tokens are unused.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot::model {

struct SynthShape {
  std::string_view name;
  std::string_view architecture;
  uint32_t layers, width, ff, heads, kv_heads, head_dim, vocab, context;
  float rope_base, eps;
  bool rope_factors;  // the table by which Llama 3 stretches its positions
  bool qkv_bias;
  uint32_t experts = 0, experts_used = 0;  // 0: none, one feed-forward for all rows
};

// In the order of their size.
std::span<const SynthShape> SynthShapes();

struct SynthOptions {
  uint64_t seed = 1;
  const std::atomic<bool>* stop = nullptr;  // once it is true, kUnavailable and no file
  std::function<void(uint64_t done_bytes, uint64_t total_bytes)> progress;
};

// Writes the GGUF file; the same shape and seed give the same bytes. It appears whole or not at
// all.
Status Synthesize(const SynthShape& shape, const std::string& path, const SynthOptions& options);

}  // namespace ingot::model
