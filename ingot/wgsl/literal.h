// The value of a numeric literal.
#pragma once

#include <cstdint>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot::wgsl {

// Scalar types; an abstract one is what a literal without suffix has.
enum class ScalarType : uint8_t { kBool, kAbstractInt, kI32, kU32, kAbstractFloat, kF32, kF16 };
std::string_view Name(ScalarType type);
inline bool IsInteger(ScalarType type) {
  return type == ScalarType::kAbstractInt || type == ScalarType::kI32 || type == ScalarType::kU32;
}
inline bool IsFloat(ScalarType type) { return type >= ScalarType::kAbstractFloat; }

// A constant: `integer` of bool (0 or 1) and integer types, `number` of float types.
struct Scalar {
  ScalarType type = ScalarType::kAbstractInt;
  int64_t integer = 0;
  double number = 0;
  double AsDouble() const { return IsFloat(type) ? number : static_cast<double>(integer); }
  bool operator==(const Scalar&) const = default;
};

// A number of `type`: rounded to it if it is a float type, checked if not. Fails, without a place,
// on what the type cannot hold: `4294967296 is not a u32`.
Result<Scalar> MakeScalar(ScalarType type, double value);
Result<Scalar> MakeScalar(ScalarType type, int64_t value);

// REQUIRES: `text` has the form of a numeric literal. Fails, without a place, on a value that its
// type cannot hold.
Result<Scalar> ReadNumber(std::string_view text);

}  // namespace ingot::wgsl
