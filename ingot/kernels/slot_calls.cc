#include "ingot/kernels/slot_calls.h"

#include "ingot/base/text.h"
#include "ingot/kernels/tree_edit.h"
#include "ingot/wgsl/scope.h"

namespace ingot::kernels {
namespace {

using wgsl::Expr;
using wgsl::ExprKind;
using wgsl::Stmt;
using wgsl::StmtKind;

Expr NameExpr(std::string_view name) {
  return {.kind = ExprKind::kName, .text = std::string(name)};
}

Expr CallOf(std::string_view slot, size_t number, std::string_view function,
            std::vector<Expr> args) {
  return {.kind = ExprKind::kCall,
          .text = StrCat(slot, number, "_", function),
          .operands = std::move(args)};
}

Stmt Block(std::vector<Stmt> children) {
  return {.kind = StmtKind::kBlock, .children = std::move(children)};
}

std::vector<Expr> ParamNames(const wgsl::Function& function) {
  std::vector<Expr> names;
  for (const wgsl::Field& param : function.params) names.push_back(NameExpr(param.name));
  return names;
}

// What does the call `call` and gives its value, if it has one.
Stmt Finish(Expr call, const wgsl::Function& function) {
  return {.kind = function.return_type ? StmtKind::kReturn : StmtKind::kCall,
          .exprs = {std::move(call)}};
}

// switch head { case 0u: { return w0_at(...); } default: { return w1_at(...); } }
Stmt SwitchOver(const SlotCalls& slot, std::string_view name, const wgsl::Function& function) {
  std::vector<Stmt> clauses;
  for (uint32_t i = 0; i < slot.stages; ++i) {
    const Expr selector = i + 1 < slot.stages
                              ? Expr{.kind = ExprKind::kLiteral, .text = StrCat(i, "u")}
                              : NameExpr("default");
    Expr call = CallOf(slot.slot, i, name, ParamNames(function));
    clauses.push_back({.kind = StmtKind::kClause,
                       .exprs = {selector},
                       .children = {Block({Finish(std::move(call), function)})}});
  }
  return {.kind = StmtKind::kSwitch,
          .exprs = {NameExpr("head")},
          .children = {Block(std::move(clauses))}};
}

// map1_of(at, map0_of(at, v))
Stmt ChainOf(const SlotCalls& slot, std::string_view name, const wgsl::Function& function) {
  std::vector<Expr> args = ParamNames(function);
  for (uint32_t i = 0; i < slot.stages; ++i) args.back() = CallOf(slot.slot, i, name, args);
  return Finish(std::move(args.back()), function);
}

bool IsCallOf(const Expr& expr, const SlotCalls& slot, std::string_view name) {
  return expr.kind == ExprKind::kCall && expr.text == StrCat(slot.slot, "_", name);
}

}  // namespace

bool CallsSlot(const std::vector<SlotCalls>& slots, const wgsl::Declaration& declaration) {
  bool found = false;
  wgsl::ForEachFreeName(declaration, [&](const Expr& expr) {
    for (const SlotCalls& slot : slots) {
      for (const auto& [name, function] : slot.functions) found |= IsCallOf(expr, slot, name);
    }
  });
  return found;
}

Status LeadCalls(std::string_view path, const std::vector<SlotCalls>& slots,
                 wgsl::Declaration* declaration) {
  Status status;
  EditExprs(declaration, [&](Expr& expr) {
    if (expr.kind != ExprKind::kCall) return;
    for (const SlotCalls& slot : slots) {
      for (const auto& [name, function] : slot.functions) {
        if (!IsCallOf(expr, slot, name)) continue;
        const bool has_head = slot.kind == SlotKind::kHeads;
        const size_t wanted = function->params.size() + (has_head ? 1 : 0);
        if (expr.operands.size() != wanted) {
          status = wgsl::ErrorAt(path, expr.place,
                                 StrCat("(", expr.text, ") is given (", expr.operands.size(),
                                        ") arguments, but the port asks for (", wanted, ")"));
          return;
        }
        if (slot.stages > 1) return;
        if (slot.stages == 0) {
          expr = Expr(expr.operands.back());
          return;
        }
        if (has_head) expr.operands.erase(expr.operands.begin());
        expr.text = StrCat(slot.slot, "0_", name);
        return;
      }
    }
  });
  return status;
}

void AddSwitches(const SlotCalls& slot, wgsl::Module* module) {
  if (slot.stages < 2) return;
  for (const auto& [name, function] : slot.functions) {
    wgsl::Function added = *function;
    added.name = StrCat(slot.slot, "_", name);
    const bool has_head = slot.kind == SlotKind::kHeads;
    added.body =
        Block({has_head ? SwitchOver(slot, name, *function) : ChainOf(slot, name, *function)});
    if (has_head) {
      added.params.insert(added.params.begin(),
                          wgsl::Field{.name = "head", .type = NameExpr("u32")});
    }
    module->declarations.emplace_back(std::move(added));
  }
}

}  // namespace ingot::kernels
