// Literals, names, and what may follow a value: attributes, subscripts, calls, filters, tests.
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/expr_parser.h"
#include "ingot/model/jinja/function.h"

namespace ingot::model::jinja {

Result<ExprPtr> ExprParser::NumberLiteral(const Token& token) {
  ExprPtr expr = Make(ExprKind::kConst, token.line);
  if (token.kind == TokenKind::kInt) {
    const std::optional<int64_t> value = ParseInt(token.text);
    if (!value.has_value()) return ErrorAt(token.line, StrCat("bad integer (", token.text, ")"));
    expr->value = Value(*value);
  } else {
    const std::optional<double> value = ParseDouble(token.text);
    if (!value.has_value()) return ErrorAt(token.line, StrCat("bad number (", token.text, ")"));
    expr->value = Value(*value);
  }
  return expr;
}

Result<ExprPtr> ExprParser::Primary() {
  const Token& token = Peek();
  if (token.kind == TokenKind::kInt || token.kind == TokenKind::kFloat) {
    return NumberLiteral(Next());
  }
  if (token.kind == TokenKind::kString) {
    ExprPtr expr = Make(ExprKind::kConst, token.line);
    std::string text;
    while (Peek().kind == TokenKind::kString) text += Next().text;
    expr->value = Value(Text(text));
    return expr;
  }
  if (token.kind == TokenKind::kName) {
    ExprPtr expr = Make(ExprKind::kConst, token.line);
    const std::string name = Next().text;
    if (name == "true" || name == "True") {
      expr->value = Value(true);
    } else if (name == "false" || name == "False") {
      expr->value = Value(false);
    } else if (name == "none" || name == "None") {
      expr->value = Value(None{});
    } else {
      expr->kind = ExprKind::kName;
      expr->name = name;
    }
    return expr;
  }
  if (IsOperator("[")) return ListLiteral();
  if (IsOperator("{")) return DictLiteral();
  if (!IsOperator("(")) return Unexpected("an expression");
  ExprPtr empty = Make(ExprKind::kTuple, Next().line);
  if (SkipOperator(")")) return empty;
  INGOT_ASSIGN(ExprPtr inner, Tuple());
  INGOT_TRY(ExpectOperator(")"));
  return inner;
}

Result<ExprPtr> ExprParser::ListLiteral() {
  ExprPtr list = Make(ExprKind::kList, Next().line);
  while (!IsOperator("]")) {
    if (!list->args.empty()) {
      INGOT_TRY(ExpectOperator(","));
      if (IsOperator("]")) break;
    }
    INGOT_ASSIGN(ExprPtr item, Expression());
    list->args.push_back(std::move(item));
  }
  Next();
  return Done(std::move(list));
}

Result<ExprPtr> ExprParser::DictLiteral() {
  ExprPtr dict = Make(ExprKind::kDict, Next().line);
  while (!IsOperator("}")) {
    if (!dict->args.empty()) {
      INGOT_TRY(ExpectOperator(","));
      if (IsOperator("}")) break;
    }
    INGOT_ASSIGN(ExprPtr key, Expression());
    INGOT_TRY(ExpectOperator(":"));
    INGOT_ASSIGN(ExprPtr value, Expression());
    dict->args.push_back(std::move(key));
    dict->args.push_back(std::move(value));
  }
  Next();
  return Done(std::move(dict));
}

Result<ExprPtr> ExprParser::Postfix(ExprPtr expr) {
  while (true) {
    const int line = Peek().line;
    if (SkipOperator(".")) {
      if (Peek().kind == TokenKind::kInt) {
        INGOT_ASSIGN(ExprPtr index, NumberLiteral(Next()));
        ExprPtr item = Make(ExprKind::kItem, line);
        item->args.push_back(std::move(expr));
        item->args.push_back(std::move(index));
        INGOT_ASSIGN(expr, Done(std::move(item)));
        continue;
      }
      ExprPtr attribute = Make(ExprKind::kAttribute, line);
      INGOT_ASSIGN(attribute->name, ExpectName());
      attribute->args.push_back(std::move(expr));
      INGOT_ASSIGN(expr, Done(std::move(attribute)));
    } else if (IsOperator("[")) {
      INGOT_ASSIGN(expr, Subscript(std::move(expr)));
    } else if (IsOperator("(")) {
      ExprPtr call = Make(ExprKind::kCall, line);
      call->args.push_back(std::move(expr));
      INGOT_TRY(CallArgs(*call));
      INGOT_ASSIGN(expr, Done(std::move(call)));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> ExprParser::Subscript(ExprPtr expr) {
  const int line = Next().line;
  ExprPtr bounds[3];
  size_t colons = 0;
  while (!IsOperator("]")) {
    if (SkipOperator(":")) {
      if (++colons > 2) return Error("a slice has more than three parts");
    } else if (bounds[colons] != nullptr) {
      return Unexpected("(])");
    } else {
      INGOT_ASSIGN(bounds[colons], Expression());
    }
  }
  Next();
  if (colons == 0 && bounds[0] == nullptr) return ErrorAt(line, "a subscript is empty");
  ExprPtr item = Make(colons == 0 ? ExprKind::kItem : ExprKind::kSlice, line);
  item->args.push_back(std::move(expr));
  item->args.push_back(std::move(bounds[0]));
  if (colons > 0) {
    item->args.push_back(std::move(bounds[1]));
    item->args.push_back(std::move(bounds[2]));
  }
  return Done(std::move(item));
}

Status ExprParser::CallArgs(Expr& call) {
  INGOT_TRY(ExpectOperator("("));
  bool first = true;
  while (!IsOperator(")")) {
    if (!first) {
      INGOT_TRY(ExpectOperator(","));
      if (IsOperator(")")) break;
    }
    first = false;
    if (IsOperator("*")) {
      ExprPtr spread = Make(ExprKind::kSpread, Next().line);
      INGOT_ASSIGN(ExprPtr list, Expression());
      spread->args.push_back(std::move(list));
      INGOT_ASSIGN(spread, Done(std::move(spread)));
      call.args.push_back(std::move(spread));
      continue;
    }
    const bool is_named = Peek().kind == TokenKind::kName && Peek(1).kind == TokenKind::kOperator &&
                          Peek(1).text == "=";
    if (!is_named && !call.named.empty()) return Error("a plain argument follows a named one");
    std::string name;
    if (is_named) {
      name = Next().text;
      Next();
    }
    INGOT_ASSIGN(ExprPtr value, Expression());
    if (is_named) {
      call.named.emplace_back(std::move(name), std::move(value));
    } else {
      call.args.push_back(std::move(value));
    }
  }
  Next();
  return Status();
}

Result<ExprPtr> ExprParser::FiltersAndTests(ExprPtr expr) {
  while (true) {
    if (SkipOperator("|")) {
      INGOT_ASSIGN(expr, Filter(std::move(expr)));
    } else if (SkipWord("is")) {
      INGOT_ASSIGN(expr, Test(std::move(expr)));
    } else if (IsOperator("(")) {
      ExprPtr call = Make(ExprKind::kCall, Peek().line);
      call->args.push_back(std::move(expr));
      INGOT_TRY(CallArgs(*call));
      INGOT_ASSIGN(expr, Done(std::move(call)));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> ExprParser::Filter(ExprPtr subject) {
  ExprPtr filter = Make(ExprKind::kFilter, Peek().line);
  INGOT_ASSIGN(filter->name, ExpectName());
  if (!HasFilter(filter->name)) {
    return ErrorAt(filter->line, StrCat("unknown filter (", filter->name, ")",
                                        NearestHint(filter->name, FilterNames())));
  }
  filter->args.push_back(std::move(subject));
  if (IsOperator("(")) INGOT_TRY(CallArgs(*filter));
  return Done(std::move(filter));
}

Result<std::vector<ExprPtr>> ExprParser::FilterChain() {
  std::vector<ExprPtr> chain;
  do {
    INGOT_ASSIGN(ExprPtr filter, Filter(nullptr));
    chain.push_back(std::move(filter));
  } while (SkipOperator("|"));
  return chain;
}

Result<ExprPtr> ExprParser::Test(ExprPtr subject) {
  const int line = Peek().line;
  const bool negated = SkipWord("not");
  ExprPtr test = Make(ExprKind::kTest, line);
  INGOT_ASSIGN(test->name, ExpectName());
  if (!HasTest(test->name)) {
    return ErrorAt(line,
                   StrCat("unknown test (", test->name, ")", NearestHint(test->name, TestNames())));
  }
  test->args.push_back(std::move(subject));
  const TokenKind kind = Peek().kind;
  const bool ends = IsWord("else") || IsWord("or") || IsWord("and") || IsWord("if") ||
                    IsWord("is") || IsWord("not") || IsWord("in") || IsWord("recursive");
  if (IsOperator("(")) {
    INGOT_TRY(CallArgs(*test));
  } else if (!ends &&
             (kind == TokenKind::kName || kind == TokenKind::kString || kind == TokenKind::kInt ||
              kind == TokenKind::kFloat || IsOperator("[") || IsOperator("{"))) {
    INGOT_ASSIGN(ExprPtr arg, Primary());
    INGOT_ASSIGN(arg, Postfix(std::move(arg)));
    test->args.push_back(std::move(arg));
  }
  INGOT_ASSIGN(test, Done(std::move(test)));
  if (!negated) return test;
  ExprPtr inverse = Make(ExprKind::kNot, line);
  inverse->args.push_back(std::move(test));
  return Done(std::move(inverse));
}

}  // namespace ingot::model::jinja
