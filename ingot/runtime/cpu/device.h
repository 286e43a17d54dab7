// The CPU as a device: runs the functions of kernels/cpu at once, in order, in the caller's memory.
#pragma once

#include <memory>

#include "ingot/runtime/host_device.h"

namespace ingot::runtime::cpu {

// `kernels` must outlive the device. Fails with kInvalidArgument for more than 1024 threads.
Result<std::unique_ptr<Device>> Open(const DeviceOptions& options,
                                     KernelTable kernels = kernels::cpu::CpuKernels());

}  // namespace ingot::runtime::cpu
