// Operators, conversions and built-in functions on scalars, by WGSL's rules. Failures carry no
// place.
#pragma once

#include <span>
#include <string_view>

#include "ingot/base/status.h"
#include "ingot/wgsl/literal.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

// i32 and f32 for abstract types, else the type itself.
ScalarType Concrete(ScalarType type);
// What happens unasked: an abstract number becomes one of a type that holds it.
Result<Scalar> Convert(const Scalar& value, ScalarType type);
// What `u32(x)` does: wraps integers, cuts floats off at the type's ends, compares with zero for
// bool.
Result<Scalar> Cast(const Scalar& value, ScalarType type);

Result<Scalar> Operate(Op op, const Scalar& value);
Result<Scalar> Operate(Op op, const Scalar& left, const Scalar& right);
// Fails with kInvalidArgument on a function that is not among those of Evaluator.
Result<Scalar> CallBuiltin(std::string_view name, std::span<const Scalar> args);

}  // namespace ingot::wgsl
