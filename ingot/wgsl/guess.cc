#include "ingot/wgsl/guess.h"

#include <algorithm>

namespace ingot::wgsl {
namespace {

Kind KindOfLiteral(std::string_view text) {
  if (text == "true" || text == "false") return Kind::kBool;
  const Result<Scalar> value = ReadNumber(text);
  if (!value.ok()) return Kind::kUnknown;
  if (value->type == ScalarType::kAbstractInt) return Kind::kAbstract;
  return IsFloat(value->type) ? Kind::kFloat : Kind::kInteger;
}

Kind KindOfSuffix(char suffix) {
  if (suffix == 'f' || suffix == 'h') return Kind::kFloat;
  return suffix == 'i' || suffix == 'u' ? Kind::kInteger : Kind::kUnknown;
}

// Built-in functions that return one kind whatever they are given.
Kind KindOfBuiltin(std::string_view name) {
  constexpr std::string_view kInteger[] = {"arrayLength", "dot4I8Packed", "dot4U8Packed"};
  if (std::ranges::count(kInteger, name) != 0) return Kind::kInteger;
  if (name.starts_with("atomic") || name.starts_with("pack") || name.ends_with("U8") ||
      name.ends_with("I8")) {
    return Kind::kInteger;
  }
  return name.starts_with("unpack") ? Kind::kFloat : Kind::kUnknown;
}

}  // namespace

const Guess* Guesser::Find(std::string_view name) const {
  for (size_t i = locals_.size(); i > 0; --i) {
    if (locals_[i - 1].name == name) return &locals_[i - 1].guess;
  }
  return nullptr;
}

void Guesser::Declare(const Variable& variable) {
  const Guess guess = OfVariable(variable);
  locals_.push_back({variable.name, guess});
}

void Guesser::Declare(std::string_view name, const Expr& type) {
  locals_.push_back({name, OfType(type)});
}

Guess Guesser::OfVariable(const Variable& variable) const {
  if (variable.type) return OfType(*variable.type);
  Guess guess;
  if (variable.value) guess = Of(*variable.value);
  // What holds an abstract number is concrete, unless it is a const.
  if (guess.kind == Kind::kAbstract && variable.kind != VariableKind::kConst) {
    guess.kind = Kind::kInteger;
  }
  return guess;
}

Guess Guesser::OfType(const Expr& written, int depth) const {
  constexpr int kMaxDepth = 64;  // aliases may nest without end
  const Result<const Expr*> resolved = names_.Resolve(written);
  if (!resolved.ok() || depth > kMaxDepth) return {};
  const Expr& type = **resolved;
  Guess out{.type = &type};
  if (names_.Find(type.text) != nullptr) return out;
  if (const std::optional<ScalarType> scalar = ScalarTypeOf(names_, type)) {
    out.kind = *scalar == ScalarType::kBool ? Kind::kBool
               : IsFloat(*scalar)           ? Kind::kFloat
                                            : Kind::kInteger;
  } else if (type.text == "array" || type.text == "atomic" || type.text.starts_with("vec") ||
             type.text.starts_with("mat")) {
    out.kind = type.template_args.empty() ? KindOfSuffix(type.text.back())
                                          : OfType(type.template_args[0], depth + 1).kind;
  } else if (type.text == "ptr" && type.template_args.size() >= 2) {
    out.kind = OfType(type.template_args[1], depth + 1).kind;
  }
  return out;
}

Guess Guesser::OfName(const Expr& expr) const {
  if (const Guess* local = Find(expr.text)) return *local;
  const auto* variable = names_.FindAs<Variable>(expr.text);
  if (variable == nullptr) return {};
  if (variable->type) return OfType(*variable->type);
  // A default that names others is not followed: they could go round in a circle.
  if (!variable->value || variable->value->kind != ExprKind::kLiteral) return {};
  return OfVariable(*variable);
}

Guess Guesser::OfMember(const Expr& expr) const {
  const Guess base = Of(expr.operands[0]);
  if (base.type == nullptr) return {.kind = base.kind};
  const auto* declaration = names_.FindAs<Struct>(base.type->text);
  if (declaration == nullptr) return {.kind = base.kind};
  for (const Field& member : declaration->members) {
    if (member.name == expr.text) return OfType(member.type);
  }
  return {};
}

Guess Guesser::OfCall(const Expr& expr) const {
  if (const auto* function = names_.FindAs<Function>(expr.text)) {
    return function->return_type ? OfType(*function->return_type) : Guess{};
  }
  if (expr.text == "bitcast" && expr.template_args.size() == 1) {
    return OfType(expr.template_args[0]);
  }
  // A value constructor; the template list is part of the type.
  if (names_.Find(expr.text) != nullptr) {
    const Alias* alias = names_.FindAs<Alias>(expr.text);
    return alias == nullptr ? Guess{} : OfType(alias->type);
  }
  const Guess type = OfType(expr);
  if (type.kind != Kind::kUnknown) return {.kind = type.kind};
  const Kind fixed = KindOfBuiltin(expr.text);
  if (fixed != Kind::kUnknown || expr.operands.empty()) return {.kind = fixed};
  // Most others return what they are given (min, abs, fma, dot, subgroupShuffle, ...).
  Kind kind = Of(expr.operands[0]).kind;
  if (kind == Kind::kAbstract && expr.operands.size() > 1) kind = Of(expr.operands[1]).kind;
  const bool reduces_bool = expr.text == "all" || expr.text == "any";
  return {.kind = reduces_bool ? Kind::kBool : kind};
}

Guess Guesser::Of(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return {.kind = KindOfLiteral(expr.text)};
    case ExprKind::kName:
      return OfName(expr);
    case ExprKind::kCall:
      return OfCall(expr);
    case ExprKind::kMember:
      return OfMember(expr);
    case ExprKind::kIndex: {
      const Guess base = Of(expr.operands[0]);
      const Expr* element = base.type == nullptr ? nullptr : ElementOf(names_, *base.type);
      return element == nullptr ? Guess{.kind = base.kind} : OfType(*element);
    }
    case ExprKind::kUnary: {
      const Guess operand = Of(expr.operands[0]);
      const bool points = operand.type != nullptr && operand.type->text == "ptr" &&
                          operand.type->template_args.size() >= 2;
      if (expr.op == Op::kDereference && points) return OfType(operand.type->template_args[1]);
      return operand;
    }
    case ExprKind::kBinary: {
      if (expr.op >= Op::kLess && expr.op <= Op::kNotEqual) return {.kind = Kind::kBool};
      const Kind left = Of(expr.operands[0]).kind;
      const bool shift = expr.op == Op::kShiftLeft || expr.op == Op::kShiftRight;
      if (shift || left == Kind::kInteger || left == Kind::kFloat || left == Kind::kBool) {
        return {.kind = left};
      }
      return {.kind = Of(expr.operands[1]).kind};
    }
  }
  return {};
}

}  // namespace ingot::wgsl
