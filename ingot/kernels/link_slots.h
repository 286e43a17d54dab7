// Slots filled with stages: a kernel that leaves places open, or a recipe, becomes a file like any
// other, which describes itself and is linked with its fragments.
//
// Names: functions of a stage get the prefix SLOT NUMBER _ (`x0_at4`), what stands under a stage
// that one's and `over_`. Bindings, uniforms and overrides of stages keep their names as long as
// there is one of the name, else they get the prefix too, or are SLOT NUMBER where they are named
// as the slot. An override that all stages of a slot have is one, unless formats tell them apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/wgsl_file.h"

namespace ingot::kernels {

// `kernel` with its slots filled, those without a fill by their defaults. Named `KERNEL{FILLS}` if
// there are fills, and its op is then all ops in the order in which they happen: `rms_norm+matmul`.
// A stage of a fill may also be the name of a weight format: `weights` of that format.
// Fails, naming file and line, on slots, stages and ports that are not there or do not fit, and
// where stages declare one name differently.
Result<WgslFile> FillSlots(const WgslFile& kernel, const std::vector<FillLine>& fills,
                           const WgslFiles& files);

}  // namespace ingot::kernels
