// Constant expressions: what WGSL knows before a shader runs, given values for its overrides.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/wgsl/literal.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

// The module's declarations by name; the first of a name wins. The module must outlive it.
class Names {
 public:
  explicit Names(const Module& module);
  const Declaration* Find(std::string_view name) const;
  template <typename T>
  const T* FindAs(std::string_view name) const {
    const Declaration* found = Find(name);
    return found == nullptr ? nullptr : std::get_if<T>(found);
  }
  // What an alias stands for, through all aliases; `type` itself if it is none.
  Result<const Expr*> Resolve(const Expr& type) const;

 private:
  std::map<std::string_view, const Declaration*> names_;
};

// The scalar type of that name, which may be an alias.
std::optional<ScalarType> ScalarTypeOf(const Names& names, const Expr& type);

// `f32` of `array<f32, 4>`, `vec4<u32>` of `array<vec4<u32>>`; nullptr if `type` is no array.
const Expr* ElementOf(const Names& names, const Expr& type);

// Evaluates scalars: literals, module constants, overrides, operators, conversions and the built-in
// functions that sizes are made of (abs, ceil, clamp, countOneBits, firstLeadingBit,
// firstTrailingBit, floor, max, min, select). Typed as WGSL types them: concrete integers wrap,
// abstract ones must not overflow, nothing converts by itself but an abstract number.
// Not thread-safe. The module and the overrides must outlive it.
class Evaluator {
 public:
  Evaluator(const Module& module, const OverrideValues& overrides);

  // Fails with `LINE:COLUMN: ...`: kNotFound if the value hangs on an override without one, else
  // kInvalidArgument.
  Result<Scalar> Evaluate(const Expr& expr);
  // As a count: an integer that is not negative.
  Result<uint64_t> EvaluateCount(const Expr& expr);
  // Of a module constant or override.
  Result<Scalar> EvaluateVariable(const Variable& variable);
  const Names& names() const { return names_; }

 private:
  Result<Scalar> EvaluateName(const Expr& expr);
  Result<Scalar> EvaluateBinary(const Expr& expr);
  Result<Scalar> EvaluateUnary(const Expr& expr);
  Result<Scalar> EvaluateCall(const Expr& expr);
  Result<Scalar> ComputeVariable(const Variable& variable);

  Names names_;
  const OverrideValues& overrides_;
  std::map<const Variable*, Result<Scalar>> known_;
  std::vector<const Variable*> open_;  // being evaluated, to find circles
  uint32_t depth_ = 0;
};

// One expression, with nothing kept.
Result<Scalar> EvaluateConst(const Module& module, const Expr& expr,
                             const OverrideValues& overrides);

}  // namespace ingot::wgsl
