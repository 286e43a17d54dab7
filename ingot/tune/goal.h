// Goals: what a kernel is meant to reach on a GPU, by op and size. Small shapes have none but a
// time: there a dispatch costs what starting it costs.
#pragma once

#include <optional>

#include "ingot/tune/kernel_bench.h"

namespace ingot::tune {

// Shares of the peak that bounds the work, or microseconds of a dispatch.
struct Goal {
  double goal = 0;
  double least = 0;  // what it must not fall behind
  bool is_time = false;
};

// Nothing where the table of docs/speed.md has no line for the shape.
std::optional<Goal> GoalOf(const OpShape& shape, const verify::Work& work);

}  // namespace ingot::tune
