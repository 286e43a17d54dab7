#include "ingot/kernels/header_expr.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>

#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

constexpr uint32_t kMaxDepth = 64;
constexpr std::array<std::string_view, 7> kFacts = {
    "shared", "invocations", "subgroup_min", "subgroup_max", "f16", "subgroups", "exact_unpack"};

// The binary operators, loosest first; comparisons do not chain.
struct Level {
  std::array<std::string_view, 6> operators;
  bool chains;
};
constexpr Level kLevels[] = {
    {{"or"}, true}, {{"and"}, true},    {{"==", "!=", "<=", ">=", "<", ">"}, false},
    {{"&"}, true},  {{"+", "-"}, true}, {{"*", "/", "%"}, true},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

HeaderExpr Call(std::string_view what, std::vector<HeaderExpr> operands) {
  return {
      .kind = HeaderExprKind::kCall, .text = std::string(what), .operands = std::move(operands)};
}
HeaderExpr Number(int64_t value) { return {.number = value}; }

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) { Next(); }

  Result<HeaderExpr> Whole() {
    INGOT_ASSIGN(HeaderExpr expr, Choice());
    if (!token_.empty()) return Expected("an operator");
    return expr;
  }

  Result<std::vector<HeaderExpr>> Grid() {
    std::vector<HeaderExpr> axes;
    do {
      in_grid_ = axes.empty();
      INGOT_ASSIGN(HeaderExpr axis, Choice());
      axes.push_back(std::move(axis));
    } while (Accept(","));
    if (!token_.empty()) return Expected("an operator");
    if (axes.size() > 3) {
      return Status(Code::kInvalidArgument, StrCat("axes (", axes.size(), ") are more than 3"));
    }
    return axes;
  }

 private:
  void Next() {
    rest_ = Trim(rest_);
    size_t length = rest_.empty() ? 0 : 1;
    if (length == 1 && (IsLetter(rest_[0]) || IsDigit(rest_[0]))) {
      while (length < rest_.size() && (IsLetter(rest_[length]) || IsDigit(rest_[length]))) ++length;
    } else if (rest_.size() > 1 && rest_[1] == '=' &&
               std::string_view("=!<>").find(rest_[0]) != std::string_view::npos) {
      length = 2;
    }
    token_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
  }
  bool Accept(std::string_view token) {
    if (token_ != token) return false;
    Next();
    return true;
  }
  Status Expected(std::string_view what) const {
    return Status(Code::kInvalidArgument,
                  StrCat("found (", token_.empty() ? "the end" : token_, "), expected ", what));
  }

  Result<HeaderExpr> Choice() {
    if (++depth_ > kMaxDepth) {
      return Status(Code::kInvalidArgument, StrCat("nested deeper than (", kMaxDepth, ")"));
    }
    Result<HeaderExpr> expr = OpenChoice();
    --depth_;
    return expr;
  }
  Result<HeaderExpr> OpenChoice() {
    INGOT_ASSIGN(HeaderExpr condition, Binary(kLevels));
    if (!Accept("?")) return condition;
    INGOT_ASSIGN(HeaderExpr yes, Choice());
    if (!Accept(":")) return Expected("':'");
    INGOT_ASSIGN(HeaderExpr no, Choice());
    return Call("?", {std::move(condition), std::move(yes), std::move(no)});
  }

  Result<HeaderExpr> Binary(std::span<const Level> levels) {
    if (levels.empty()) return Unary();
    INGOT_ASSIGN(HeaderExpr left, Binary(levels.subspan(1)));
    for (uint32_t terms = 1;; ++terms) {
      const auto& operators = levels[0].operators;
      auto it = std::ranges::find(operators, token_);
      if (token_.empty() || it == operators.end() || (terms > 1 && !levels[0].chains)) return left;
      if (terms > kMaxDepth) {
        return Status(Code::kInvalidArgument, StrCat("more than (", kMaxDepth, ") terms"));
      }
      Next();
      INGOT_ASSIGN(HeaderExpr right, Binary(levels.subspan(1)));
      left = Call(*it, {std::move(left), std::move(right)});
    }
  }

  Result<HeaderExpr> Unary() {
    if (++depth_ > kMaxDepth) {
      return Status(Code::kInvalidArgument, StrCat("nested deeper than (", kMaxDepth, ")"));
    }
    Result<HeaderExpr> expr = OpenUnary();
    --depth_;
    return expr;
  }
  Result<HeaderExpr> OpenUnary() {
    if (Accept("not")) {
      INGOT_ASSIGN(HeaderExpr operand, Unary());
      return Call("not", {std::move(operand)});
    }
    if (Accept("-")) {
      INGOT_ASSIGN(HeaderExpr operand, Unary());
      return Call("-", {Number(0), std::move(operand)});
    }
    if (Accept("(")) {
      INGOT_ASSIGN(HeaderExpr inner, Choice());
      if (!Accept(")")) return Expected("')'");
      return inner;
    }
    if (token_.empty() || (!IsLetter(token_[0]) && !IsDigit(token_[0]))) {
      return Expected("a number or a name");
    }
    const std::string_view token = token_;
    if (IsDigit(token[0])) {
      const std::optional<int64_t> value = ParseInt(token);
      if (!value) return Expected("a whole number");
      Next();
      return Number(*value);
    }
    if (token == "or" || token == "and") return Expected("a number or a name");
    Next();
    if (token == "true" || token == "false") return Number(token == "true" ? 1 : 0);
    if (token_ == "(") return Function(token);
    return HeaderExpr{.kind = HeaderExprKind::kName, .text = std::string(token)};
  }

  Result<HeaderExpr> Function(std::string_view name) {
    const std::vector<std::string> known = {"ceil", "min", "max", "linear"};
    if (std::ranges::find(known, name) == known.end()) {
      return Status(Code::kInvalidArgument,
                    StrCat("unknown function (", name, ")", NearestHint(name, known)));
    }
    if (name == "linear" && !in_grid_) {
      return Status(Code::kInvalidArgument, "linear stands on the first axis of a grid only");
    }
    Next();
    std::vector<HeaderExpr> operands;
    do {
      INGOT_ASSIGN(HeaderExpr operand, Choice());
      operands.push_back(std::move(operand));
    } while (Accept(","));
    if (!Accept(")")) return Expected("')'");
    const size_t wanted = name == "linear" ? 1 : 2;
    if (operands.size() != wanted) {
      return Status(Code::kInvalidArgument,
                    StrCat(name, " takes (", wanted, ") arguments, not (", operands.size(), ")"));
    }
    return Call(name, std::move(operands));
  }

  std::string_view rest_;
  std::string_view token_;
  bool in_grid_ = false;
  uint32_t depth_ = 0;
};

// Whether `linear` stands where only a whole axis may: below nothing but `?`.
bool LinearIsWholeAxis(const HeaderExpr& axis, bool whole) {
  if (axis.IsCall("linear") && !whole) return false;
  for (size_t i = 0; i < axis.operands.size(); ++i) {
    if (!LinearIsWholeAxis(axis.operands[i], whole && axis.IsCall("?") && i > 0)) return false;
  }
  return true;
}

int PrecedenceOf(const HeaderExpr& expr) {
  constexpr int kTight = std::size(kLevels);
  if (expr.kind != HeaderExprKind::kCall) return kTight;
  if (expr.text == "?") return -1;
  for (int level = 0; level < kTight; ++level) {
    const auto& operators = kLevels[level].operators;
    if (std::ranges::find(operators, expr.text) != operators.end()) return level;
  }
  return kTight;
}

std::string PrintAt(const HeaderExpr& expr, int precedence) {
  const std::string text = Print(expr);
  return PrecedenceOf(expr) < precedence ? StrCat("(", text, ")") : text;
}

Status Overflow() { return Status(Code::kInvalidArgument, "a number does not fit 64 bits"); }

Result<int64_t> Divide(std::string_view what, int64_t a, int64_t b) {
  if (b == 0) return Status(Code::kInvalidArgument, StrCat("(", a, ") is divided by 0"));
  if (b == -1 && a == std::numeric_limits<int64_t>::min()) return Overflow();
  if (what == "%") return a % b;
  const int64_t quotient = a / b;
  const bool up = what == "ceil" && a % b != 0 && (a < 0) == (b < 0);
  return quotient + (up ? 1 : 0);
}

Result<int64_t> Apply(std::string_view what, int64_t a, int64_t b) {
  int64_t out = 0;
  if (what == "+") return __builtin_add_overflow(a, b, &out) ? Result<int64_t>(Overflow()) : out;
  if (what == "-") return __builtin_sub_overflow(a, b, &out) ? Result<int64_t>(Overflow()) : out;
  if (what == "*") return __builtin_mul_overflow(a, b, &out) ? Result<int64_t>(Overflow()) : out;
  if (what == "/" || what == "%" || what == "ceil") return Divide(what, a, b);
  if (what == "min") return std::min(a, b);
  if (what == "max") return std::max(a, b);
  if (what == "&") return a & b;
  if (what == "==") return a == b;
  if (what == "!=") return a != b;
  if (what == "<") return a < b;
  if (what == "<=") return a <= b;
  if (what == ">") return a > b;
  INGOT_CHECK(what == ">=");
  return a >= b;
}

}  // namespace

Result<HeaderExpr> ParseHeaderExpr(std::string_view text) { return Reader(text).Whole(); }

Result<std::vector<HeaderExpr>> ParseGrid(std::string_view text) {
  INGOT_ASSIGN(std::vector<HeaderExpr> axes, Reader(text).Grid());
  if (!LinearIsWholeAxis(axes[0], true)) {
    return Status(Code::kInvalidArgument, "linear is a part of an axis, not the whole");
  }
  return axes;
}

std::string Print(const HeaderExpr& expr) {
  if (expr.kind == HeaderExprKind::kNumber) return StrCat(expr.number);
  if (expr.kind == HeaderExprKind::kName) return expr.text;
  const int precedence = PrecedenceOf(expr);
  const auto& operands = expr.operands;
  if (expr.text == "?") {
    return StrCat(PrintAt(operands[0], 0), " ? ", Print(operands[1]), " : ", Print(operands[2]));
  }
  if (expr.text == "not") {
    return StrCat("not ", PrintAt(operands[0], precedence));
  }
  if (precedence < static_cast<int>(std::size(kLevels))) {
    const int left = kLevels[precedence].chains ? precedence : precedence + 1;
    return StrCat(PrintAt(operands[0], left), " ", expr.text, " ",
                  PrintAt(operands[1], precedence + 1));
  }
  std::vector<std::string> texts;
  for (const HeaderExpr& operand : operands) texts.push_back(Print(operand));
  return StrCat(expr.text, "(", Join(texts, ", "), ")");
}

Result<int64_t> Evaluate(const HeaderExpr& expr, const HeaderNumbers& numbers) {
  if (expr.kind == HeaderExprKind::kNumber) return expr.number;
  if (expr.kind == HeaderExprKind::kName) {
    auto it = numbers.find(expr.text);
    if (it == numbers.end()) {
      return Status(Code::kNotFound, StrCat("(", expr.text, ") has no value"));
    }
    return it->second;
  }
  INGOT_ASSIGN(const int64_t first, Evaluate(expr.operands[0], numbers));
  if (expr.text == "?") return Evaluate(expr.operands[first != 0 ? 1 : 2], numbers);
  if (expr.text == "not") return first == 0;
  if (expr.text == "linear") return first;
  if (expr.text == "or" && first != 0) return 1;
  if (expr.text == "and" && first == 0) return 0;
  INGOT_ASSIGN(const int64_t second, Evaluate(expr.operands[1], numbers));
  if (expr.text == "or" || expr.text == "and") return second != 0;
  return Apply(expr.text, first, second);
}

std::vector<std::string> NamesIn(const HeaderExpr& expr) {
  if (expr.kind == HeaderExprKind::kName) return {expr.text};
  std::vector<std::string> names;
  for (const HeaderExpr& operand : expr.operands) {
    for (std::string& name : NamesIn(operand)) names.push_back(std::move(name));
  }
  return names;
}

Result<Groups> EvaluateGrid(const std::vector<HeaderExpr>& grid, const HeaderNumbers& numbers) {
  INGOT_CHECK(!grid.empty());
  const HeaderExpr* first = &grid[0];
  while (first->IsCall("?")) {
    INGOT_ASSIGN(const int64_t condition, Evaluate(first->operands[0], numbers));
    first = &first->operands[condition != 0 ? 1 : 2];
  }
  std::array<int64_t, 3> axes = {1, 1, 1};
  for (size_t i = 0; i < grid.size(); ++i) {
    INGOT_ASSIGN(axes[i], Evaluate(i == 0 ? *first : grid[i], numbers));
    if (axes[i] < 0) {
      return Status(Code::kInvalidArgument,
                    StrCat("workgroups (", axes[i], ") on axis ", i, " are negative"));
    }
  }
  if (first->IsCall("linear")) {
    if (axes[1] != 1) {
      return Status(Code::kInvalidArgument,
                    StrCat("axis 1 beside linear is (", axes[1], "), not 1"));
    }
    axes[1] = std::max<int64_t>(1, (axes[0] - 1) / kMaxGroups + 1);
    axes[0] = (axes[0] + axes[1] - 1) / axes[1];
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] <= kMaxGroups) continue;
    return Status(Code::kInvalidArgument, StrCat("workgroups (", axes[i], ") on axis ", i,
                                                 " are more than (", kMaxGroups, ")"));
  }
  return Groups{static_cast<uint32_t>(axes[0]), static_cast<uint32_t>(axes[1]),
                static_cast<uint32_t>(axes[2])};
}

void AddFacts(const DeviceFacts& facts, HeaderNumbers* numbers) {
  (*numbers)["shared"] = facts.max_workgroup_bytes;
  (*numbers)["invocations"] = facts.max_workgroup_invocations;
  (*numbers)["subgroup_min"] = facts.subgroup_min;
  (*numbers)["subgroup_max"] = facts.subgroup_max;
  (*numbers)["f16"] = facts.Has("f16") ? 1 : 0;
  (*numbers)["subgroups"] = facts.Has("subgroups") ? 1 : 0;
  (*numbers)["exact_unpack"] = facts.Has("exact_unpack") ? 1 : 0;
}

bool IsFact(std::string_view name) { return std::ranges::find(kFacts, name) != kFacts.end(); }

}  // namespace ingot::kernels
