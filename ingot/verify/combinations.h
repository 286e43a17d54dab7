// Which override values a kernel is tried with together.
#pragma once

#include <vector>

#include "ingot/kernels/kernel.h"

namespace ingot::verify {

struct Combinations {
  // Complete; all that the header's ranges and requirements allow on the device, if those are at
  // most 64. Else so many that every two values that go together stand in one, and each value with
  // the others' defaults, or what comes next to them.
  std::vector<OverrideValues> legal;
  // For every two values of ranges that a requirement keeps apart, one that has them.
  std::vector<OverrideValues> illegal;
};
Combinations Combine(const kernels::KernelDesc& kernel, const DeviceFacts& facts);

// A closed list, or all of a short range; of a long one its ends, its default and its middle.
std::vector<double> ValuesOf(const kernels::OverrideDesc& desc);
// A value next to those that the range allows.
double ValueOutside(const kernels::OverrideDesc& desc);

}  // namespace ingot::verify
