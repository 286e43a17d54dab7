// Kernels whose threads are numbered from the last, which must give the same. A device runs the
// threads of a workgroup in an order of its own; where a barrier is missing, one order hides what
// the other shows.
#pragma once

#include <string>

#include "ingot/kernels/wgsl_file.h"

namespace ingot::verify {

// Of the entry `main` that takes its number from the fragment `grid` or as a parameter. Whether
// there is one; else the module stays as it is.
bool ReverseThreads(wgsl::Module* module);

// Writes the kernels' files that change to a folder.
Status WriteReversed(const kernels::WgslFiles& files, const std::string& folder);

}  // namespace ingot::verify
