#include "ingot/model/jinja/expr_parser.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"

namespace ingot::model::jinja {
namespace {

std::string Describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kData:
    case TokenKind::kBlockBegin:
    case TokenKind::kPrintBegin:
      return "text";
    case TokenKind::kBlockEnd:
      return "end of tag (%})";
    case TokenKind::kPrintEnd:
      return "end of tag (}})";
    case TokenKind::kString:
      return "string";
    case TokenKind::kName:
    case TokenKind::kInt:
    case TokenKind::kFloat:
    case TokenKind::kOperator:
      return StrCat("(", token.text, ")");
    case TokenKind::kEnd:
      break;
  }
  return "end of template";
}

}  // namespace

const Token& ExprParser::Peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& ExprParser::Next() {
  const Token& token = Peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool ExprParser::IsOperator(std::string_view op) const {
  return Peek().kind == TokenKind::kOperator && Peek().text == op;
}

bool ExprParser::IsWord(std::string_view word) const {
  return Peek().kind == TokenKind::kName && Peek().text == word;
}

bool ExprParser::SkipOperator(std::string_view op) {
  if (!IsOperator(op)) return false;
  Next();
  return true;
}

bool ExprParser::SkipWord(std::string_view word) {
  if (!IsWord(word)) return false;
  Next();
  return true;
}

Status ExprParser::ErrorAt(int line, std::string_view what) const {
  return Status(Code::kInvalidArgument, StrCat(name_, ":", line, ": ", what));
}

Status ExprParser::Unexpected(std::string_view expected) const {
  return Error(StrCat("unexpected ", Describe(Peek()), ", expected ", expected));
}

Status ExprParser::ExpectOperator(std::string_view op) {
  return SkipOperator(op) ? Status() : Unexpected(StrCat("(", op, ")"));
}

Status ExprParser::ExpectWord(std::string_view word) {
  return SkipWord(word) ? Status() : Unexpected(StrCat("(", word, ")"));
}

Status ExprParser::Expect(TokenKind kind, std::string_view what) {
  if (Peek().kind != kind) return Unexpected(what);
  Next();
  return Status();
}

Result<std::string> ExprParser::ExpectName() {
  if (Peek().kind != TokenKind::kName) return Unexpected("a name");
  return Next().text;
}

Status ExprParser::Enter() {
  if (++nesting_ <= limits_.depth) return Status();
  return Error(StrCat("the template nests deeper than the limit (", limits_.depth, ")"));
}

ExprPtr ExprParser::Make(ExprKind kind, int line) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->line = line;
  return expr;
}

Result<ExprPtr> ExprParser::Done(ExprPtr expr) const {
  const auto include = [&expr](const ExprPtr& part) {
    if (part != nullptr) expr->depth = std::max(expr->depth, part->depth + 1);
  };
  for (const ExprPtr& arg : expr->args) include(arg);
  for (const auto& named : expr->named) include(named.second);
  if (expr->depth > limits_.depth) {
    return ErrorAt(expr->line,
                   StrCat("the expression nests deeper than the limit (", limits_.depth, ")"));
  }
  return expr;
}

Result<ExprPtr> ExprParser::Tuple(bool with_condition) {
  const int line = Peek().line;
  INGOT_ASSIGN(ExprPtr first, Expression(with_condition));
  if (!IsOperator(",")) return first;
  ExprPtr tuple = Make(ExprKind::kTuple, line);
  tuple->args.push_back(std::move(first));
  while (SkipOperator(",")) {
    const TokenKind kind = Peek().kind;
    if (kind == TokenKind::kBlockEnd || kind == TokenKind::kPrintEnd || IsOperator(")")) break;
    INGOT_ASSIGN(ExprPtr next, Expression(with_condition));
    tuple->args.push_back(std::move(next));
  }
  return Done(std::move(tuple));
}

Result<ExprPtr> ExprParser::Expression(bool with_condition) {
  INGOT_TRY(Enter());
  INGOT_ASSIGN(ExprPtr expr, Or());
  while (with_condition && IsWord("if")) {
    ExprPtr condition = Make(ExprKind::kCondition, Next().line);
    condition->args.push_back(std::move(expr));
    INGOT_ASSIGN(ExprPtr test, Or());
    condition->args.push_back(std::move(test));
    ExprPtr otherwise;
    if (SkipWord("else")) {
      INGOT_ASSIGN(otherwise, Expression());
    }
    condition->args.push_back(std::move(otherwise));
    INGOT_ASSIGN(expr, Done(std::move(condition)));
  }
  Leave();
  return expr;
}

Result<ExprPtr> ExprParser::Or() {
  INGOT_ASSIGN(ExprPtr left, And());
  while (IsWord("or")) {
    ExprPtr expr = Make(ExprKind::kOr, Next().line);
    INGOT_ASSIGN(ExprPtr right, And());
    expr->args.push_back(std::move(left));
    expr->args.push_back(std::move(right));
    INGOT_ASSIGN(left, Done(std::move(expr)));
  }
  return left;
}

Result<ExprPtr> ExprParser::And() {
  INGOT_ASSIGN(ExprPtr left, Not());
  while (IsWord("and")) {
    ExprPtr expr = Make(ExprKind::kAnd, Next().line);
    INGOT_ASSIGN(ExprPtr right, Not());
    expr->args.push_back(std::move(left));
    expr->args.push_back(std::move(right));
    INGOT_ASSIGN(left, Done(std::move(expr)));
  }
  return left;
}

Result<ExprPtr> ExprParser::Not() {
  if (!IsWord("not")) return Compare();
  INGOT_TRY(Enter());
  ExprPtr expr = Make(ExprKind::kNot, Next().line);
  INGOT_ASSIGN(ExprPtr operand, Not());
  expr->args.push_back(std::move(operand));
  Leave();
  return Done(std::move(expr));
}

Result<ExprPtr> ExprParser::Compare() {
  static constexpr std::string_view kOps[] = {"==", "!=", "<", "<=", ">", ">="};
  ExprPtr compare = Make(ExprKind::kCompare, Peek().line);
  INGOT_ASSIGN(ExprPtr first, Sum());
  compare->args.push_back(std::move(first));
  while (true) {
    const bool negated = IsWord("not") && Peek(1).kind == TokenKind::kName && Peek(1).text == "in";
    const bool compares =
        Peek().kind == TokenKind::kOperator &&
        std::find(std::begin(kOps), std::end(kOps), Peek().text) != std::end(kOps);
    if (!compares && !negated && !IsWord("in")) break;
    std::string op = Next().text;
    if (negated) {
      Next();
      op = "not in";
    }
    compare->ops.push_back(std::move(op));
    INGOT_ASSIGN(ExprPtr next, Sum());
    compare->args.push_back(std::move(next));
  }
  if (compare->ops.empty()) return std::move(compare->args[0]);
  return Done(std::move(compare));
}

Result<ExprPtr> ExprParser::LeftToRight(Rule operand, std::initializer_list<std::string_view> ops) {
  INGOT_ASSIGN(ExprPtr left, (this->*operand)());
  while (std::any_of(ops.begin(), ops.end(), [this](auto op) { return IsOperator(op); })) {
    Token op = Next();
    ExprPtr expr = Make(ExprKind::kBinary, op.line);
    expr->name = std::move(op.text);
    INGOT_ASSIGN(ExprPtr right, (this->*operand)());
    expr->args.push_back(std::move(left));
    expr->args.push_back(std::move(right));
    INGOT_ASSIGN(left, Done(std::move(expr)));
  }
  return left;
}

Result<ExprPtr> ExprParser::Sum() { return LeftToRight(&ExprParser::Concat, {"+", "-"}); }

Result<ExprPtr> ExprParser::Concat() {
  INGOT_ASSIGN(ExprPtr first, Product());
  if (!IsOperator("~")) return first;
  ExprPtr concat = Make(ExprKind::kConcat, Peek().line);
  concat->args.push_back(std::move(first));
  while (SkipOperator("~")) {
    INGOT_ASSIGN(ExprPtr next, Product());
    concat->args.push_back(std::move(next));
  }
  return Done(std::move(concat));
}

Result<ExprPtr> ExprParser::Product() {
  return LeftToRight(&ExprParser::Power, {"*", "/", "//", "%"});
}

Result<ExprPtr> ExprParser::Power() { return LeftToRight(&ExprParser::Unary, {"**"}); }

Result<ExprPtr> ExprParser::UnaryWith(bool with_filters) {
  ExprPtr expr;
  if (IsOperator("-") || IsOperator("+")) {
    INGOT_TRY(Enter());
    const bool negates = IsOperator("-");
    ExprPtr unary = Make(negates ? ExprKind::kNegate : ExprKind::kPlus, Next().line);
    INGOT_ASSIGN(ExprPtr operand, UnaryWith(/*with_filters=*/false));
    unary->args.push_back(std::move(operand));
    INGOT_ASSIGN(expr, Done(std::move(unary)));
    Leave();
  } else {
    INGOT_ASSIGN(expr, Primary());
  }
  INGOT_ASSIGN(expr, Postfix(std::move(expr)));
  if (!with_filters) return expr;
  return FiltersAndTests(std::move(expr));
}

}  // namespace ingot::model::jinja
