// A KernelDesc out of a WGSL file without open slots (recipe.h): what its header says, held against
// what its code declares.
#pragma once

#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/kernel.h"
#include "ingot/kernels/wgsl_file.h"

namespace ingot::kernels {

// One kernel per `op` line. With one such line it is named as the file is, else by its op, which
// settles the overrides and uniforms that its line names.
// Fails with `PATH:LINE: ...` wherever header and code disagree: bindings, access, overrides
// without range and ranges without override, defaults outside of it, workgroup memory, names in
// expressions that nothing declares.
Result<std::vector<KernelDesc>> Describe(const WgslFile& kernel, const WgslFiles& files);

}  // namespace ingot::kernels
