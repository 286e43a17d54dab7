// The rule on barriers: control flow that differs between the threads of a workgroup.
#pragma once

#include <vector>

#include "ingot/wgsl/subset.h"

namespace ingot::wgsl {

// Barriers, and calls that reach one, below a condition that plainly hangs on which thread asks: a
// built-in such as local_invocation_index, or what a function computes from it. Memory that threads
// write is not followed, so this finds mistakes and proves nothing; the loader's compilers judge.
std::vector<Finding> FindDivergentBarriers(const Subject& subject);

}  // namespace ingot::wgsl
