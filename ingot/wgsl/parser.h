// What the two halves of the parser share: a cursor over tokens, and one sticky failure.
// After the first fault the cursor stands at the end for good, so that every loop ends; Parse then
// throws the half-built tree away.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

class Parser {
 public:
  Parser(const Tokens& tokens, std::string_view name) : tokens_(tokens.tokens), name_(name) {}
  Result<Module> ParseModule();
  // How deep brackets and blocks nested at most, and where first.
  uint32_t deepest() const { return deepest_; }
  Place deepest_place() const { return deepest_place_; }

 private:
  // Declarations and statements: parser.cc.
  Directive ParseDirective();
  Declaration ParseDeclaration();
  Struct ParseStruct();
  Function ParseFunction(Attributes attributes);
  std::vector<Field> ParseFields(std::string_view close, std::string_view what);
  Attributes ParseAttributes();
  Variable ParseVariable(Attributes attributes);
  Stmt ParseStatement();
  Stmt ParseBlock(Attributes attributes);
  Stmt ParseIf();
  Stmt ParseSwitch();
  Stmt ParseClause();
  Stmt ParseFor();
  Stmt ParseLoop();
  Stmt ParseContinuing();
  // Statements that may stand in the header of a for, without their semicolon.
  Stmt ParseSimple(bool declares);
  Stmt ParseUpdate();

  // Expressions: parser_expression.cc.
  Expr ParseExpression();
  Expr ParseUnary();
  Expr ParsePostfix(Expr base);
  Expr ParsePrimary();
  Expr ParseTypeSpecifier();
  std::vector<Expr> ParseArguments();     // `(a, b,)`
  std::vector<Expr> ParseTemplateArgs();  // `<a, b,>`, or nothing
  Expr ParseRelational();
  Expr RelationalFrom(Expr left);
  Expr ShiftFrom(Expr left);
  Expr AdditiveFrom(Expr left);
  Expr MultiplicativeFrom(Expr left);
  // Takes the operator at hand; the right operand comes from `operand`.
  Expr Combine(Op op, Expr left, Expr (Parser::*operand)());
  Expr ParseShiftOperand();
  Expr ParseMultiplicative();
  Expr ParseNegatedMultiplicative();
  Expr ParseNegated(Place place);
  Op BinaryAhead() const;

  const Token& Ahead(size_t count = 0) const {
    return tokens_[std::min(next_ + count, tokens_.size() - 1)];
  }
  // Symbols and keywords alike.
  bool Is(std::string_view text) const {
    const Token& token = Ahead();
    return token.text == text &&
           (token.kind == TokenKind::kSymbol || token.kind == TokenKind::kKeyword);
  }
  bool IsKind(TokenKind kind) const { return Ahead().kind == kind; }
  Token Take();
  bool TakeIf(std::string_view text);
  void Expect(std::string_view text);
  std::string ExpectName(std::string_view what);
  // Only the first fault counts.
  void Fail(Place place, std::string_view what);
  void FailExpected(std::string_view what);
  bool Failed() const { return !failure_.ok(); }

  // A level of brackets or blocks.
  class Level {
   public:
    explicit Level(Parser* parser);
    ~Level() { --parser_->nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser* parser_;
  };
  // `height_` is that of the expression that was completed last; `below` are those under the next.
  void Grow(uint32_t below, Place place);

  const std::vector<Token>& tokens_;
  std::string_view name_;
  size_t next_ = 0;
  uint32_t nesting_ = 0;
  uint32_t deepest_ = 0;
  Place deepest_place_;
  uint32_t height_ = 0;
  Status failure_;
};

}  // namespace ingot::wgsl
