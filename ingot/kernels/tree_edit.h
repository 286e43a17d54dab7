// Changes to the expressions of a tree, wherever they stand.
#pragma once

#include <functional>

#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

// Calls `edit` on every expression, those inside of one before it.
void EditExprs(wgsl::Declaration* declaration, const std::function<void(wgsl::Expr&)>& edit);

}  // namespace ingot::kernels
