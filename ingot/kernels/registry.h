// The registry: every kernel of a target by name. CPU kernels come from
// kernels/cpu/cpu_kernels.h, those of webgpu from the shipped WGSL files.
#pragma once

#include <span>
#include <string_view>

#include "ingot/kernels/kernel.h"

namespace ingot::kernels {

// All kernels of a target, sorted by name; "null" has those of "cpu".
std::span<const KernelDesc* const> KernelsOf(std::string_view target);
// nullptr if there is none. REQUIRES: kernels sorted by name.
const KernelDesc* FindKernel(std::span<const KernelDesc* const> kernels, std::string_view name);
const KernelDesc* FindKernel(std::string_view target, std::string_view name);

}  // namespace ingot::kernels
