// What a kernel's header says of its uniforms and its grid, as sizes of a Program.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/header_expr.h"
#include "ingot/program/size.h"

namespace ingot::ir {

// What the names of a header's expressions stand for: uniforms, overrides, facts.
using HeaderSizes = std::map<std::string, program::Size, std::less<>>;

// Evaluate(SizeOf(expr)) is kernels::Evaluate(expr) for every value of the symbols. Conditions, and
// what is applied to them, must not depend on a symbol. Fails with kNotFound on a name without
// value, kUnsupported on what a Size cannot say.
Result<program::Size> SizeOf(const kernels::HeaderExpr& expr, const HeaderSizes& names);

// As kernels::EvaluateGrid.
Result<std::array<program::Size, 3>> GridOf(const std::vector<kernels::HeaderExpr>& grid,
                                            const HeaderSizes& names);

}  // namespace ingot::ir
