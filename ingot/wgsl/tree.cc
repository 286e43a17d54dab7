#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

std::string_view Spelling(Op op) {
  constexpr std::string_view kSpellings[] = {
      "",   "-", "!", "~",  "*",  "&",  "*",  "/", "%", "+", "-",  "<<",
      ">>", "<", ">", "<=", ">=", "==", "!=", "&", "^", "|", "&&", "||"};
  return kSpellings[static_cast<size_t>(op)];
}

std::string_view Name(VariableKind kind) {
  switch (kind) {
    case VariableKind::kVar:
      return "var";
    case VariableKind::kLet:
      return "let";
    case VariableKind::kConst:
      return "const";
    case VariableKind::kOverride:
      return "override";
  }
  return {};
}

const Attribute* Find(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::string_view DeclaredName(const Declaration& declaration) {
  return std::visit(
      [](const auto& value) -> std::string_view {
        if constexpr (requires { value.name; }) {
          return value.name;
        } else {
          return {};
        }
      },
      declaration);
}

}  // namespace ingot::wgsl
