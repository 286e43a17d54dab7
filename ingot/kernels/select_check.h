// Whether the selection table answers every question, and every row is of use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ingot/kernels/kernel.h"

namespace ingot::kernels {

struct SelectReport {
  size_t points = 0;                  // questions that were asked
  std::vector<std::string> problems;  // `matmul {W_FORMAT = 5, ...} on h100: no row decides`
};

// Asks the rows of `kernels` about a lattice of ops and devices: numbers around every constant that
// the conditions compare with, every value of a flag and of a weight format, both phases. A
// question that no row answers is a problem (a gap), and so is a row that holds where its kernel
// may not run, one that never decides because rows before it do, and an op of several kernels
// without rows.
SelectReport CheckSelect(std::span<const KernelDesc* const> kernels,
                         std::span<const DeviceFacts> devices);

// WebGPU's default limits, and devices that differ in what matters: both software GPUs, an H100, a
// GPU of 32 lanes without f16, one of 8 to 32, one of 64.
std::vector<DeviceFacts> SampleDevices();

}  // namespace ingot::kernels
