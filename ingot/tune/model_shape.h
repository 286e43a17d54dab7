// The shapes of known models, for benches: what their ops are called with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ingot/tune/kernel_bench.h"

namespace ingot::tune {

struct ModelSizes {
  std::string_view name;
  uint64_t hidden = 0;
  uint64_t ff = 0;
  uint64_t heads = 0;
  uint64_t kv_heads = 0;
  uint64_t head_dim = 0;
  uint64_t vocab = 0;
};

std::span<const ModelSizes> KnownModels();

// Tokens of a prompt that is fed at once.
constexpr uint64_t kPrefillRows = 512;

// The ops of one layer and of what stands around them, in the order of the model. Matmuls come once
// a weight format; ops of equal shape share a row and join their roles.
std::vector<OpShape> ShapesOf(const ModelSizes& model, Phase phase);

}  // namespace ingot::tune
