// `ingot kernels check --export` and `--judge`: conformance cases that run where this engine is
// not, in a browser or on another machine (docs/formats/cases.md).
#pragma once

#include <string>

#include "ingot/base/status.h"
#include "ingot/cli/kernels_check.h"
#include "ingot/cli/shared_flags.h"

namespace ingot::cli {

// Writes to `folder` what the gate would submit for each case, on a device that runs nothing.
// Without `quick` and `all`: up to three cases of each kernel, on one pipeline.
Status ExportCases(const SharedFlags& flags, const CheckFlags& check, const std::string& folder);

// The gate over the answers that stand in `folder`: what was in the buffers after the runs. Fails
// with kMismatch where a kernel is wrong or an answer is missing.
Status JudgeCases(const SharedFlags& flags, const std::string& folder);

}  // namespace ingot::cli
