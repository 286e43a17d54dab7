#include "ingot/wgsl/literal.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "ingot/base/half.h"
#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

Status NoValue(std::string_view value, ScalarType type) {
  return Status(Code::kInvalidArgument, StrCat("number (", value, ") does not fit ", Name(type)));
}

bool Fits(ScalarType type, int64_t value) {
  switch (type) {
    case ScalarType::kBool:
      return value == 0 || value == 1;
    case ScalarType::kI32:
      return value >= std::numeric_limits<int32_t>::min() &&
             value <= std::numeric_limits<int32_t>::max();
    case ScalarType::kU32:
      return value >= 0 && value <= std::numeric_limits<uint32_t>::max();
    case ScalarType::kAbstractInt:
    case ScalarType::kAbstractFloat:
    case ScalarType::kF32:
    case ScalarType::kF16:
      return true;
  }
  return false;
}

// Rounded as the type rounds; infinite where the type has no such value.
double Rounded(ScalarType type, double value) {
  if (type == ScalarType::kF32) return static_cast<double>(static_cast<float>(value));
  if (type != ScalarType::kF16) return value;
  // Rounding to f32 first could move a value onto a tie of f16, so the cut is made to odd.
  float single = static_cast<float>(value);
  if (static_cast<double>(single) != value && std::isfinite(single)) {
    uint32_t bits = std::bit_cast<uint32_t>(single);
    if (std::fabs(static_cast<double>(single)) > std::fabs(value)) --bits;
    single = std::bit_cast<float>(bits | 1u);
  }
  return static_cast<double>(F16ToF32(F32ToF16(single)));
}

// `text` is the literal without suffix. What no double holds becomes 0 or infinity.
double ReadDouble(std::string_view text, bool hex) {
  if (hex) text.remove_prefix(2);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value,
                      hex ? std::chars_format::hex : std::chars_format::general);
  if (error != std::errc::result_out_of_range) return value;
  const bool exponent = text.find_first_of(hex ? "pP" : "eE") != std::string_view::npos;
  const bool small =
      exponent ? text.find('-') != std::string_view::npos : text[0] == '0' || text[0] == '.';
  return small ? 0 : std::numeric_limits<double>::infinity();
}

}  // namespace

std::string_view Name(ScalarType type) {
  switch (type) {
    case ScalarType::kBool:
      return "bool";
    case ScalarType::kAbstractInt:
      return "abstract int";
    case ScalarType::kI32:
      return "i32";
    case ScalarType::kU32:
      return "u32";
    case ScalarType::kAbstractFloat:
      return "abstract float";
    case ScalarType::kF32:
      return "f32";
    case ScalarType::kF16:
      return "f16";
  }
  return {};
}

Result<Scalar> MakeScalar(ScalarType type, int64_t value) {
  if (IsFloat(type)) return MakeScalar(type, static_cast<double>(value));
  if (!Fits(type, value)) return NoValue(StrCat(value), type);
  return Scalar{type, value, 0};
}

Result<Scalar> MakeScalar(ScalarType type, double value) {
  if (IsFloat(type)) {
    const double rounded = Rounded(type, value);
    if (!std::isfinite(rounded)) return NoValue(StrCat(value), type);
    return Scalar{type, 0, rounded};
  }
  // 2^63 itself is the first double beyond i64.
  if (value != std::trunc(value) || value < -0x1p63 || value >= 0x1p63) {
    return NoValue(StrCat(value), type);
  }
  return MakeScalar(type, static_cast<int64_t>(value));
}

Result<Scalar> ReadNumber(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const bool is_float = text.find('.') != std::string_view::npos ||
                        text.find_first_of(hex ? "pP" : "eEfh") != std::string_view::npos;
  if (is_float) {
    std::string_view digits = text;
    ScalarType type = ScalarType::kAbstractFloat;
    // Only an exponent ends the digits of a hexadecimal number, so only then can a suffix follow.
    if (!hex || digits.find_first_of("pP") != std::string_view::npos) {
      if (digits.back() == 'f') type = ScalarType::kF32;
      if (digits.back() == 'h') type = ScalarType::kF16;
      if (type != ScalarType::kAbstractFloat) digits.remove_suffix(1);
    }
    const double value = ReadDouble(digits, hex);
    const Result<Scalar> scalar = MakeScalar(type, value);
    if (!scalar.ok()) return NoValue(text, type);
    if (hex && scalar->number != value) {
      return Status(Code::kInvalidArgument,
                    StrCat("number (", text, ") is not exactly an ", Name(type)));
    }
    return scalar;
  }
  std::string_view digits = text.substr(hex ? 2 : 0);
  ScalarType type = ScalarType::kAbstractInt;
  if (digits.back() == 'i') type = ScalarType::kI32;
  if (digits.back() == 'u') type = ScalarType::kU32;
  if (type != ScalarType::kAbstractInt) digits.remove_suffix(1);
  int64_t value = 0;
  for (char c : digits) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (__builtin_mul_overflow(value, hex ? 16 : 10, &value) ||
        __builtin_add_overflow(value, digit, &value)) {
      return NoValue(text, type);
    }
  }
  if (!Fits(type, value)) return NoValue(text, type);
  return Scalar{type, value, 0};
}

}  // namespace ingot::wgsl
