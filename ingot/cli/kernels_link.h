// `ingot kernels link`: the modules that kernels become for a device's compiler.
#pragma once

#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/wgsl_registry.h"

namespace ingot::cli {

struct LinkFlags {
  std::string name;                 // empty: all kernels
  std::string variant;              // of the kernel that is named
  std::vector<std::string> set;     // NAME=VALUE of its overrides
  std::vector<std::string> enable;  // extensions whose `enable` lines are written
  std::string fill;                 // of slots of the kernel that is named
  bool json = false;
};

// Prints the module of one kernel, or as JSON those of all: `texts` by key, and `rows` with every
// variant, weight format and single value of a free override. Nothing asks a device: what the
// largest could run is linked.
Status LinkKernels(const kernels::WgslRegistry& registry, const LinkFlags& flags);

}  // namespace ingot::cli
