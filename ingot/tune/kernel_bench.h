// The bench of kernels: every legal choice of kernel, variant and overrides for an op of one shape,
// each with its time or with why it has none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/runtime/device.h"
#include "ingot/tune/timing.h"
#include "ingot/verify/gate.h"

namespace ingot::tune {

struct OpShape {
  std::string op;
  std::string role;  // what the op is in a model; may be empty
  Phase phase = Phase::kDecode;
  std::string shape;  // as verify::MakeCase takes it
};

struct BenchOptions {
  std::vector<std::string> kernels;   // empty: all that serve the op
  std::vector<std::string> variants;  // empty: all, or with `values` the kernel as it is
  std::map<std::string, std::vector<double>> values;  // overrides: every combination is tried
  bool chosen_only = false;                           // what the device would choose by itself
  TimingOptions timing;
};

struct BenchRow {
  std::string kernel;
  std::string variant;
  OverrideValues overrides;  // complete
  OverrideValues tuned;      // of these, the free ones that are no default or were asked for
  bool chosen = false;       // by the device, if nobody asks for another
  Status status;             // why there is no timing
  Timing timing;
};

struct BenchResult {
  OpShape shape;
  verify::Work work;
  std::vector<BenchRow> rows;  // the fastest first, those without timing at the end
  uint64_t skipped = 0;        // combinations that are not legal here
};

// `go_on` is asked before each row with the number of rows done and of all; false ends the bench
// with what there is. A row never fails the bench, and a kernel that cannot serve has a row only if
// it is asked for by name. Fails on an op, kernel, variant or override that the device does not
// have, and on a shape that is none of the op.
Result<BenchResult> BenchKernels(runtime::Device& device, const OpShape& shape,
                                 const BenchOptions& options,
                                 const std::function<bool(uint64_t, uint64_t)>& go_on);

}  // namespace ingot::tune
