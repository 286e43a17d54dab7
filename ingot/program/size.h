// Size: a number that may depend on the symbols of a run, as a small expression that prints, parses
// and compares. Grammar of the text: integers, symbols, `+ - *`, `ceil(a, b)` (rounded-up
// quotient), `min(a, b)`, `max(a, b)`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot::program {

// What a Program's sizes may depend on.
struct Symbols {
  uint64_t tokens = 1;    // rows of this run
  uint64_t outputs = 1;   // trailing rows whose logits are wanted, 1 <= outputs <= tokens
  uint64_t capacity = 0;  // positions that the KV cache and the RoPE tables hold
  bool operator==(const Symbols&) const = default;
};

class Size {
 public:
  Size() : Size(0) {}
  Size(uint64_t constant);  // NOLINT(google-explicit-constructor): a number is a size
  static Size Tokens();
  static Size Outputs();
  static Size Capacity();

  friend Size operator+(const Size& a, const Size& b);
  friend Size operator-(const Size& a, const Size& b);
  friend Size operator*(const Size& a, const Size& b);
  static Size CeilDiv(const Size& a, const Size& b);
  static Size Min(const Size& a, const Size& b);
  static Size Max(const Size& a, const Size& b);

  bool IsConstant() const;
  // Fails on overflow, on a negative result and on division by zero, printing the expression.
  Result<uint64_t> Evaluate(const Symbols& symbols) const;
  std::string Print() const;
  static Result<Size> Parse(std::string_view text);
  // Structural equality after constant folding.
  friend bool operator==(const Size& a, const Size& b);

 private:
  struct Node;
  explicit Size(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

}  // namespace ingot::program
