#include "ingot/wgsl/parser.h"

#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::wgsl {
namespace {

// What may stand left of `=`, `+=`, `++`: a variable or what a call points to, and parts of it.
bool IsTarget(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kName:
      return expr.template_args.empty();
    case ExprKind::kCall:
      return true;
    case ExprKind::kMember:
    case ExprKind::kIndex:
      return IsTarget(expr.operands[0]);
    case ExprKind::kUnary:
      return (expr.op == Op::kDereference || expr.op == Op::kAddressOf) &&
             IsTarget(expr.operands[0]);
    case ExprKind::kLiteral:
    case ExprKind::kBinary:
      return false;
  }
  return false;
}

// kNone for `=`; nothing if the token assigns nothing.
std::optional<Op> AssignmentOp(const Token& token) {
  if (token.kind != TokenKind::kSymbol) return std::nullopt;
  if (token.text == "=") return Op::kNone;
  for (Op op : {Op::kMul, Op::kDiv, Op::kMod, Op::kAdd, Op::kSub, Op::kShiftLeft, Op::kShiftRight,
                Op::kAnd, Op::kXor, Op::kOr}) {
    if (token.text == StrCat(Spelling(op), "=")) return op;
  }
  return std::nullopt;
}

}  // namespace

Parser::Level::Level(Parser* parser) : parser_(parser) {
  if (++parser->nesting_ > parser->deepest_) {
    parser->deepest_ = parser->nesting_;
    parser->deepest_place_ = parser->Ahead().place;
  }
  if (parser->nesting_ > kMaxNesting) {
    parser->Fail(parser->Ahead().place, StrCat("nesting is deeper than (", kMaxNesting, ")"));
  }
}

Token Parser::Take() {
  const Token token = Ahead();
  next_ = std::min(next_ + 1, tokens_.size() - 1);
  return token;
}

bool Parser::TakeIf(std::string_view text) {
  if (!Is(text)) return false;
  Take();
  return true;
}

void Parser::Expect(std::string_view text) {
  if (!TakeIf(text)) FailExpected(StrCat("(", text, ")"));
}

std::string Parser::ExpectName(std::string_view what) {
  if (IsKind(TokenKind::kIdentifier)) return std::string(Take().text);
  FailExpected(what);
  return {};
}

void Parser::Fail(Place place, std::string_view what) {
  if (!Failed()) failure_ = ErrorAt(name_, place, what);
  next_ = tokens_.size() - 1;
}

void Parser::FailExpected(std::string_view what) {
  const Token& token = Ahead();
  if (token.kind == TokenKind::kEnd)
    return Fail(token.place, StrCat("the text ends, expected ", what));
  Fail(token.place, StrCat("found (", token.text, "), expected ", what));
}

Result<Module> Parser::ParseModule() {
  Module out;
  while (Is("enable") || Is("requires") || (Is("diagnostic"))) {
    out.directives.push_back(ParseDirective());
  }
  while (!IsKind(TokenKind::kEnd)) {
    if (TakeIf(";")) continue;
    out.declarations.push_back(ParseDeclaration());
  }
  if (Failed()) return failure_;
  return out;
}

Directive Parser::ParseDirective() {
  Directive out{.kind = std::string(Ahead().text), .place = Ahead().place};
  Take();
  if (out.kind == "diagnostic") {
    Expect("(");
    out.names.push_back(ExpectName("a severity"));
    Expect(",");
    std::string rule = ExpectName("a diagnostic rule");
    if (TakeIf(".")) rule = StrCat(rule, ".", ExpectName("a diagnostic rule"));
    out.names.push_back(std::move(rule));
    TakeIf(",");
    Expect(")");
  } else {
    do {
      out.names.push_back(ExpectName("the name of an extension"));
    } while (TakeIf(",") && !Is(";"));
  }
  Expect(";");
  return out;
}

Declaration Parser::ParseDeclaration() {
  Attributes attributes = ParseAttributes();
  if (Is("fn")) return ParseFunction(std::move(attributes));
  if (Is("var") || Is("override") || (Is("const") && attributes.empty())) {
    Variable out = ParseVariable(std::move(attributes));
    Expect(";");
    return out;
  }
  if (!attributes.empty()) {
    FailExpected("(fn), (var) or (override)");
  } else if (Is("struct")) {
    return ParseStruct();
  } else if (TakeIf("alias")) {
    Alias out{.place = Ahead().place};
    out.name = ExpectName("the name of an alias");
    Expect("=");
    out.type = ParseTypeSpecifier();
    Expect(";");
    return out;
  } else if (Is("const_assert")) {
    ConstAssert out{.place = Take().place};
    out.condition = ParseExpression();
    Expect(";");
    return out;
  } else if (Is("enable") || Is("requires") || Is("diagnostic")) {
    Fail(Ahead().place,
         StrCat("directive (", Ahead().text, ") stands after the first declaration"));
  } else {
    FailExpected("a declaration");
  }
  return ConstAssert{};
}

Attributes Parser::ParseAttributes() {
  Attributes out;
  while (Is("@")) {
    Attribute attribute{.place = Take().place};
    if (Is("const") || Is("diagnostic")) {
      attribute.name = Take().text;
    } else {
      attribute.name = ExpectName("the name of an attribute");
    }
    if (Is("(")) attribute.args = ParseArguments();
    out.push_back(std::move(attribute));
  }
  return out;
}

std::vector<Field> Parser::ParseFields(std::string_view close, std::string_view what) {
  std::vector<Field> out;
  while (!Is(close) && !Failed()) {
    Field field{.attributes = ParseAttributes()};
    field.place = Ahead().place;
    field.name = ExpectName(what);
    Expect(":");
    field.type = ParseTypeSpecifier();
    out.push_back(std::move(field));
    if (!TakeIf(",") && !Is(close)) FailExpected(StrCat("(,) or (", close, ")"));
  }
  Expect(close);
  return out;
}

Struct Parser::ParseStruct() {
  Expect("struct");
  Struct out{.place = Ahead().place};
  out.name = ExpectName("the name of a struct");
  Expect("{");
  if (Is("}")) FailExpected("a member");
  out.members = ParseFields("}", "a member");
  return out;
}

Function Parser::ParseFunction(Attributes attributes) {
  Function out{.attributes = std::move(attributes)};
  Expect("fn");
  out.place = Ahead().place;
  out.name = ExpectName("the name of a function");
  Expect("(");
  out.params = ParseFields(")", "a parameter");
  if (TakeIf("->")) {
    out.return_attributes = ParseAttributes();
    out.return_type = ParseTypeSpecifier();
  }
  out.body = ParseBlock(ParseAttributes());
  return out;
}

Variable Parser::ParseVariable(Attributes attributes) {
  Variable out{.attributes = std::move(attributes)};
  const std::string_view word = Take().text;
  if (word == "var") {
    out.template_args = ParseTemplateArgs();
  } else {
    out.kind = word == "let"     ? VariableKind::kLet
               : word == "const" ? VariableKind::kConst
                                 : VariableKind::kOverride;
  }
  out.place = Ahead().place;
  out.name = ExpectName("a name");
  if (TakeIf(":")) out.type = ParseTypeSpecifier();
  const bool needs_value = out.kind == VariableKind::kLet || out.kind == VariableKind::kConst;
  if (TakeIf("=")) {
    out.value = ParseExpression();
  } else if (needs_value) {
    Expect("=");
  } else if (!out.type) {
    FailExpected("(:) or (=)");
  }
  return out;
}

Stmt Parser::ParseBlock(Attributes attributes) {
  const Level level(this);
  Stmt out{.kind = StmtKind::kBlock, .place = Ahead().place, .attributes = std::move(attributes)};
  Expect("{");
  while (!Is("}") && !Failed()) {
    if (TakeIf(";")) continue;
    out.children.push_back(ParseStatement());
  }
  Expect("}");
  return out;
}

Stmt Parser::ParseStatement() {
  Attributes attributes = ParseAttributes();
  if (Is("{")) return ParseBlock(std::move(attributes));
  Stmt out{.place = Ahead().place};
  if (Is("if")) {
    out = ParseIf();
  } else if (Is("switch")) {
    out = ParseSwitch();
  } else if (Is("loop")) {
    out = ParseLoop();
  } else if (Is("for")) {
    out = ParseFor();
  } else if (TakeIf("while")) {
    out.kind = StmtKind::kWhile;
    out.exprs.push_back(ParseExpression());
    out.children.push_back(ParseBlock(ParseAttributes()));
  } else {
    if (!attributes.empty()) FailExpected("a block, if, switch, loop, for or while");
    out = ParseSimple(true);
    Expect(";");
  }
  out.attributes = std::move(attributes);
  return out;
}

Stmt Parser::ParseSimple(bool declares) {
  Stmt out{.place = Ahead().place};
  auto keyword = [&](std::string_view word, StmtKind kind) {
    if (!declares || !TakeIf(word)) return false;
    out.kind = kind;
    return true;
  };
  if (Is("var") || Is("let") || Is("const")) {
    out.kind = StmtKind::kVariable;
    out.variable = ParseVariable({});
  } else if (keyword("break", StmtKind::kBreak)) {
    if (Is("if")) Fail(out.place, "(break if) stands outside the end of a continuing block");
  } else if (keyword("continue", StmtKind::kContinue) || keyword("discard", StmtKind::kDiscard)) {
    return out;
  } else if (keyword("return", StmtKind::kReturn)) {
    if (!Is(";")) out.exprs.push_back(ParseExpression());
  } else if (keyword("const_assert", StmtKind::kConstAssert)) {
    out.exprs.push_back(ParseExpression());
  } else {
    return ParseUpdate();
  }
  return out;
}

Stmt Parser::ParseUpdate() {
  Stmt out{.place = Ahead().place};
  const bool bare = IsKind(TokenKind::kIdentifier);
  if (Is("_")) {
    out.exprs.push_back({.place = Take().place, .text = "_"});
  } else if (bare || Is("*") || Is("&") || Is("(")) {
    out.exprs.push_back(ParseUnary());
  } else {
    FailExpected(IsKind(TokenKind::kEnd) ? "(})" : "a statement");
    return out;
  }
  const Expr& target = out.exprs[0];
  const std::optional<Op> assigns = AssignmentOp(Ahead());
  const bool phony = target.text == "_";
  if (!assigns && !phony && bare && target.kind == ExprKind::kCall && !Is("++") && !Is("--")) {
    out.kind = StmtKind::kCall;
    return out;
  }
  if (Failed()) return out;
  if (!IsTarget(target)) {
    Fail(target.place, "nothing can be assigned to this expression");
  } else if (assigns && !(phony && *assigns != Op::kNone)) {
    out.kind = StmtKind::kAssign;
    out.op = *assigns;
    Take();
    out.exprs.push_back(ParseExpression());
  } else if (!phony && (Is("++") || Is("--"))) {
    out.kind = StmtKind::kStep;
    out.op = Take().text == "++" ? Op::kAdd : Op::kSub;
  } else {
    FailExpected(phony ? "(=)" : "an assignment, (++), (--) or a call");
  }
  return out;
}

Stmt Parser::ParseIf() {
  const Level level(this);
  Stmt out{.kind = StmtKind::kIf, .place = Ahead().place};
  Expect("if");
  out.exprs.push_back(ParseExpression());
  out.children.push_back(ParseBlock(ParseAttributes()));
  if (TakeIf("else")) {
    out.children.push_back(Is("if") ? ParseIf() : ParseBlock(ParseAttributes()));
  }
  return out;
}

Stmt Parser::ParseSwitch() {
  const Level level(this);
  Stmt out{.kind = StmtKind::kSwitch, .place = Ahead().place};
  Expect("switch");
  out.exprs.push_back(ParseExpression());
  Stmt body{.kind = StmtKind::kBlock, .attributes = ParseAttributes()};
  body.place = Ahead().place;
  Expect("{");
  do {
    body.children.push_back(ParseClause());
  } while (!Is("}") && !Failed());
  Expect("}");
  out.children.push_back(std::move(body));
  return out;
}

Stmt Parser::ParseClause() {
  Stmt out{.kind = StmtKind::kClause, .place = Ahead().place};
  auto take_default = [&] {
    if (!Is("default")) return false;
    out.exprs.push_back({.place = Ahead().place, .text = std::string(Take().text)});
    return true;
  };
  if (!take_default()) {
    if (!TakeIf("case")) FailExpected("(case), (default) or (})");
    do {
      if (!take_default()) out.exprs.push_back(ParseExpression());
    } while (TakeIf(",") && !Is(":") && !Is("{") && !Is("@"));
  }
  TakeIf(":");
  out.children.push_back(ParseBlock(ParseAttributes()));
  return out;
}

Stmt Parser::ParseFor() {
  Stmt out{.kind = StmtKind::kFor, .place = Ahead().place};
  Expect("for");
  Expect("(");
  Stmt first{.place = Ahead().place};
  if (!Is(";")) first = ParseSimple(false);
  Expect(";");
  if (!Is(";")) out.exprs.push_back(ParseExpression());
  Expect(";");
  Stmt update{.place = Ahead().place};
  if (!Is(")")) update = ParseUpdate();
  Expect(")");
  out.children.reserve(3);
  out.children.push_back(std::move(first));
  out.children.push_back(std::move(update));
  out.children.push_back(ParseBlock(ParseAttributes()));
  return out;
}

Stmt Parser::ParseLoop() {
  const Level level(this);
  Stmt out{.kind = StmtKind::kLoop, .place = Ahead().place};
  Expect("loop");
  Stmt body{.kind = StmtKind::kBlock, .attributes = ParseAttributes()};
  body.place = Ahead().place;
  Expect("{");
  while (!Is("}") && !Failed()) {
    if (TakeIf(";")) continue;
    const bool last = Is("continuing");
    body.children.push_back(last ? ParseContinuing() : ParseStatement());
    if (last) break;
  }
  Expect("}");
  out.children.push_back(std::move(body));
  return out;
}

Stmt Parser::ParseContinuing() {
  const Level level(this);
  Stmt out{.kind = StmtKind::kContinuing, .place = Ahead().place};
  Expect("continuing");
  Stmt body{.kind = StmtKind::kBlock, .attributes = ParseAttributes()};
  body.place = Ahead().place;
  Expect("{");
  while (!Is("}") && !Failed()) {
    if (TakeIf(";")) continue;
    if (Is("break") && Ahead(1).text == "if") {
      Stmt end{.kind = StmtKind::kBreakIf, .place = Take().place};
      Expect("if");
      end.exprs.push_back(ParseExpression());
      Expect(";");
      body.children.push_back(std::move(end));
      break;
    }
    body.children.push_back(ParseStatement());
  }
  Expect("}");
  out.children.push_back(std::move(body));
  return out;
}

Result<Module> Parse(std::string_view text, std::string_view name) {
  INGOT_ASSIGN(Tokens tokens, Lex(text, name));
  Parser parser(tokens, name);
  INGOT_ASSIGN(Module module, parser.ParseModule());
  module.header = std::move(tokens.header);
  // The printer may bracket what the text did not, at most once a level. A tree whose printed form
  // nests too deep would not read back.
  if (parser.deepest() > kMaxNesting / 2 - 2) {
    const std::string printed = Print(module);
    INGOT_ASSIGN(const Tokens again, Lex(printed, name));
    if (!Parser(again, name).ParseModule().ok()) {
      return ErrorAt(name, parser.deepest_place(),
                     StrCat("nesting is deeper than (", kMaxNesting, ") when printed"));
    }
  }
  return module;
}

}  // namespace ingot::wgsl
