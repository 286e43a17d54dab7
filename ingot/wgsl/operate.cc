#include "ingot/wgsl/operate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

Status Fault(std::string_view what) { return Status(Code::kInvalidArgument, std::string(what)); }

Scalar Bool(bool value) { return {ScalarType::kBool, value ? 1 : 0, 0}; }

// Concrete integers wrap.
Scalar Wrapped(ScalarType type, uint64_t bits) {
  if (type == ScalarType::kI32) {
    return {type, static_cast<int32_t>(static_cast<uint32_t>(bits)), 0};
  }
  return {type, static_cast<int64_t>(static_cast<uint32_t>(bits)), 0};
}

// Both operands in one type, the more concrete one.
Status Unify(Op op, Scalar* left, Scalar* right) {
  if (left->type == right->type) return {};
  Result<Scalar> converted = Convert(*left, right->type);
  if (converted.ok()) {
    *left = *converted;
    return {};
  }
  converted = Convert(*right, left->type);
  if (!converted.ok()) {
    return Fault(StrCat("(", Spelling(op), ") of ", Name(left->type), " and ", Name(right->type)));
  }
  *right = *converted;
  return {};
}

Status NoOperator(Op op, ScalarType type) {
  return Fault(StrCat("(", Spelling(op), ") of ", Name(type)));
}

Result<Scalar> Shift(Op op, const Scalar& left, const Scalar& right) {
  const bool amount_fits = right.type == ScalarType::kU32 || right.type == ScalarType::kAbstractInt;
  if (!IsInteger(left.type) || !amount_fits) {
    return Fault(StrCat("(", Spelling(op), ") of ", Name(left.type), " and ", Name(right.type)));
  }
  const int64_t width = left.type == ScalarType::kAbstractInt ? 64 : 32;
  if (right.integer < 0 || right.integer >= width) {
    return Fault(StrCat("shift (", right.integer, ") is not below the width (", width, ")"));
  }
  const auto amount = static_cast<uint32_t>(right.integer);
  if (op == Op::kShiftRight) return Scalar{left.type, left.integer >> amount, 0};
  const auto shifted = static_cast<int64_t>(static_cast<uint64_t>(left.integer) << amount);
  const Scalar out = left.type == ScalarType::kAbstractInt
                         ? Scalar{left.type, shifted, 0}
                         : Wrapped(left.type, static_cast<uint64_t>(shifted));
  // Signed numbers must keep every bit that goes, as the sign; unsigned ones may lose none.
  if (out.integer >> amount != left.integer) {
    return Fault(StrCat("(", left.integer, " << ", amount, ") overflows ", Name(left.type)));
  }
  return out;
}

Result<Scalar> Compare(Op op, const Scalar& left, const Scalar& right) {
  const bool is_float = IsFloat(left.type);
  const bool less = is_float ? left.number < right.number : left.integer < right.integer;
  const bool equal = is_float ? left.number == right.number : left.integer == right.integer;
  if (op == Op::kEqual) return Bool(equal);
  if (op == Op::kNotEqual) return Bool(!equal);
  if (left.type == ScalarType::kBool) return NoOperator(op, left.type);
  if (op == Op::kLess) return Bool(less);
  if (op == Op::kLessEqual) return Bool(less || equal);
  return Bool(op == Op::kGreater ? !less && !equal : !less);
}

Result<Scalar> FloatArithmetic(Op op, ScalarType type, double left, double right) {
  double value = 0;
  if (op == Op::kAdd) {
    value = left + right;
  } else if (op == Op::kSub) {
    value = left - right;
  } else if (op == Op::kMul) {
    value = left * right;
  } else if (op == Op::kDiv) {
    value = left / right;
  } else if (op == Op::kMod) {
    value = std::fmod(left, right);
  } else {
    return NoOperator(op, type);
  }
  if (!std::isfinite(value)) {
    return Fault(StrCat("(", left, " ", Spelling(op), " ", right, ") is not finite"));
  }
  return MakeScalar(type, value);
}

Result<Scalar> IntegerArithmetic(Op op, ScalarType type, int64_t left, int64_t right) {
  int64_t value = 0;
  bool overflow = false;
  if (op == Op::kAdd) {
    overflow = __builtin_add_overflow(left, right, &value);
  } else if (op == Op::kSub) {
    overflow = __builtin_sub_overflow(left, right, &value);
  } else if (op == Op::kMul) {
    overflow = __builtin_mul_overflow(left, right, &value);
  } else if (op == Op::kAnd) {
    value = left & right;
  } else if (op == Op::kOr) {
    value = left | right;
  } else if (op == Op::kXor) {
    value = left ^ right;
  } else if (op == Op::kDiv || op == Op::kMod) {
    if (right == 0) return Fault(StrCat("(", left, " ", Spelling(op), " 0) divides by zero"));
    const int64_t lowest = type == ScalarType::kI32 ? std::numeric_limits<int32_t>::min()
                                                    : std::numeric_limits<int64_t>::min();
    overflow = type != ScalarType::kU32 && left == lowest && right == -1;
    if (!overflow) value = op == Op::kDiv ? left / right : left % right;
  } else {
    return NoOperator(op, type);
  }
  const bool must_hold = type == ScalarType::kAbstractInt || op == Op::kDiv || op == Op::kMod;
  if (overflow && must_hold) {
    return Fault(StrCat("(", left, " ", Spelling(op), " ", right, ") overflows ", Name(type)));
  }
  if (type == ScalarType::kAbstractInt) return Scalar{type, value, 0};
  return Wrapped(type, static_cast<uint64_t>(value));
}

}  // namespace

ScalarType Concrete(ScalarType type) {
  if (type == ScalarType::kAbstractInt) return ScalarType::kI32;
  return type == ScalarType::kAbstractFloat ? ScalarType::kF32 : type;
}

Result<Scalar> Convert(const Scalar& value, ScalarType type) {
  if (value.type == type) return value;
  if (value.type == ScalarType::kAbstractInt && type != ScalarType::kBool) {
    return MakeScalar(type, value.integer);
  }
  const bool to_float = IsFloat(type);
  if (value.type == ScalarType::kAbstractFloat && to_float) return MakeScalar(type, value.number);
  return Fault(StrCat("value is ", Name(value.type), ", not ", Name(type)));
}

Result<Scalar> Cast(const Scalar& value, ScalarType type) {
  if (type == ScalarType::kBool) {
    return Bool(IsFloat(value.type) ? value.number != 0 : value.integer != 0);
  }
  if (IsFloat(type)) return MakeScalar(type, value.AsDouble());
  if (value.type == ScalarType::kAbstractInt) return MakeScalar(type, value.integer);
  if (!IsFloat(value.type)) return Wrapped(type, static_cast<uint64_t>(value.integer));
  const bool is_signed = type == ScalarType::kI32;
  const double low = is_signed ? -0x1p31 : 0;
  const double high = is_signed ? 0x1p31 - 1 : 0x1p32 - 1;
  return MakeScalar(type, std::clamp(std::trunc(value.number), low, high));
}

Result<Scalar> Operate(Op op, const Scalar& value) {
  if (op == Op::kNot && value.type == ScalarType::kBool) return Bool(value.integer == 0);
  if (op == Op::kNegate && IsFloat(value.type)) return Scalar{value.type, 0, -value.number};
  if (op == Op::kNegate && value.type == ScalarType::kI32) {
    return Wrapped(value.type, 0 - static_cast<uint64_t>(value.integer));
  }
  if (op == Op::kNegate && value.type == ScalarType::kAbstractInt) {
    return IntegerArithmetic(Op::kSub, value.type, 0, value.integer);
  }
  if (op == Op::kComplement && value.type == ScalarType::kAbstractInt) {
    return Scalar{value.type, ~value.integer, 0};
  }
  if (op == Op::kComplement && IsInteger(value.type)) {
    return Wrapped(value.type, ~static_cast<uint64_t>(value.integer));
  }
  return NoOperator(op, value.type);
}

Result<Scalar> Operate(Op op, const Scalar& left, const Scalar& right) {
  if (op == Op::kShiftLeft || op == Op::kShiftRight) return Shift(op, left, right);
  Scalar a = left;
  Scalar b = right;
  INGOT_TRY(Unify(op, &a, &b));
  if (op >= Op::kLess && op <= Op::kNotEqual) return Compare(op, a, b);
  if (a.type == ScalarType::kBool) {
    const bool conjunction = op == Op::kAnd || op == Op::kLogicalAnd;
    if (conjunction) return Bool((a.integer & b.integer) != 0);
    if (op == Op::kOr || op == Op::kLogicalOr) return Bool((a.integer | b.integer) != 0);
    return NoOperator(op, a.type);
  }
  if (IsFloat(a.type)) return FloatArithmetic(op, a.type, a.number, b.number);
  return IntegerArithmetic(op, a.type, a.integer, b.integer);
}

namespace {

struct Builtin {
  std::string_view name;
  size_t args;
  Result<Scalar> (*call)(std::span<const Scalar> args);  // of one type
};

Result<Scalar> NoFunction(std::string_view name, ScalarType type) {
  return Fault(StrCat(name, " of ", Name(type)));
}

Result<Scalar> Minimum(std::span<const Scalar> args) {
  INGOT_ASSIGN(const Scalar less, Compare(Op::kLess, args[1], args[0]));
  return args[less.integer == 1 ? 1 : 0];
}
Result<Scalar> Maximum(std::span<const Scalar> args) {
  INGOT_ASSIGN(const Scalar less, Compare(Op::kLess, args[0], args[1]));
  return args[less.integer == 1 ? 1 : 0];
}
Result<Scalar> Clamp(std::span<const Scalar> args) {
  INGOT_ASSIGN(const Scalar raised, Maximum(args.first(2)));
  const Scalar both[] = {raised, args[2]};
  return Minimum(both);
}
Result<Scalar> Absolute(std::span<const Scalar> args) {
  const bool negative = IsFloat(args[0].type) ? args[0].number < 0 : args[0].integer < 0;
  if (args[0].type == ScalarType::kBool) return NoFunction("abs", args[0].type);
  return negative ? Operate(Op::kNegate, args[0]) : args[0];
}
Result<Scalar> Floor(std::span<const Scalar> args) {
  if (!IsFloat(args[0].type)) return NoFunction("floor", args[0].type);
  return Scalar{args[0].type, 0, std::floor(args[0].number)};
}
Result<Scalar> Ceil(std::span<const Scalar> args) {
  if (!IsFloat(args[0].type)) return NoFunction("ceil", args[0].type);
  return Scalar{args[0].type, 0, std::ceil(args[0].number)};
}
// Bits of a concrete integer.
Result<Scalar> OfBits(std::string_view name, const Scalar& value, int (*count)(uint32_t)) {
  INGOT_ASSIGN(const Scalar concrete, Convert(value, Concrete(value.type)));
  if (!IsInteger(concrete.type)) return NoFunction(name, value.type);
  return Wrapped(concrete.type,
                 static_cast<uint64_t>(int64_t{count(static_cast<uint32_t>(concrete.integer))}));
}
Result<Scalar> CountOneBits(std::span<const Scalar> args) {
  return OfBits("countOneBits", args[0], [](uint32_t bits) { return std::popcount(bits); });
}
Result<Scalar> FirstTrailingBit(std::span<const Scalar> args) {
  return OfBits("firstTrailingBit", args[0],
                [](uint32_t bits) { return bits == 0 ? -1 : std::countr_zero(bits); });
}
Result<Scalar> FirstLeadingBit(std::span<const Scalar> args) {
  Scalar value = args[0];
  // Of a negative number: the first bit that is not the sign.
  if (value.type != ScalarType::kU32 && IsInteger(value.type) && value.integer < 0) {
    value.integer = ~value.integer;
  }
  return OfBits("firstLeadingBit", value,
                [](uint32_t bits) { return bits == 0 ? -1 : 31 - std::countl_zero(bits); });
}

constexpr Builtin kBuiltins[] = {
    {"abs", 1, Absolute},
    {"ceil", 1, Ceil},
    {"clamp", 3, Clamp},
    {"countOneBits", 1, CountOneBits},
    {"firstLeadingBit", 1, FirstLeadingBit},
    {"firstTrailingBit", 1, FirstTrailingBit},
    {"floor", 1, Floor},
    {"max", 2, Maximum},
    {"min", 2, Minimum},
};

}  // namespace

Result<Scalar> CallBuiltin(std::string_view name, std::span<const Scalar> args) {
  if (name == "select" && args.size() == 3) {
    if (args[2].type != ScalarType::kBool) return NoFunction(name, args[2].type);
    Scalar values[] = {args[0], args[1]};
    INGOT_TRY(Unify(Op::kEqual, &values[0], &values[1]));
    return values[args[2].integer];
  }
  for (const Builtin& builtin : kBuiltins) {
    if (builtin.name != name) continue;
    if (builtin.args != args.size()) {
      return Fault(StrCat(name, " of (", args.size(), ") values, not (", builtin.args, ")"));
    }
    std::vector<Scalar> unified(args.begin(), args.end());
    for (size_t i = 1; i < unified.size(); ++i) {
      INGOT_TRY(Unify(Op::kEqual, &unified[0], &unified[i]).At(name));
    }
    // A later argument may have made the first more concrete.
    for (size_t i = 1; i < unified.size(); ++i) {
      INGOT_TRY(Unify(Op::kEqual, &unified[0], &unified[i]).At(name));
    }
    return builtin.call(unified);
  }
  return Fault(StrCat("call of (", name, ") is no constant that is known here"));
}

}  // namespace ingot::wgsl
