// `ingot kernels check`: kernels held to the conformance cases of their ops.
#pragma once

#include <string>

#include "ingot/base/status.h"
#include "ingot/cli/shared_flags.h"

namespace ingot::cli {

struct CheckFlags {
  std::string name;  // empty: all
  bool quick = false;
  bool all = false;
  double case_seconds = 120;
};

// Of all kernels of the device, or of the one named, in a process of its own: one that hangs or
// dies is a kernel that failed. Fails with kMismatch where one is wrong or has no cases.
Status CheckKernels(const SharedFlags& flags, const CheckFlags& check);

}  // namespace ingot::cli
