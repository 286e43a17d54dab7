#include "ingot/ir/passes/header_size.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot::ir {
namespace {

using kernels::HeaderExpr;
using kernels::HeaderExprKind;
using program::Size;

// `expr` as a number, where no symbol enters into it.
Result<Size> Constant(const HeaderExpr& expr, const HeaderSizes& names) {
  kernels::HeaderNumbers numbers;
  for (const std::string& name : kernels::NamesIn(expr)) {
    auto it = names.find(name);
    if (it == names.end()) continue;
    INGOT_ASSIGN(const Size value, SizeOf({.kind = HeaderExprKind::kName, .text = name}, names));
    if (!value.IsConstant()) {
      return Status(Code::kUnsupported, StrCat("(", kernels::Print(expr), ") depends on (", name,
                                               " = ", value.Print(), "), which each run changes"));
    }
    INGOT_ASSIGN(const uint64_t number, value.Evaluate({}));
    numbers[name] = static_cast<int64_t>(number);
  }
  INGOT_ASSIGN(const int64_t number, kernels::Evaluate(expr, numbers));
  if (number >= 0) return Size(static_cast<uint64_t>(number));
  return Status(Code::kInvalidArgument,
                StrCat("(", kernels::Print(expr), ") is negative (", number, ")"));
}

bool IsArithmetic(const HeaderExpr& expr) {
  return std::ranges::any_of(std::array{"+", "-", "*", "ceil", "min", "max", "linear"},
                             [&](const char* name) { return expr.IsCall(name); });
}

// The operand that a condition picks.
Result<const HeaderExpr*> Picked(const HeaderExpr& expr, const HeaderSizes& names) {
  const HeaderExpr* picked = &expr;
  while (picked->IsCall("?")) {
    INGOT_ASSIGN(const Size condition, Constant(picked->operands[0], names));
    picked = &picked->operands[condition == Size(0) ? 2 : 1];
  }
  return picked;
}

}  // namespace

Result<Size> SizeOf(const HeaderExpr& expr, const HeaderSizes& names) {
  if (expr.kind == HeaderExprKind::kName) {
    auto it = names.find(expr.text);
    if (it != names.end()) return it->second;
    return Status(Code::kNotFound, StrCat("(", expr.text, ") has no value"));
  }
  if (expr.IsCall("?")) {
    INGOT_ASSIGN(const HeaderExpr* picked, Picked(expr, names));
    return SizeOf(*picked, names);
  }
  if (!IsArithmetic(expr)) return Constant(expr, names);
  std::vector<Size> operands;
  for (const HeaderExpr& operand : expr.operands) {
    INGOT_ASSIGN(Size size, SizeOf(operand, names));
    operands.push_back(std::move(size));
  }
  if (expr.IsCall("linear")) return operands[0];
  // A sign.
  if (operands.size() == 1) return Constant(expr, names);
  if (expr.IsCall("+")) return operands[0] + operands[1];
  if (expr.IsCall("-")) return operands[0] - operands[1];
  if (expr.IsCall("*")) return operands[0] * operands[1];
  if (expr.IsCall("ceil")) return Size::CeilDiv(operands[0], operands[1]);
  if (expr.IsCall("min")) return Size::Min(operands[0], operands[1]);
  return Size::Max(operands[0], operands[1]);
}

Result<std::array<Size, 3>> GridOf(const std::vector<HeaderExpr>& grid, const HeaderSizes& names) {
  std::array<Size, 3> axes = {1, 1, 1};
  if (grid.empty()) return axes;
  INGOT_ASSIGN(const HeaderExpr* first, Picked(grid[0], names));
  for (size_t i = 0; i < grid.size(); ++i) {
    INGOT_ASSIGN(axes[i], SizeOf(i == 0 ? *first : grid[i], names).At(StrCat("axis ", i)));
  }
  if (!first->IsCall("linear")) return axes;
  if (axes[1] != Size(1)) {
    return Status(Code::kInvalidArgument,
                  StrCat("axis 1 beside linear is (", axes[1].Print(), "), not 1"));
  }
  const Size count = axes[0];
  axes[1] = Size::Max(1, Size::CeilDiv(count, kernels::kMaxGroups));
  axes[0] = Size::CeilDiv(count, axes[1]);
  return axes;
}

}  // namespace ingot::ir
