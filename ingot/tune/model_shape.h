// The shapes that benches measure: what the ops of known models are called with, and those that
// have a goal (goal.h).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ingot/tune/kernel_bench.h"

namespace ingot::tune {

// Names of the lists: the models, and "goals".
std::span<const std::string_view> ShapeLists();

// Tokens of a prompt that is fed at once.
constexpr uint64_t kPrefillRows = 512;

// Of a model: the ops of one layer and of what stands around them, in the order of the model.
// Matmuls come once a weight format; ops of equal shape share a row and join their roles.
// REQUIRES: one of ShapeLists().
std::vector<OpShape> ShapesOf(std::string_view list, Phase phase);

// The value of a name of a shape; empty if it has none.
std::string_view ValueIn(std::string_view shape, std::string_view name);
// As a number.
uint64_t NumberIn(std::string_view shape, std::string_view name, uint64_t fallback);

}  // namespace ingot::tune
