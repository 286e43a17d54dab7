// The syntax tree of a template.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ingot/model/jinja/value.h"

namespace ingot::model::jinja {

enum class ExprKind {
  kConst,      // value
  kName,       // name
  kList,       // args
  kTuple,      // args
  kDict,       // args: key, value, key, value, ...
  kNot,        // args[0]
  kNegate,     // args[0]
  kPlus,       // args[0]
  kBinary,     // name is the operator; args[0], args[1]
  kCompare,    // args[0] ops[0] args[1] ops[1] args[2] ...
  kAnd,        // args[0], args[1]
  kOr,         // args[0], args[1]
  kCondition,  // args[0] if args[1] else args[2], which may be missing
  kConcat,     // args
  kAttribute,  // args[0].name
  kItem,       // args[0][args[1]]
  kSlice,      // args[0][args[1]:args[2]:args[3]], each bound may be null
  kCall,       // args[0](args[1], ..., named)
  kSpread,     // *args[0], among the arguments of a call
  kFilter,     // args[0] | name(args[1], ..., named); args[0] is null in a filter of a block
  kTest,       // args[0] is name(args[1], ..., named)
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  ExprKind kind;
  int line = 0;
  size_t depth = 1;
  std::string name;
  Value value;
  std::vector<ExprPtr> args;
  std::vector<std::pair<std::string, ExprPtr>> named;
  std::vector<std::string> ops;
};

struct Stmt;
using Stmts = std::vector<Stmt>;

// What `set`, `for` and `with` assign to.
struct Target {
  std::vector<std::string> names;
  bool unpacks = false;   // `a, b`: the value's elements; else the value goes to names[0]
  std::string attribute;  // of the namespace names[0]
};

enum class StmtKind {
  kData,       // value
  kPrint,      // expr
  kFor,        // target in expr if filter: branches[0], else branches[1]
  kIf,         // branches in order; an else has no condition
  kSet,        // target = expr
  kSetBlock,   // target = filters of branches[0]
  kMacro,      // name(params): branches[0]
  kCallBlock,  // expr, a call; its macro may call branches[0] as caller(params)
  kFilter,     // filters of branches[0]
  kWith,       // assignments, then branches[0] in a scope of its own
  kGroup,      // branches[0] as it stands
  kBreak,
  kContinue,
};

struct Branch {
  ExprPtr condition;
  Stmts body;
};

struct Stmt {
  StmtKind kind = StmtKind::kGroup;
  int line = 0;
  Value value;
  std::string name;
  Target target;
  ExprPtr expr;
  ExprPtr filter;
  std::vector<ExprPtr> filters;
  std::vector<std::pair<std::string, ExprPtr>> params;  // of a macro: name, default or null
  std::vector<std::pair<Target, ExprPtr>> assignments;
  std::vector<Branch> branches;
};

}  // namespace ingot::model::jinja
