// Conformance: a kernel with its variants and combinations of override values through the gate, on
// the shapes of its op.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ingot/verify/gate.h"

namespace ingot::verify {

struct ConformanceOptions {
  uint64_t seed = 20;
  size_t shapes = 0;  // of each variant, spread over those that fit; 0: all
  bool combinations =
      false;           // also what Combine gives, each on a shape, and that the rest is refused
  bool large = false;  // also the large shapes, which the gate repeats no more than it must
  GateOptions gate;
  bool first_failure_only = false;  // which ends it
  // Called before each case.
  std::function<void(const KernelCase&)> before;
  // Whether to take a case; those left out count nowhere, and no illegal choice is tried.
  std::function<bool(const KernelCase&)> takes;
  std::function<Report(const KernelCase&)> judge;  // in place of the gate
};

struct Conformance {
  size_t passed = 0;
  size_t refused = 0;             // illegal choices that were refused, as they must be
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
