// Files as they are described and linked: recipes, kernels with slots, and kernels filled by name.
#pragma once

#include <string_view>

#include "ingot/base/status.h"
#include "ingot/kernels/wgsl_file.h"

namespace ingot::kernels {

// A kernel's file or a recipe as it is to be described: the file itself where there is no slot.
Result<WgslFile> Complete(const WgslFile& file, const WgslFiles& files);

// Whether a stage is one, as far as can be said without a kernel: its port, its uniforms, its
// fragments.
Status CheckStage(const WgslFile& stage, const WgslFiles& files);

// Whether it is of the form `KERNEL{FILLS}`; and the kernel with these fills.
bool IsFilledName(std::string_view name);
Result<WgslFile> FillByName(const WgslFiles& files, std::string_view name);

}  // namespace ingot::kernels
