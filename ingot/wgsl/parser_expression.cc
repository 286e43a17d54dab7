// Expressions by the grammar's levels: no `&&` beside `||`, and shifts and bitwise operators take
// unary operands only, so that nobody has to know by heart which of them binds closer.
#include <algorithm>

#include "ingot/base/text.h"
#include "ingot/wgsl/parser.h"

namespace ingot::wgsl {
namespace {

bool IsBitwise(Op op) { return op == Op::kAnd || op == Op::kOr || op == Op::kXor; }
bool IsLogical(Op op) { return op == Op::kLogicalAnd || op == Op::kLogicalOr; }
bool IsRelational(Op op) { return op >= Op::kLess && op <= Op::kNotEqual; }
bool IsShift(Op op) { return op == Op::kShiftLeft || op == Op::kShiftRight; }
bool IsAdditive(Op op) { return op == Op::kAdd || op == Op::kSub; }
bool IsMultiplicative(Op op) { return op >= Op::kMul && op <= Op::kMod; }

Op UnaryOp(std::string_view text) {
  for (Op op : {Op::kNegate, Op::kNot, Op::kComplement, Op::kDereference, Op::kAddressOf}) {
    if (Spelling(op) == text) return op;
  }
  return Op::kNone;
}

}  // namespace

void Parser::Grow(uint32_t below, Place place) {
  height_ = below + 1;
  if (height_ > kMaxHeight) {
    Fail(place, StrCat("expression is higher than (", kMaxHeight, ") operators"));
  }
}

Op Parser::BinaryAhead() const {
  if (!IsKind(TokenKind::kSymbol)) return Op::kNone;
  // Asked at every level for every token, most of which end an expression.
  if (std::string_view("*/%+-<>=!&^|").find(Ahead().text[0]) == std::string_view::npos) {
    return Op::kNone;
  }
  for (int op = static_cast<int>(Op::kMul); op <= static_cast<int>(Op::kLogicalOr); ++op) {
    if (Spelling(static_cast<Op>(op)) == Ahead().text) return static_cast<Op>(op);
  }
  return Op::kNone;
}

Expr Parser::Combine(Op op, Expr left, Expr (Parser::*operand)()) {
  Expr out{.kind = ExprKind::kBinary, .op = op, .place = Take().place};
  const uint32_t left_height = height_;
  out.operands.reserve(2);
  out.operands.push_back(std::move(left));
  out.operands.push_back((this->*operand)());
  Grow(std::max(left_height, height_), out.place);
  return out;
}

Expr Parser::MultiplicativeFrom(Expr left) {
  for (Op op = BinaryAhead(); IsMultiplicative(op); op = BinaryAhead()) {
    left = Combine(op, std::move(left), &Parser::ParseUnary);
  }
  return left;
}

Expr Parser::ParseMultiplicative() { return MultiplicativeFrom(ParseUnary()); }

Expr Parser::ParseNegatedMultiplicative() {
  return MultiplicativeFrom(ParseNegated(Ahead().place));
}

Expr Parser::AdditiveFrom(Expr left) {
  left = MultiplicativeFrom(std::move(left));
  for (;;) {
    if (const Op op = BinaryAhead(); IsAdditive(op)) {
      left = Combine(op, std::move(left), &Parser::ParseMultiplicative);
    } else if (Is("--")) {  // two signs, as everywhere in expressions
      left = Combine(Op::kSub, std::move(left), &Parser::ParseNegatedMultiplicative);
    } else {
      return left;
    }
  }
}

Expr Parser::ShiftFrom(Expr left) {
  const Op op = BinaryAhead();
  if (IsShift(op)) return Combine(op, std::move(left), &Parser::ParseUnary);
  return AdditiveFrom(std::move(left));
}

Expr Parser::ParseShiftOperand() { return ShiftFrom(ParseUnary()); }

Expr Parser::RelationalFrom(Expr left) {
  left = ShiftFrom(std::move(left));
  const Op op = BinaryAhead();
  if (IsRelational(op)) return Combine(op, std::move(left), &Parser::ParseShiftOperand);
  return left;
}

Expr Parser::ParseRelational() { return RelationalFrom(ParseUnary()); }

Expr Parser::ParseExpression() {
  const Level level(this);
  Expr left = ParseUnary();
  if (const Op op = BinaryAhead(); IsBitwise(op)) {
    while (BinaryAhead() == op) left = Combine(op, std::move(left), &Parser::ParseUnary);
  } else {
    left = RelationalFrom(std::move(left));
    if (const Op logical = BinaryAhead(); IsLogical(logical)) {
      while (BinaryAhead() == logical) {
        left = Combine(logical, std::move(left), &Parser::ParseRelational);
      }
    }
  }
  if (const Op next = BinaryAhead(); next != Op::kNone) {
    Fail(Ahead().place, StrCat("(", Spelling(next), ") after (", Spelling(left.op),
                               ") needs parentheses around one of them"));
  }
  return left;
}

Expr Parser::ParseNegated(Place place) {
  const Level level(this);
  Expr out{.kind = ExprKind::kUnary, .op = Op::kNegate, .place = place};
  out.operands.push_back(ParseUnary());
  Grow(height_, out.place);
  return out;
}

Expr Parser::ParseUnary() {
  const Op op = IsKind(TokenKind::kSymbol) ? UnaryOp(Ahead().text) : Op::kNone;
  const bool twice = Is("--");
  if (op == Op::kNone && !twice) return ParsePostfix(ParsePrimary());
  const Level level(this);
  Expr out{.kind = ExprKind::kUnary, .op = twice ? Op::kNegate : op, .place = Take().place};
  out.operands.push_back(twice ? ParseNegated(out.place) : ParseUnary());
  Grow(height_, out.place);
  return out;
}

Expr Parser::ParsePostfix(Expr base) {
  for (;;) {
    Expr out{.place = Ahead().place};
    const uint32_t base_height = height_;
    height_ = 0;
    if (TakeIf(".")) {
      out.kind = ExprKind::kMember;
      out.text = ExpectName("a member");
      out.operands.push_back(std::move(base));
    } else if (TakeIf("[")) {
      out.kind = ExprKind::kIndex;
      out.operands.reserve(2);
      out.operands.push_back(std::move(base));
      out.operands.push_back(ParseExpression());
      Expect("]");
    } else {
      height_ = base_height;
      return base;
    }
    Grow(std::max(base_height, height_), out.place);
    base = std::move(out);
  }
}

Expr Parser::ParsePrimary() {
  height_ = 0;
  Expr out{.place = Ahead().place};
  if (IsKind(TokenKind::kNumber) || Is("true") || Is("false")) {
    out.kind = ExprKind::kLiteral;
    out.text = Take().text;
    return out;
  }
  if (TakeIf("(")) {
    out = ParseExpression();
    Expect(")");
    return out;
  }
  if (!IsKind(TokenKind::kIdentifier)) {
    FailExpected("an expression");
    return out;
  }
  out = ParseTypeSpecifier();
  const uint32_t below = height_;
  if (Is("(")) {
    out.kind = ExprKind::kCall;
    out.operands = ParseArguments();
    Grow(std::max(below, height_), out.place);
  }
  return out;
}

Expr Parser::ParseTypeSpecifier() {
  Expr out{.kind = ExprKind::kName, .place = Ahead().place};
  out.text = ExpectName("a type");
  height_ = 0;
  if (IsKind(TokenKind::kTemplateOpen)) {
    out.template_args = ParseTemplateArgs();
    Grow(height_, out.place);
  }
  return out;
}

std::vector<Expr> Parser::ParseArguments() {
  std::vector<Expr> args;
  uint32_t height = 0;
  Expect("(");
  while (!Is(")") && !Failed()) {
    args.push_back(ParseExpression());
    height = std::max(height, height_);
    if (!TakeIf(",") && !Is(")")) FailExpected("(,) or ())");
  }
  Expect(")");
  height_ = height;
  return args;
}

std::vector<Expr> Parser::ParseTemplateArgs() {
  std::vector<Expr> args;
  uint32_t height = 0;
  if (!IsKind(TokenKind::kTemplateOpen)) return args;
  Take();
  do {
    args.push_back(ParseExpression());
    height = std::max(height, height_);
  } while (TakeIf(",") && !IsKind(TokenKind::kTemplateClose));
  if (!IsKind(TokenKind::kTemplateClose)) FailExpected("(,) or (>)");
  Take();
  height_ = height;
  return args;
}

}  // namespace ingot::wgsl
