#include "ingot/wgsl/subset_flow.h"

#include <algorithm>
#include <map>
#include <set>

#include "ingot/base/text.h"
#include "ingot/wgsl/scope.h"

namespace ingot::wgsl {
namespace {

bool IsPerThread(const Attributes& attributes) {
  const Attribute* builtin = Find(attributes, "builtin");
  if (builtin == nullptr || builtin->args.empty()) return false;
  constexpr std::string_view kNames[] = {"global_invocation_id", "local_invocation_id",
                                         "local_invocation_index", "subgroup_id",
                                         "subgroup_invocation_id"};
  return std::ranges::count(kNames, builtin->args[0].text) != 0;
}

bool IsBarrier(std::string_view call) {
  return call == "workgroupBarrier" || call == "storageBarrier" || call == "textureBarrier" ||
         call == "workgroupUniformLoad";
}

template <typename Visit>
void ForEachCall(const Stmt& root, const Visit& visit) {
  ForEach(root, [&](const Stmt& stmt) {
    ForEachOwnExpr(stmt, [&](const Expr& expr) {
      if (expr.kind == ExprKind::kCall) visit(expr);
    });
  });
}

// Functions that reach a barrier.
std::set<std::string_view> FunctionsWithBarriers(const Subject& subject) {
  std::set<std::string_view> out;
  for (size_t before = out.size() + 1; before != out.size();) {
    before = out.size();
    for (const Declaration& declaration : subject.module.declarations) {
      const auto* function = std::get_if<Function>(&declaration);
      if (function == nullptr || out.contains(function->name)) continue;
      ForEachCall(function->body, [&](const Expr& call) {
        if (IsBarrier(call.text) || out.contains(call.text)) out.insert(function->name);
      });
    }
  }
  return out;
}

class Flow {
 public:
  Flow(const Subject& subject, const std::set<std::string_view>& with_barriers,
       std::vector<Finding>* findings)
      : subject_(subject), with_barriers_(with_barriers), findings_(findings) {}

  void Run(const Function& function) {
    for (const Field& param : function.params) {
      if (IsPerThread(param.attributes) || IsPerThreadStruct(param.type)) {
        tainted_.insert(&param.name);
      }
    }
    if (tainted_.empty()) return;
    locals_ = LocalNames(function);
    // Loops carry values backwards, so until nothing more is reached.
    for (size_t before = 0; before != tainted_.size();) {
      before = tainted_.size();
      ForEach(function.body, [this](const Stmt& stmt) { Spread(stmt); });
    }
    Walk(function.body, false);
  }

 private:
  bool IsPerThreadStruct(const Expr& type) const {
    const auto* declaration = subject_.names.FindAs<Struct>(type.text);
    return declaration != nullptr &&
           std::ranges::any_of(declaration->members,
                               [](const Field& member) { return IsPerThread(member.attributes); });
  }

  bool IsTainted(const Expr& expr) const {
    if (expr.kind == ExprKind::kCall && expr.text == "workgroupUniformLoad") return false;
    const auto local = locals_.find(&expr);
    if (local != locals_.end() && tainted_.contains(local->second)) return true;
    return std::ranges::any_of(expr.operands, [this](const Expr& e) { return IsTainted(e); });
  }

  void Spread(const Stmt& stmt) {
    if (stmt.variable && stmt.variable->value && IsTainted(*stmt.variable->value)) {
      tainted_.insert(&stmt.variable->name);
    }
    if (stmt.kind != StmtKind::kAssign || !IsTainted(stmt.exprs[1])) return;
    const Expr* target = &stmt.exprs[0];
    while (!target->operands.empty()) target = &target->operands[0];
    if (const auto local = locals_.find(target); local != locals_.end()) {
      tainted_.insert(local->second);
    }
  }

  static bool IsLoop(StmtKind kind) {
    return kind == StmtKind::kFor || kind == StmtKind::kWhile || kind == StmtKind::kLoop;
  }

  // Whether some threads leave: a return below a tainted condition, or, with `loop`, a break or
  // continue of the loop whose body `stmt` belongs to.
  bool Leaves(const Stmt& stmt, bool loop, bool below) const {
    const bool jump = stmt.kind == StmtKind::kReturn ||
                      (loop && (stmt.kind == StmtKind::kBreak || stmt.kind == StmtKind::kContinue));
    if (jump && below) return true;
    const bool tainted =
        std::ranges::any_of(stmt.exprs, [this](const Expr& e) { return IsTainted(e); });
    if (stmt.kind == StmtKind::kBreakIf) return loop && tainted;
    const bool branches =
        stmt.kind == StmtKind::kIf || stmt.kind == StmtKind::kSwitch || IsLoop(stmt.kind);
    // A break inside a switch leaves the switch.
    const bool inner = loop && stmt.kind != StmtKind::kSwitch && !IsLoop(stmt.kind);
    return std::ranges::any_of(stmt.children, [&](const Stmt& child) {
      return Leaves(child, inner, below || (branches && tainted));
    });
  }

  void Walk(const Stmt& stmt, bool divergent) {
    if (divergent) Report(stmt);
    bool below = divergent;
    if (stmt.kind == StmtKind::kIf || stmt.kind == StmtKind::kSwitch || IsLoop(stmt.kind)) {
      for (const Expr& expr : stmt.exprs) below = below || IsTainted(expr);
    }
    if (IsLoop(stmt.kind)) {
      for (const Stmt& child : stmt.children) below = below || Leaves(child, true, false);
    }
    for (const Stmt& child : stmt.children) {
      Walk(child, below);
      // Behind a return that only some threads take, the others are among themselves.
      below = below || left_;
      left_ = left_ || Leaves(child, false, below);
      below = below || left_;
    }
  }

  void Report(const Stmt& stmt) {
    ForEachOwnExpr(stmt, [this](const Expr& expr) {
      if (expr.kind != ExprKind::kCall) return;
      if (IsBarrier(expr.text)) {
        Add(expr.place, StrCat("(", expr.text, ") below a condition on the thread"));
      } else if (with_barriers_.contains(expr.text)) {
        Add(expr.place, StrCat("call of (", expr.text,
                               "), which has a barrier, below a condition on the thread"));
      }
    });
  }
  void Add(Place place, std::string what) {
    findings_->push_back({.place = place, .what = std::move(what)});
  }

  const Subject& subject_;
  const std::set<std::string_view>& with_barriers_;
  std::vector<Finding>* findings_;
  std::map<const Expr*, const std::string*> locals_;
  std::set<const std::string*> tainted_;  // declared names
  bool left_ = false;                     // some threads have returned
};

}  // namespace

std::vector<Finding> FindDivergentBarriers(const Subject& subject) {
  std::vector<Finding> out;
  const std::set<std::string_view> with_barriers = FunctionsWithBarriers(subject);
  for (const Declaration& declaration : subject.module.declarations) {
    if (const auto* function = std::get_if<Function>(&declaration)) {
      Flow(subject, with_barriers, &out).Run(*function);
    }
  }
  return out;
}

}  // namespace ingot::wgsl
