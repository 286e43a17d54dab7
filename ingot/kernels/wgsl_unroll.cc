#include "ingot/kernels/wgsl_unroll.h"

#include <optional>
#include <string>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/wgsl/eval.h"

namespace ingot::kernels {
namespace {

using wgsl::Expr;
using wgsl::ExprKind;
using wgsl::Op;
using wgsl::Stmt;
using wgsl::StmtKind;

struct Passes {
  std::string name;  // of the counter
  std::string suffix;
  int64_t first = 0;
  int64_t step = 1;
  int64_t count = 0;
};

// What an expression reads from or writes to: `sums` of `(*sums)[i].x`.
const Expr& Root(const Expr& expr) {
  const bool goes_on = expr.kind == ExprKind::kIndex || expr.kind == ExprKind::kMember ||
                       (expr.kind == ExprKind::kUnary && expr.op == Op::kDereference);
  return goes_on ? Root(expr.operands[0]) : expr;
}

bool Mentions(const Expr& expr, std::string_view name) {
  bool found = false;
  ForEach(expr, [&](const Expr& part) { found |= part.IsName(name); });
  return found;
}

bool Assigns(const Stmt& stmt, std::string_view name) {
  bool found = false;
  ForEach(stmt, [&](const Stmt& part) {
    if (part.kind == StmtKind::kAssign || part.kind == StmtKind::kStep) {
      found |= Root(part.exprs[0]).IsName(name);
    }
    // A second variable of the name hides the counter, and a pointer may change it.
    if (part.variable) found |= part.variable->name == name;
    ForEachOwnExpr(part, [&](const Expr& expr) {
      found |= expr.kind == ExprKind::kUnary && expr.op == Op::kAddressOf &&
               expr.operands[0].IsName(name);
    });
  });
  return found;
}

// Whether a `break` or `continue` in `stmt` leaves or ends the pass of the loop around it.
bool Jumps(const Stmt& stmt, bool in_switch = false) {
  switch (stmt.kind) {
    case StmtKind::kBreak:
      return !in_switch;
    case StmtKind::kContinue:
      return true;
    case StmtKind::kLoop:
    case StmtKind::kFor:
    case StmtKind::kWhile:
      return false;
    default:
      for (const Stmt& child : stmt.children) {
        if (Jumps(child, in_switch || stmt.kind == StmtKind::kSwitch)) return true;
      }
      return false;
  }
}

int64_t Size(const Stmt& stmt) {
  int64_t size = 0;
  ForEach(stmt, [&](const Stmt&) { ++size; });
  return size;
}

class Unroller {
 public:
  Unroller(const wgsl::Module& module, const OverrideValues& overrides)
      : evaluator_(module, overrides) {}

  // Inner loops first, so that their length counts.
  void Walk(Stmt& stmt) {
    for (Stmt& child : stmt.children) Walk(child);
    if (stmt.kind != StmtKind::kFor) return;
    if (const std::optional<Passes> passes = Read(stmt)) stmt = Written(stmt, *passes);
  }

 private:
  std::optional<int64_t> Known(const Expr& expr) {
    const Result<wgsl::Scalar> value = evaluator_.Evaluate(expr);
    if (!value.ok() || wgsl::IsFloat(value->type)) return std::nullopt;
    return value->integer;
  }

  std::optional<Passes> Read(const Stmt& loop) {
    const Stmt& first = loop.children[0];
    const Stmt& body = loop.children[2];
    if (first.kind != StmtKind::kVariable || !first.variable->value || loop.exprs.empty()) {
      return std::nullopt;
    }
    Passes passes{.name = first.variable->name};
    const Expr& condition = loop.exprs[0];
    if (condition.op != Op::kLess || !condition.operands[0].IsName(passes.name)) return {};
    const Result<wgsl::Scalar> start = evaluator_.Evaluate(*first.variable->value);
    const std::optional<int64_t> end = Known(condition.operands[1]);
    const std::optional<int64_t> step = StepOf(loop.children[1], passes.name);
    if (!start.ok() || wgsl::IsFloat(start->type) || !end || !step || *step < 1) return {};
    if (Assigns(body, passes.name) || Jumps(body) || !IndexesRegisters(body, passes.name)) {
      return std::nullopt;
    }
    passes.suffix = start->type == wgsl::ScalarType::kU32 ? "u" : "i";
    passes.first = start->integer;
    passes.step = *step;
    passes.count = (*end - passes.first + *step - 1) / *step;
    const bool fits = passes.count >= 1 && passes.count <= kMaxPasses &&
                      passes.count * Size(body) <= kMaxStatements;
    return fits ? std::optional(std::move(passes)) : std::nullopt;
  }

  std::optional<int64_t> StepOf(const Stmt& update, std::string_view name) {
    if (update.exprs.empty() || !update.exprs[0].IsName(name) || update.op != Op::kAdd) return {};
    if (update.kind == StmtKind::kStep) return 1;
    return update.kind == StmtKind::kAssign ? Known(update.exprs[1]) : std::nullopt;
  }

  bool IsModuleVariable(const Expr& expr) const {
    return evaluator_.names().FindAs<wgsl::Variable>(expr.text) != nullptr;
  }

  bool IndexesRegisters(const Stmt& body, std::string_view name) const {
    bool found = false;
    ForEach(body, [&](const Stmt& part) {
      ForEachOwnExpr(part, [&](const Expr& expr) {
        if (expr.kind != ExprKind::kIndex || !Mentions(expr.operands[1], name)) return;
        const Expr& root = Root(expr.operands[0]);
        found |= root.kind == ExprKind::kName && !IsModuleVariable(root);
      });
    });
    return found;
  }

  static Stmt Written(const Stmt& loop, const Passes& passes) {
    Stmt all{.kind = StmtKind::kBlock, .place = loop.place};
    for (int64_t i = 0; i < passes.count; ++i) {
      const int64_t value = passes.first + i * passes.step;
      wgsl::Variable counter{
          .kind = wgsl::VariableKind::kConst,
          .name = passes.name,
          .value = Expr{.kind = ExprKind::kLiteral, .text = StrCat(value, passes.suffix)}};
      Stmt pass = loop.children[2];
      pass.children.insert(pass.children.begin(),
                           Stmt{.kind = StmtKind::kVariable, .variable = std::move(counter)});
      all.children.push_back(std::move(pass));
    }
    return all;
  }

  wgsl::Evaluator evaluator_;
};

}  // namespace

void UnrollRegisterLoops(const OverrideValues& overrides, wgsl::Module* module) {
  // The evaluator looks at declarations while their functions change.
  const wgsl::Module before = *module;
  Unroller unroller(before, overrides);
  for (wgsl::Declaration& declaration : module->declarations) {
    if (auto* function = std::get_if<wgsl::Function>(&declaration)) unroller.Walk(function->body);
  }
}

}  // namespace ingot::kernels
