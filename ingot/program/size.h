// Size: a number that may depend on the symbols of a run, as a small expression that prints, parses
// and compares. Grammar of the text: integers, symbols, `+ - *`, brackets, `ceil(a, b)` (rounded-up
// quotient), `min(a, b)`, `max(a, b)`. Constants are folded and neutral operands dropped while an
// expression is built, so that what is built and what is parsed compare equal.
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

// Immutable and cheap to copy.
class Size {
 public:
  // Of one expression, shared parts counted as often as they are used. Building beyond either is a
  // broken promise; Parse refuses it.
  static constexpr uint32_t kMaxOperations = 4096;
  static constexpr uint32_t kMaxDepth = 256;

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
  // Fails on overflow, on a negative result and on division by zero: `size (tokens - 5): 1 - 5 is
  // negative`.
  Result<uint64_t> Evaluate(const Symbols& symbols) const;
  // Parse(Print()) is equal.
  std::string Print() const;
  // `size (TEXT): what was expected at column COLUMN`.
  static Result<Size> Parse(std::string_view text);
  // Structural equality after constant folding.
  friend bool operator==(const Size& a, const Size& b);

 private:
  friend class SizeParser;
  enum class Op : uint8_t;
  struct Node;
  static Size Make(Op op, const Size& a, const Size& b);
  explicit Size(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

}  // namespace ingot::program
