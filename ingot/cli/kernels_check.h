// `ingot kernels check`: kernels held to the conformance cases of their ops.
#pragma once

#include <string>

#include "ingot/base/status.h"
#include "ingot/cli/shared_flags.h"

namespace ingot::cli {

// Of all kernels of the device, or of the one named. Fails with kMismatch where one is wrong or
// where nothing could be compared.
Status CheckKernels(const SharedFlags& flags, const std::string& name, bool quick);

}  // namespace ingot::cli
