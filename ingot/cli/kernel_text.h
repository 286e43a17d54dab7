// A kernel's description as people and programs read it.
#pragma once

#include <string>

#include "ingot/base/json.h"
#include "ingot/kernels/kernel.h"

namespace ingot::cli {

// Names of its weight formats, with blanks between them.
std::string FormatNames(const kernels::KernelDesc& desc);
Json KernelJson(const kernels::KernelDesc& desc);
// Several lines.
std::string KernelText(const kernels::KernelDesc& desc);

}  // namespace ingot::cli
