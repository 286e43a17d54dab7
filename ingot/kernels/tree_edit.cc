#include "ingot/kernels/tree_edit.h"

namespace ingot::kernels {
namespace {

class Editor {
 public:
  explicit Editor(const std::function<void(wgsl::Expr&)>& edit) : edit_(edit) {}

  void Walk(wgsl::Variable& variable) const {
    Walk(variable.attributes);
    for (wgsl::Expr& arg : variable.template_args) Walk(arg);
    if (variable.type) Walk(*variable.type);
    if (variable.value) Walk(*variable.value);
  }
  void Walk(wgsl::Alias& alias) const { Walk(alias.type); }
  void Walk(wgsl::Struct& declaration) const {
    for (wgsl::Field& member : declaration.members) Walk(member.type);
  }
  void Walk(wgsl::Function& function) const {
    Walk(function.attributes);
    for (wgsl::Field& param : function.params) Walk(param.type);
    if (function.return_type) Walk(*function.return_type);
    Walk(function.body);
  }
  void Walk(wgsl::ConstAssert& assertion) const { Walk(assertion.condition); }

 private:
  void Walk(wgsl::Expr& expr) const {
    for (wgsl::Expr& arg : expr.template_args) Walk(arg);
    for (wgsl::Expr& operand : expr.operands) Walk(operand);
    edit_(expr);
  }
  void Walk(wgsl::Attributes& attributes) const {
    for (wgsl::Attribute& attribute : attributes) {
      for (wgsl::Expr& arg : attribute.args) Walk(arg);
    }
  }
  void Walk(wgsl::Stmt& stmt) const {
    Walk(stmt.attributes);
    if (stmt.variable) Walk(*stmt.variable);
    for (wgsl::Expr& expr : stmt.exprs) Walk(expr);
    for (wgsl::Stmt& child : stmt.children) Walk(child);
  }

  const std::function<void(wgsl::Expr&)>& edit_;
};

}  // namespace

void EditExprs(wgsl::Declaration* declaration, const std::function<void(wgsl::Expr&)>& edit) {
  std::visit([editor = Editor(edit)](auto& value) { editor.Walk(value); }, *declaration);
}

}  // namespace ingot::kernels
