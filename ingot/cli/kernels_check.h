// `ingot kernels check`: kernels held to the conformance cases of their ops.
#pragma once

#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/verify/conformance.h"

namespace ingot::cli {

struct CheckFlags {
  std::vector<std::string> names;  // empty: all
  bool quick = false;
  bool all = false;
  bool reverse_threads = false;
  double case_seconds = 120;
};

verify::ConformanceOptions ToConformanceOptions(const CheckFlags& check);

// The kernels of those names, or all; fails with kNotFound on an unknown one.
Result<std::vector<const kernels::KernelDesc*>> WantedKernels(
    const runtime::Device& device, const std::vector<std::string>& names);

// Of all kernels of the device, or of those named, in a process of its own: one that hangs or
// dies is a kernel that failed. Fails with kMismatch where one is wrong or has no cases.
Status CheckKernels(const SharedFlags& flags, const CheckFlags& check);

}  // namespace ingot::cli
