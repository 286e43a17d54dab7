// A device that accepts what the CPU's kernel descriptions accept, runs nothing and counts. It
// keeps no contents (reads give zeros), has every feature that a kernel asks for, and fails where a
// test wants it to: for tests of what stands above a device, and for plans of other machines.
#pragma once

#include <memory>

#include "ingot/runtime/host_device.h"

namespace ingot::runtime::null {

struct NullOptions {
  std::vector<std::string> hide_features;
  uint64_t memory_bytes = uint64_t{1} << 50;  // buffers beyond this fail
  uint64_t lose_at_submission = 0;            // counted from 1: that one finds the device lost
  uint64_t fail_at_allocation = 0;            // counted from 1: that one fails
};

// `kernels` must outlive the device.
Result<std::unique_ptr<Device>> Open(const NullOptions& options,
                                     KernelTable kernels = kernels::cpu::CpuKernels());

}  // namespace ingot::runtime::null
