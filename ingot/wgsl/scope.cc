#include "ingot/wgsl/scope.h"

#include <algorithm>
#include <vector>

#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

// Walks a tree in the order in which names come into scope. `Tree` is const or not, as `visit`
// needs.
template <template <typename> typename Tree>
class Walker {
 public:
  using Visit = std::function<void(Tree<Expr>&, const std::string* local)>;
  using Declare = std::function<void(std::string_view, Place)>;
  Walker(const Visit& visit, const Declare& declare) : visit_(visit), declare_(declare) {}

  void Walk(Tree<Declaration>& declaration) {
    std::visit([this](auto& value) { this->WalkValue(value); }, declaration);
  }
  void Walk(Tree<Function>& function) { WalkValue(function); }

 private:
  void WalkValue(Tree<Alias>& alias) { Walk(alias.type); }
  void WalkValue(Tree<ConstAssert>& assertion) { Walk(assertion.condition); }
  void WalkValue(Tree<Struct>& declaration) {
    for (auto& member : declaration.members) WalkField(member);
  }
  void WalkValue(Tree<Variable>& variable) {
    Walk(variable.attributes);
    if (variable.type) Walk(*variable.type);
    if (variable.value) Walk(*variable.value);
  }
  void WalkValue(Tree<Function>& function) {
    Walk(function.attributes);
    for (auto& param : function.params) WalkField(param);
    Walk(function.return_attributes);
    if (function.return_type) Walk(*function.return_type);
    for (auto& param : function.params) Hide(param.name, param.place);
    Walk(function.body);
    locals_.clear();
  }
  void WalkField(Tree<Field>& field) {
    Walk(field.attributes);
    Walk(field.type);
  }

  void Walk(Tree<Attributes>& attributes) {
    for (auto& attribute : attributes) {
      const bool words = attribute.name == "builtin" || attribute.name == "interpolate" ||
                         attribute.name == "diagnostic";
      if (words) continue;
      for (auto& arg : attribute.args) Walk(arg);
    }
  }

  void Walk(Tree<Stmt>& stmt) {
    const size_t outer = locals_.size();
    for (auto& expr : stmt.exprs) {
      if (stmt.kind != StmtKind::kFor) Walk(expr);
    }
    if (stmt.variable) {
      WalkValue(*stmt.variable);
      Hide(stmt.variable->name, stmt.variable->place);
      return;  // in scope until the block ends
    }
    for (size_t i = 0; i < stmt.children.size(); ++i) {
      Walk(stmt.children[i]);
      // The condition of a for sees what its first part declares.
      if (stmt.kind == StmtKind::kFor && i == 0) {
        for (auto& expr : stmt.exprs) Walk(expr);
      }
    }
    locals_.resize(outer);
  }

  void Walk(Tree<Expr>& expr) {
    for (auto& arg : expr.template_args) Walk(arg);
    for (auto& operand : expr.operands) Walk(operand);
    if (expr.kind != ExprKind::kName && expr.kind != ExprKind::kCall) return;
    const auto local = std::find_if(locals_.rbegin(), locals_.rend(),
                                    [&](const std::string* name) { return *name == expr.text; });
    visit_(expr, local == locals_.rend() ? nullptr : *local);
  }

  void Hide(const std::string& name, Place place) {
    locals_.push_back(&name);
    declare_(name, place);
  }

  const Visit& visit_;
  const Declare& declare_;
  std::vector<const std::string*> locals_;  // the innermost last
};

template <typename T>
using Const = const T;
template <typename T>
using Mutable = T;

}  // namespace

void ForEachFreeName(const Declaration& declaration,
                     const std::function<void(const Expr&)>& visit) {
  const Walker<Const>::Declare ignore = [](std::string_view, Place) {};
  const Walker<Const>::Visit free = [&](const Expr& expr, const std::string* local) {
    if (local == nullptr) visit(expr);
  };
  Walker<Const>(free, ignore).Walk(declaration);
}

std::map<const Expr*, const std::string*> LocalNames(const Function& function) {
  std::map<const Expr*, const std::string*> out;
  const Walker<Const>::Declare ignore = [](std::string_view, Place) {};
  const Walker<Const>::Visit add = [&](const Expr& expr, const std::string* local) {
    if (local != nullptr) out.emplace(&expr, local);
  };
  Walker<Const>(add, ignore).Walk(function);
  return out;
}

std::set<std::string> ModuleNames(const Module& module) {
  std::set<std::string> out;
  for (const Declaration& declaration : module.declarations) {
    const std::string_view name = DeclaredName(declaration);
    if (!name.empty()) out.emplace(name);
  }
  return out;
}

std::set<std::string> UsedNames(const Declaration& declaration,
                                const std::set<std::string>& module) {
  std::set<std::string> out;
  ForEachFreeName(declaration, [&](const Expr& expr) {
    if (module.contains(expr.text)) out.insert(expr.text);
  });
  return out;
}

std::set<std::string> ReachableNames(const Module& module, std::string_view root) {
  const std::set<std::string> names = ModuleNames(module);
  std::map<std::string_view, const Declaration*> declarations;
  for (const Declaration& declaration : module.declarations) {
    declarations.emplace(DeclaredName(declaration), &declaration);
  }
  std::set<std::string> out;
  std::vector<std::string> next = {std::string(root)};
  while (!next.empty()) {
    const std::string name = std::move(next.back());
    next.pop_back();
    const auto found = declarations.find(name);
    if (found == declarations.end() || !out.insert(name).second) continue;
    for (const std::string& used : UsedNames(*found->second, names)) next.push_back(used);
  }
  return out;
}

Status Rename(const std::map<std::string, std::string, std::less<>>& names, Module* module) {
  std::set<std::string_view> added;
  for (const auto& [from, to] : names) added.insert(to);
  Status hidden;
  const Walker<Mutable>::Declare check = [&](std::string_view name, Place place) {
    if (!hidden.ok() || !added.contains(name)) return;
    hidden = ErrorAt(place, StrCat("local name (", name, ") would hide a renamed one"));
  };
  const Walker<Mutable>::Visit rename = [&](Expr& expr, const std::string* local) {
    if (local != nullptr) return;
    if (const auto found = names.find(expr.text); found != names.end()) expr.text = found->second;
  };
  std::vector<Declaration> renamed = module->declarations;
  for (Declaration& declaration : renamed) {
    Walker<Mutable>(rename, check).Walk(declaration);
    std::visit(
        [&](auto& value) {
          if constexpr (requires { value.name; }) {
            if (const auto found = names.find(value.name); found != names.end()) {
              value.name = found->second;
            }
          }
        },
        declaration);
  }
  INGOT_TRY(hidden);
  module->declarations = std::move(renamed);
  return {};
}

}  // namespace ingot::wgsl
