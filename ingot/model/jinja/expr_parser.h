// The expressions of a template: Jinja's grammar and precedence. The statement parser builds on it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/jinja/lexer.h"
#include "ingot/model/jinja/tree.h"

namespace ingot::model::jinja {

class ExprParser {
 protected:
  ExprParser(std::vector<Token> tokens, std::string_view name, const Limits& limits)
      : tokens_(std::move(tokens)), name_(name), limits_(limits) {}

  // An expression, or several with commas between them, which make a tuple.
  Result<ExprPtr> Tuple(bool with_condition = true);
  Result<ExprPtr> Expression(bool with_condition = true);
  // `name(args)|name(args)...`; the first one's bar is already consumed.
  Result<std::vector<ExprPtr>> FilterChain();

  const Token& Peek(size_t ahead = 0) const;
  const Token& Next();
  bool IsOperator(std::string_view op) const;
  bool IsWord(std::string_view word) const;
  bool SkipOperator(std::string_view op);
  bool SkipWord(std::string_view word);
  Status ExpectOperator(std::string_view op);
  Status ExpectWord(std::string_view word);
  Status Expect(TokenKind kind, std::string_view what);
  Result<std::string> ExpectName();
  Status Error(std::string_view what) const { return ErrorAt(Peek().line, what); }
  Status ErrorAt(int line, std::string_view what) const;
  Status Unexpected(std::string_view expected) const;
  Status Enter();  // one level of nesting; Leave() must follow
  void Leave() { --nesting_; }

 private:
  using Rule = Result<ExprPtr> (ExprParser::*)();
  Result<ExprPtr> Or();
  Result<ExprPtr> And();
  Result<ExprPtr> Not();
  Result<ExprPtr> Compare();
  Result<ExprPtr> Sum();
  Result<ExprPtr> Concat();
  Result<ExprPtr> Product();
  Result<ExprPtr> Power();
  Result<ExprPtr> Unary() { return UnaryWith(/*with_filters=*/true); }
  Result<ExprPtr> UnaryWith(bool with_filters);
  Result<ExprPtr> Primary();
  Result<ExprPtr> NumberLiteral(const Token& token);
  Result<ExprPtr> ListLiteral();
  Result<ExprPtr> DictLiteral();
  Result<ExprPtr> Postfix(ExprPtr expr);
  Result<ExprPtr> Subscript(ExprPtr expr);
  Result<ExprPtr> FiltersAndTests(ExprPtr expr);
  Result<ExprPtr> Filter(ExprPtr subject);
  Result<ExprPtr> Test(ExprPtr subject);
  Status CallArgs(Expr& call);
  Result<ExprPtr> LeftToRight(Rule operand, std::initializer_list<std::string_view> ops);

  ExprPtr Make(ExprKind kind, int line) const;
  // Checks the depth of a node whose operands are complete.
  Result<ExprPtr> Done(ExprPtr expr) const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::string_view name_;
  Limits limits_;
  size_t nesting_ = 0;
};

}  // namespace ingot::model::jinja
