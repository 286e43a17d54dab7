#include "ingot/kernels/stage.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/kernels/tree_edit.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/reflect.h"
#include "ingot/wgsl/scope.h"

namespace ingot::kernels {
namespace {

constexpr std::string_view kParams = "Params";
constexpr std::string_view kUniforms = "p";
constexpr std::string_view kOver = "over_";

// Whether it depends on what belongs to the use: by name, by a field, or by what lies under it.
bool IsOwn(const wgsl::Declaration& declaration, const std::set<std::string>& own,
           const std::set<std::string>& fields) {
  bool found = false;
  wgsl::ForEachFreeName(declaration, [&](const wgsl::Expr& expr) {
    found |= own.contains(expr.text) || expr.text.starts_with(kOver);
  });
  if (fields.empty() || found) return found;
  wgsl::Declaration copy = declaration;
  EditExprs(&copy, [&](wgsl::Expr& expr) {
    found |= expr.kind == wgsl::ExprKind::kMember && expr.operands[0].IsName(kUniforms) &&
             fields.contains(expr.text);
  });
  return found;
}

// Takes the uniforms of the stage's file apart; what is left goes to `use`.
Status TakeOwn(StageUse* use) {
  const WgslFile& file = *use->file;
  for (const wgsl::Declaration& declaration : file.module.declarations) {
    if (const auto* params = std::get_if<wgsl::Struct>(&declaration);
        params != nullptr && params->name == kParams) {
      use->fields = params->members;
      continue;
    }
    if (const auto* function = std::get_if<wgsl::Function>(&declaration);
        function != nullptr && wgsl::Find(function->attributes, "compute") != nullptr) {
      return wgsl::ErrorAt(file.path, function->place, "a stage has no entry point");
    }
    if (const auto* variable = std::get_if<wgsl::Variable>(&declaration);
        variable != nullptr && variable->kind == wgsl::VariableKind::kVar) {
      const Result<wgsl::Space> space = wgsl::SpaceOf(*variable);
      if (!space.ok()) return wgsl::InText(file.path, space.status());
      if (*space == wgsl::Space::kUniform) {
        const bool is_ours =
            variable->name == kUniforms && variable->type && variable->type->IsName(kParams);
        if (is_ours) continue;
        return wgsl::ErrorAt(file.path, variable->place,
                             StrCat("uniforms (", variable->name, ") are not `p: Params`"));
      }
    }
    use->own.declarations.push_back(declaration);
  }
  return {};
}

// `at4(m: u32, k4: u32) -> vec4<f32>`.
std::string Signature(const wgsl::Function& function, std::string_view name) {
  std::vector<std::string> params;
  for (const wgsl::Field& param : function.params) {
    params.push_back(StrCat(param.name, ": ", wgsl::Print(param.type)));
  }
  std::string text = StrCat(name, "(", Join(params, ", "), ")");
  if (function.return_type) text += StrCat(" -> ", wgsl::Print(*function.return_type));
  return text;
}

bool IsSame(const wgsl::Function& a, const wgsl::Function& b) {
  auto type = [](const wgsl::Field& field) -> const wgsl::Expr& { return field.type; };
  return a.return_type == b.return_type && std::ranges::equal(a.params, b.params, {}, type, type);
}

}  // namespace

bool IsSharedBinding(std::string_view name) {
  constexpr std::array<std::string_view, 3> kShared = {"state", "vectors", "y"};
  return std::ranges::find(kShared, name) != kShared.end();
}

Status TakeStage(const WgslFiles& files, StageUse* use) {
  INGOT_TRY(TakeOwn(use));
  std::set<std::string> own, fields;
  for (const wgsl::Declaration& declaration : use->own.declarations) {
    const std::string_view name = wgsl::DeclaredName(declaration);
    if (!IsSharedBinding(name)) own.emplace(name);
  }
  for (const wgsl::Field& field : use->fields) fields.insert(field.name);
  INGOT_ASSIGN(const std::vector<const WgslFile*> fragments, FragmentsOf(*use->file, files, false));
  // What uses something own is own as well; a declaration may stand before what it uses.
  std::set<const wgsl::Declaration*> taken;
  for (bool grows = true; grows;) {
    grows = false;
    for (const WgslFile* fragment : fragments) {
      for (const wgsl::Declaration& declaration : fragment->module.declarations) {
        if (taken.contains(&declaration) || !IsOwn(declaration, own, fields)) continue;
        taken.insert(&declaration);
        own.emplace(wgsl::DeclaredName(declaration));
        grows = true;
      }
    }
  }
  for (const WgslFile* fragment : fragments) {
    bool is_partial = std::ranges::any_of(fragment->header.uses, [&](const std::string& name) {
      return std::ranges::find(use->partial, name) != use->partial.end();
    });
    for (const wgsl::Declaration& declaration : fragment->module.declarations) {
      if (!taken.contains(&declaration)) continue;
      use->own.declarations.push_back(declaration);
      is_partial = true;
    }
    if (!is_partial) continue;
    use->partial.push_back(fragment->name);
    if (files.Find(FileKind::kFragment, fragment->name + "_subgroups") == nullptr) continue;
    return Status(Code::kInvalidArgument,
                  StrCat(use->file->path, ": fragment (", fragment->name,
                         ") depends on the stage, and has a text for subgroups"));
  }
  return {};
}

std::vector<std::pair<std::string, const wgsl::Function*>> FunctionsOf(std::string_view port,
                                                                       const WgslFile& ports) {
  std::vector<std::pair<std::string, const wgsl::Function*>> out;
  const std::string start = StrCat(port, "_");
  for (const wgsl::Declaration& declaration : ports.module.declarations) {
    const auto* function = std::get_if<wgsl::Function>(&declaration);
    if (function == nullptr || !function->name.starts_with(start)) continue;
    out.emplace_back(function->name.substr(start.size()), function);
  }
  return out;
}

Status CheckPort(const StageUse& use, const WgslFile& ports) {
  const std::string& port = use.file->header.subject;
  const auto wanted = FunctionsOf(port, ports);
  if (wanted.empty()) {
    return HeaderError(use.file->path, {}, StrCat("stage: unknown port (", port, ")"));
  }
  for (const auto& [name, function] : wanted) {
    const wgsl::Function* found = nullptr;
    for (const wgsl::Declaration& declaration : use.file->module.declarations) {
      if (wgsl::DeclaredName(declaration) != name) continue;
      found = std::get_if<wgsl::Function>(&declaration);
    }
    const std::string asked = StrCat("port ", port, " asks for ", Signature(*function, name), " (",
                                     ports.path, ":", function->place.line, ")");
    if (found == nullptr) return HeaderError(use.file->path, {}, StrCat("stage: ", asked));
    if (IsSame(*found, *function)) continue;
    return wgsl::ErrorAt(use.file->path, found->place,
                         StrCat("(", Signature(*found, name), "), but ", asked));
  }
  return {};
}

Status RenameStage(const NewNames& interface, const NewNames& fields, StageUse* use) {
  NewNames names;
  for (const wgsl::Declaration& declaration : use->own.declarations) {
    const std::string name(wgsl::DeclaredName(declaration));
    if (name.empty() || IsSharedBinding(name)) continue;
    auto fixed = interface.find(name);
    std::string renamed = fixed != interface.end() ? fixed->second : use->prefix + name;
    if (renamed != name) names[name] = std::move(renamed);
  }
  if (const Status status = wgsl::Rename(names, &use->own); !status.ok()) {
    return wgsl::InText(use->file->path, status);
  }
  for (wgsl::Declaration& declaration : use->own.declarations) {
    EditExprs(&declaration, [&](wgsl::Expr& expr) {
      if (expr.kind == wgsl::ExprKind::kCall && expr.text.starts_with(kOver) &&
          !use->under.empty()) {
        expr.text = use->under + expr.text.substr(kOver.size());
      }
      if (expr.kind != wgsl::ExprKind::kMember || !expr.operands[0].IsName(kUniforms)) return;
      auto field = fields.find(expr.text);
      if (field != fields.end()) expr.text = field->second;
    });
  }
  return {};
}

}  // namespace ingot::kernels
