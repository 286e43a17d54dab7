// What a check of kernels found, a row for each, as JSON and as a table.
#pragma once

#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/verify/conformance.h"

namespace ingot::cli {

Json OverridesJson(const OverrideValues& overrides);

// What is said of a kernel; without an answer nothing passed.
Json RowOf(const kernels::KernelDesc& kernel, const verify::Conformance& found);

// Prints the rows. Fails with kMismatch, naming the kernels that are wrong.
Status TellRows(const std::vector<Json>& rows, bool as_json);

}  // namespace ingot::cli
