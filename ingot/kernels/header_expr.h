// The small expressions of header lines: whole numbers, overrides, uniforms and device facts.
// Parsed once, evaluated whenever their names have values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"

namespace ingot::kernels {

enum class HeaderExprKind : uint8_t { kNumber, kName, kCall };

struct HeaderExpr {
  HeaderExprKind kind = HeaderExprKind::kNumber;
  int64_t number = 0;  // bool is 0 or 1
  // A name, or what is applied: `? or and not == != < <= > >= & + - * / %`, `ceil min max linear`.
  // `?` has condition, value and other value.
  std::string text;
  std::vector<HeaderExpr> operands;
  bool operator==(const HeaderExpr&) const = default;

  bool IsCall(std::string_view what) const { return kind == HeaderExprKind::kCall && text == what; }
};

// The values of the names that an expression may have.
using HeaderNumbers = std::map<std::string, int64_t, std::less<>>;

// Fails, without a place, with `found (X), expected Y`. `linear` stands in grids only.
Result<HeaderExpr> ParseHeaderExpr(std::string_view text);
// `A, B`: one to three axes, of which the first may be `linear(n)`.
Result<std::vector<HeaderExpr>> ParseGrid(std::string_view text);
// With every bracket that the order of operators asks for. Reads back equal.
std::string Print(const HeaderExpr& expr);

// Only the operand that `?` picks is evaluated; `/` and `%` cut towards zero, `ceil(a, b)` is a / b
// rounded up. Fails with kNotFound on a name without value, kInvalidArgument on a division by zero
// and on what 64 bits cannot hold.
Result<int64_t> Evaluate(const HeaderExpr& expr, const HeaderNumbers& numbers);

// The names in the expression, in the order of the text, with repeats.
std::vector<std::string> NamesIn(const HeaderExpr& expr);

// Workgroups on three axes. `linear(n)` is folded into two: an axis ends at `kMaxGroups`. Fails on
// a negative count and on more than an axis holds.
struct Groups {
  uint32_t x = 1, y = 1, z = 1;
  bool operator==(const Groups&) const = default;
};
constexpr int64_t kMaxGroups = 65535;
Result<Groups> EvaluateGrid(const std::vector<HeaderExpr>& grid, const HeaderNumbers& numbers);

// Adds the facts that expressions may name: shared, invocations, subgroup_min, subgroup_max, f16,
// subgroups, exact_unpack.
void AddFacts(const DeviceFacts& facts, HeaderNumbers* numbers);
bool IsFact(std::string_view name);

}  // namespace ingot::kernels
