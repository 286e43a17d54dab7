// A weight that is larger than the device binds at once is bound in slices of its rows, each a
// buffer and a dispatch of its own.
#pragma once

#include <vector>

#include "ingot/base/status.h"
#include "ingot/ir/dialect/dialect.h"

namespace ingot::ir {

// How the weight of `op` is to be read, from row 0 on: the fewest slices of about equal size.
// Empty: whole. An expert is in one slice. Fails with kUnsupported if not even one row or expert
// fits.
Result<std::vector<xf::RowSlice>> RowSlicesOf(xf::KernelOp op, const DeviceFacts& facts);

}  // namespace ingot::ir
