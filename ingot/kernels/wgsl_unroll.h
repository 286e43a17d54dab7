// Loops over registers, written out. A function's array stays in registers only where every index
// is a number, and not every driver unrolls a loop to make it one.
#pragma once

#include "ingot/base/interface.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

// Replaces each `for (var i = A; i < B; i++)`, also with `i += C`, by its passes, each a block that
// begins with `const i = VALUE;`, where A, B and C are known and i is part of an index into an
// array of the function or into what a pointer points at. Left as it is: a loop with another
// assignment to i, with a `break` or `continue` of its own, without a pass, of more than
// `kMaxPasses`, or that would become longer than `kMaxStatements`.
constexpr int64_t kMaxPasses = 64;
constexpr int64_t kMaxStatements = 4096;
void UnrollRegisterLoops(const OverrideValues& overrides, wgsl::Module* module);

}  // namespace ingot::kernels
