#include "ingot/wgsl/eval.h"

#include <algorithm>

#include "ingot/base/text.h"
#include "ingot/wgsl/operate.h"

namespace ingot::wgsl {
namespace {

// Expressions and the constants they name, one below the other.
constexpr uint32_t kMaxDepth = 2000;
constexpr uint32_t kMaxAliases = 64;

Result<Scalar> At(Place place, Result<Scalar> result) {
  return std::move(result).At(StrCat(place.line, ":", place.column));
}

}  // namespace

Names::Names(const Module& module) {
  for (const Declaration& declaration : module.declarations) {
    const std::string_view name = DeclaredName(declaration);
    if (!name.empty()) names_.emplace(name, &declaration);
  }
}

const Declaration* Names::Find(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

Result<const Expr*> Names::Resolve(const Expr& type) const {
  const Expr* at = &type;
  for (uint32_t i = 0; i < kMaxAliases; ++i) {
    const Alias* alias = FindAs<Alias>(at->text);
    if (alias == nullptr) return at;
    at = &alias->type;
  }
  return ErrorAt(type.place, StrCat("alias (", type.text, ") stands for itself"));
}

std::optional<ScalarType> ScalarTypeOf(const Names& names, const Expr& type) {
  const Result<const Expr*> resolved = names.Resolve(type);
  if (!resolved.ok() || names.Find((*resolved)->text) != nullptr) return std::nullopt;
  for (ScalarType scalar : {ScalarType::kBool, ScalarType::kI32, ScalarType::kU32, ScalarType::kF32,
                            ScalarType::kF16}) {
    if ((*resolved)->text == Name(scalar)) return scalar;
  }
  return std::nullopt;
}

const Expr* ElementOf(const Names& names, const Expr& type) {
  const Result<const Expr*> resolved = names.Resolve(type);
  const bool array =
      resolved.ok() && (*resolved)->text == "array" && !(*resolved)->template_args.empty();
  return array ? &(*resolved)->template_args[0] : nullptr;
}

Evaluator::Evaluator(const Module& module, const OverrideValues& overrides)
    : names_(module), overrides_(overrides) {}

Result<Scalar> Evaluator::Evaluate(const Expr& expr) {
  if (depth_ >= kMaxDepth) {
    return ErrorAt(expr.place, StrCat("constant expression is deeper than (", kMaxDepth, ")"));
  }
  ++depth_;
  Result<Scalar> out = [&]() -> Result<Scalar> {
    switch (expr.kind) {
      case ExprKind::kLiteral:
        if (expr.text == "true" || expr.text == "false") {
          return Scalar{ScalarType::kBool, expr.text == "true" ? 1 : 0, 0};
        }
        return At(expr.place, ReadNumber(expr.text));
      case ExprKind::kName:
        return EvaluateName(expr);
      case ExprKind::kCall:
        return EvaluateCall(expr);
      case ExprKind::kUnary:
        return EvaluateUnary(expr);
      case ExprKind::kBinary:
        return EvaluateBinary(expr);
      case ExprKind::kMember:
      case ExprKind::kIndex:
        return ErrorAt(expr.place, "part of a value is no scalar constant");
    }
    return ErrorAt(expr.place, "no expression");
  }();
  --depth_;
  return out;
}

Result<uint64_t> Evaluator::EvaluateCount(const Expr& expr) {
  INGOT_ASSIGN(const Scalar value, Evaluate(expr));
  if (!IsInteger(value.type)) {
    return ErrorAt(expr.place, StrCat("value (", value.AsDouble(), ") is no integer"));
  }
  if (value.integer < 0)
    return ErrorAt(expr.place, StrCat("value (", value.integer, ") is negative"));
  return static_cast<uint64_t>(value.integer);
}

Result<Scalar> Evaluator::EvaluateName(const Expr& expr) {
  const auto* variable = names_.FindAs<Variable>(expr.text);
  if (variable == nullptr || variable->kind == VariableKind::kVar) {
    return ErrorAt(expr.place, StrCat("name (", expr.text, ") is no constant of the module"));
  }
  return EvaluateVariable(*variable);
}

Result<Scalar> Evaluator::EvaluateVariable(const Variable& variable) {
  if (const auto known = known_.find(&variable); known != known_.end()) return known->second;
  if (std::find(open_.begin(), open_.end(), &variable) != open_.end()) {
    return ErrorAt(variable.place, StrCat("constant (", variable.name, ") needs its own value"));
  }
  open_.push_back(&variable);
  Result<Scalar> value = ComputeVariable(variable);
  open_.pop_back();
  known_.emplace(&variable, value);
  return value;
}

Result<Scalar> Evaluator::ComputeVariable(const Variable& variable) {
  std::optional<ScalarType> type;
  if (variable.type) {
    type = ScalarTypeOf(names_, *variable.type);
    if (!type)
      return ErrorAt(variable.place, StrCat("constant (", variable.name, ") is no scalar"));
  }
  const bool is_override = variable.kind == VariableKind::kOverride;
  const auto given = overrides_.find(variable.name);
  if (is_override && given != overrides_.end() && type) {
    Result<Scalar> value = MakeScalar(*type, given->second);
    return At(variable.place, std::move(value).At(variable.name));
  }
  if (!variable.value) {
    return ErrorAt(variable.place, StrCat("override (", variable.name, ") has no value"),
                   Code::kNotFound);
  }
  INGOT_ASSIGN(Scalar value, Evaluate(*variable.value));
  if (!type && !is_override) return value;
  // An override without a written type has that of its default.
  const ScalarType wanted = type ? *type : Concrete(value.type);
  if (is_override && given != overrides_.end()) {
    return At(variable.place, MakeScalar(wanted, given->second).At(variable.name));
  }
  return At(variable.place, Convert(value, wanted).At(variable.name));
}

Result<Scalar> Evaluator::EvaluateUnary(const Expr& expr) {
  INGOT_ASSIGN(const Scalar value, Evaluate(expr.operands[0]));
  return At(expr.place, Operate(expr.op, value));
}

Result<Scalar> Evaluator::EvaluateBinary(const Expr& expr) {
  INGOT_ASSIGN(const Scalar left, Evaluate(expr.operands[0]));
  // The right side of a decided && or || need not have a value.
  const bool decided =
      left.type == ScalarType::kBool && ((expr.op == Op::kLogicalAnd && left.integer == 0) ||
                                         (expr.op == Op::kLogicalOr && left.integer == 1));
  if (decided) return left;
  INGOT_ASSIGN(const Scalar right, Evaluate(expr.operands[1]));
  return At(expr.place, Operate(expr.op, left, right));
}

Result<Scalar> Evaluator::EvaluateCall(const Expr& expr) {
  if (names_.FindAs<Function>(expr.text) != nullptr) {
    return ErrorAt(expr.place, StrCat("call of (", expr.text, ") is no constant"));
  }
  std::vector<Scalar> args;
  for (const Expr& operand : expr.operands) {
    INGOT_ASSIGN(Scalar value, Evaluate(operand));
    args.push_back(value);
  }
  const Expr callee{.kind = ExprKind::kName, .place = expr.place, .text = expr.text};
  if (const std::optional<ScalarType> type = ScalarTypeOf(names_, callee)) {
    if (args.empty()) return MakeScalar(*type, int64_t{0});
    if (args.size() == 1) return At(expr.place, Cast(args[0], *type));
    return ErrorAt(expr.place, StrCat(expr.text, " of (", args.size(), ") values"));
  }
  return At(expr.place, CallBuiltin(expr.text, args));
}

Result<Scalar> EvaluateConst(const Module& module, const Expr& expr,
                             const OverrideValues& overrides) {
  return Evaluator(module, overrides).Evaluate(expr);
}

}  // namespace ingot::wgsl
