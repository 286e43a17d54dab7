// The syntax tree of a WGSL module: plain values that copy and compare (places and layout do not
// count). A node is a kind and its children, so that one visitor serves reflection, linking,
// mutation and interpretation. Parentheses are not nodes: the printer writes those that the grammar
// demands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/wgsl/token.h"

namespace ingot::wgsl {

enum class Op : uint8_t {
  kNone,
  // Unary.
  kNegate,
  kNot,
  kComplement,
  kDereference,
  kAddressOf,
  // Binary.
  kMul,
  kDiv,
  kMod,
  kAdd,
  kSub,
  kShiftLeft,
  kShiftRight,
  kLess,
  kGreater,
  kLessEqual,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kXor,
  kOr,
  kLogicalAnd,
  kLogicalOr,
};
// As WGSL writes it; empty for kNone.
std::string_view Spelling(Op op);

enum class ExprKind : uint8_t {
  kLiteral,  // text: a number, true or false
  kName,     // text, arguments of a template list; a type is such an expression
  kCall,     // text, template arguments; operands are the arguments
  kMember,   // operands {base}, text is the member or swizzle
  kIndex,    // operands {base, index}
  kUnary,    // op, operands {operand}
  kBinary,   // op, operands {left, right}
};

struct Expr {
  ExprKind kind = ExprKind::kName;
  Op op = Op::kNone;
  Place place;
  std::string text;
  std::vector<Expr> template_args;
  std::vector<Expr> operands;
  bool operator==(const Expr&) const = default;

  bool IsName(std::string_view name) const { return kind == ExprKind::kName && text == name; }
};

// `@name(args)`; names that an attribute takes (`compute`, `workgroup_id`, `off`) are expressions.
struct Attribute {
  std::string name;
  std::vector<Expr> args;
  Place place;
  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;
// The first of that name, or nullptr.
const Attribute* Find(const Attributes& attributes, std::string_view name);

enum class VariableKind : uint8_t { kVar, kLet, kConst, kOverride };
std::string_view Name(VariableKind kind);

struct Variable {
  VariableKind kind = VariableKind::kVar;
  Place place;  // of the name
  Attributes attributes;
  std::vector<Expr> template_args;  // of `var<storage, read>`
  std::string name;
  std::optional<Expr> type;
  std::optional<Expr> value;
  bool operator==(const Variable&) const = default;
};

enum class StmtKind : uint8_t {
  kEmpty,       // only an absent part of a for header
  kBlock,       // children are its statements
  kVariable,    // variable
  kAssign,      // exprs {target, value}, op of a compound assignment; target `_` is phony
  kStep,        // exprs {target}, op kAdd or kSub: `x++`, `x--`
  kCall,        // exprs {call}
  kIf,          // exprs {condition}, children {block} or {block, block or kIf}
  kSwitch,      // exprs {selector}, children {block of kClause}
  kClause,      // exprs are the selectors, of which one may be the name `default`; children {block}
  kLoop,        // children {block}, whose last statement may be kContinuing
  kContinuing,  // children {block}, whose last statement may be kBreakIf
  kBreakIf,     // exprs {condition}
  kFor,         // exprs {} or {condition}, children {first, update, block}
  kWhile,       // exprs {condition}, children {block}
  kBreak,       //
  kContinue,    //
  kReturn,      // exprs {} or {value}
  kDiscard,     //
  kConstAssert,  // exprs {condition}
};

struct Stmt {
  StmtKind kind = StmtKind::kEmpty;
  Op op = Op::kNone;
  Place place;
  Attributes attributes;
  std::vector<Expr> exprs;
  std::vector<Stmt> children;
  std::optional<Variable> variable;
  bool operator==(const Stmt&) const = default;
};

struct Alias {
  std::string name;
  Expr type;
  Place place;
  bool operator==(const Alias&) const = default;
};

// A member of a struct or a parameter of a function.
struct Field {
  Attributes attributes;
  std::string name;
  Expr type;
  Place place;
  bool operator==(const Field&) const = default;
};

struct Struct {
  std::string name;
  std::vector<Field> members;
  Place place;
  bool operator==(const Struct&) const = default;
};

struct Function {
  Attributes attributes;
  std::string name;
  std::vector<Field> params;
  Attributes return_attributes;
  std::optional<Expr> return_type;
  Stmt body;  // a block
  Place place;
  bool operator==(const Function&) const = default;
};

struct ConstAssert {
  Expr condition;
  Place place;
  bool operator==(const ConstAssert&) const = default;
};

using Declaration = std::variant<Variable, Alias, Struct, Function, ConstAssert>;
// The declared name; empty for a const_assert.
std::string_view DeclaredName(const Declaration& declaration);

// `enable NAME, NAME;`, `requires NAME, NAME;` or `diagnostic(SEVERITY, RULE);`.
struct Directive {
  std::string kind;
  std::vector<std::string> names;
  Place place;
  bool operator==(const Directive&) const = default;
};

struct Module {
  std::vector<HeaderLine> header;  // the `//!` lines of the file, in order
  std::vector<Directive> directives;
  std::vector<Declaration> declarations;
  bool operator==(const Module&) const = default;
};

// Beyond these a text is refused: how deep brackets and blocks may nest, and how high a tree of
// operators may grow (a sum of that many terms), in the text and as it would be printed. Whoever
// walks a tree may recurse.
constexpr uint32_t kMaxNesting = 160;
constexpr uint32_t kMaxHeight = 1000;

// The whole text by the grammar of WGSL; names and types are not resolved. Fails with
// `NAME:LINE:COLUMN: found (X), expected Y`, at the first fault.
Result<Module> Parse(std::string_view text, std::string_view name);

// Calls `visit(expr)` on the expression and everything below it, template arguments included.
template <typename Visit>
void ForEach(const Expr& expr, const Visit& visit) {
  visit(expr);
  for (const Expr& arg : expr.template_args) ForEach(arg, visit);
  for (const Expr& operand : expr.operands) ForEach(operand, visit);
}

// Calls `visit(expr)` on every expression that belongs to the statement itself and not to its
// children: types, attributes, values.
template <typename Visit>
void ForEachOwnExpr(const Attributes& attributes, const Visit& visit) {
  for (const Attribute& attribute : attributes) {
    for (const Expr& arg : attribute.args) ForEach(arg, visit);
  }
}
template <typename Visit>
void ForEachOwnExpr(const Variable& variable, const Visit& visit) {
  ForEachOwnExpr(variable.attributes, visit);
  for (const Expr& arg : variable.template_args) ForEach(arg, visit);
  if (variable.type) ForEach(*variable.type, visit);
  if (variable.value) ForEach(*variable.value, visit);
}
template <typename Visit>
void ForEachOwnExpr(const Stmt& stmt, const Visit& visit) {
  ForEachOwnExpr(stmt.attributes, visit);
  if (stmt.variable) ForEachOwnExpr(*stmt.variable, visit);
  for (const Expr& expr : stmt.exprs) ForEach(expr, visit);
}

// Calls `visit(stmt)` on the statement and everything below it.
template <typename Visit>
void ForEach(const Stmt& stmt, const Visit& visit) {
  visit(stmt);
  for (const Stmt& child : stmt.children) ForEach(child, visit);
}

}  // namespace ingot::wgsl
