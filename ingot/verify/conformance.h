// Conformance: a kernel with each of its variants through the gate, on the shapes of its op.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingot/verify/gate.h"

namespace ingot::verify {

struct ConformanceOptions {
  uint64_t seed = 20;
  size_t stride = 1;  // of the shapes that fit a variant, the first and every n-th
  bool each_override =
      false;  // then each legal value of every free override as well, one at a time
};

struct Conformance {
  size_t passed = 0;
  size_t ruled_out = 0;           // cases that the header forbids on this device
  std::vector<std::string> idle;  // variants of which nothing ran, each with the reason
  std::vector<Report> failures;
  // What did not run did not pass.
  bool ok() const { return passed > 0 && failures.empty(); }
};

// Fails if the kernel's op has no cases, and on the first case whose device is lost.
Result<Conformance> Conform(runtime::Device& device, const kernels::KernelDesc& kernel,
                            const ConformanceOptions& options);

}  // namespace ingot::verify
