#include "ingot/kernels/stage_header.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/wgsl/reflect.h"

namespace ingot::kernels {
namespace {

void RenameIn(HeaderExpr* expr, const NewNames& names) {
  if (expr->kind == HeaderExprKind::kName) {
    auto found = names.find(expr->text);
    if (found != names.end()) expr->text = found->second;
  }
  for (HeaderExpr& operand : expr->operands) RenameIn(&operand, names);
}

const std::string& Named(const NewNames& names, const std::string& name) {
  auto found = names.find(name);
  return found == names.end() ? name : found->second;
}

Status AddBinds(const StageUse& use, const NewNames& names, Header* header) {
  std::vector<std::string> declared;
  for (const wgsl::Declaration& declaration : use.file->module.declarations) {
    if (AsStorage(declaration) != nullptr) declared.emplace_back(wgsl::DeclaredName(declaration));
  }
  for (const BindLine& given : use.file->header.binds) {
    if (std::ranges::find(declared, given.name) == declared.end()) {
      return HeaderError(use.file->path, given.place,
                         StrCat("bind: no binding (", given.name, ") is declared",
                                NearestHint(given.name, declared)));
    }
    BindLine line = given;
    line.name = Named(names, line.name);
    if (line.condition) RenameIn(&*line.condition, names);
    auto known = std::ranges::find(header->binds, line.name, &BindLine::name);
    if (known == header->binds.end()) {
      header->binds.push_back(std::move(line));
      continue;
    }
    if (line.access == Access::kReadWrite) known->access = line.access;
    if (known->condition != line.condition) known->condition.reset();
  }
  return {};
}

}  // namespace

const wgsl::Variable* AsStorage(const wgsl::Declaration& declaration) {
  const auto* variable = std::get_if<wgsl::Variable>(&declaration);
  if (variable == nullptr || variable->kind != wgsl::VariableKind::kVar) return nullptr;
  const Result<wgsl::Space> space = wgsl::SpaceOf(*variable);
  return space.ok() && *space == wgsl::Space::kStorage ? variable : nullptr;
}

void AddShared(const HeaderExpr& bytes, Header* header) {
  if (!header->shared) {
    header->shared = bytes;
    return;
  }
  header->shared =
      HeaderExpr{.kind = HeaderExprKind::kCall, .text = "+", .operands = {*header->shared, bytes}};
}

Status AddStageHeader(const StageUse& use, const NewNames& names,
                      const std::set<std::string>& again, Header* header) {
  const Header& own = use.file->header;
  INGOT_TRY(AddBinds(use, names, header));
  for (RangeLine line : own.ranges) {
    if (again.contains(line.name)) continue;
    if (use.format && line.name == kWeightFormat) {
      line = {.name = line.name, .allowed = {*use.format}, .clazz = line.clazz};
    }
    line.name = Named(names, line.name);
    if (line.where) RenameIn(&*line.where, names);
    header->ranges.push_back(std::move(line));
  }
  for (SetLine line : own.sets) {
    line.name = Named(names, line.name);
    RenameIn(&line.value, names);
    header->sets.push_back(std::move(line));
  }
  for (AccessLine line : own.accesses) {
    line.name = Named(names, line.name);
    RenameIn(&line.condition, names);
    header->accesses.push_back(std::move(line));
  }
  for (RequireLine line : own.requirements) {
    RenameIn(&line.condition, names);
    header->requirements.push_back(std::move(line));
  }
  if (own.shared) {
    HeaderExpr bytes = *own.shared;
    RenameIn(&bytes, names);
    AddShared(bytes, header);
  }
  return {};
}

}  // namespace ingot::kernels
