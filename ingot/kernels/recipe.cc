#include "ingot/kernels/recipe.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/kernels/link_slots.h"
#include "ingot/kernels/stage.h"

namespace ingot::kernels {
namespace {

// What a recipe says beside its fills takes the place of what the kernel says.
Status ApplyRecipe(const WgslFile& recipe, WgslFile* file) {
  const Header& own = recipe.header;
  file->name = recipe.name;
  file->path = recipe.path;
  file->text = recipe.text;
  file->shipped = recipe.shipped;
  file->header.variants = own.variants;
  if (!own.ops.empty()) file->header.ops = own.ops;
  if (!own.formula.empty()) file->header.formula = own.formula;
  if (!own.key.empty()) file->header.key = own.key;
  if (!own.tolerance.empty()) file->header.tolerance = own.tolerance;
  if (own.phase) file->header.phase = own.phase;
  for (const RequireLine& line : own.requirements) file->header.requirements.push_back(line);
  for (const RangeLine& line : own.ranges) {
    auto known = std::ranges::find(file->header.ranges, line.name, &RangeLine::name);
    if (known == file->header.ranges.end()) {
      return HeaderError(recipe.path, line.place,
                         StrCat("range: the kernel has no override (", line.name, ")"));
    }
    *known = line;
    const double first = line.allowed.empty() ? line.lo : line.allowed[0];
    for (wgsl::Declaration& declaration : file->module.declarations) {
      auto* variable = std::get_if<wgsl::Variable>(&declaration);
      if (variable == nullptr || variable->name != line.name) continue;
      variable->value = wgsl::Expr{.kind = wgsl::ExprKind::kLiteral, .text = StrCat(first, "u")};
    }
  }
  return {};
}

}  // namespace

Result<WgslFile> Complete(const WgslFile& file, const WgslFiles& files) {
  if (file.header.kind != FileKind::kRecipe) {
    return file.header.slots.empty() ? Result<WgslFile>(file) : FillSlots(file, {}, files);
  }
  const WgslFile* kernel = files.Find(FileKind::kKernel, file.header.subject);
  if (kernel == nullptr) {
    std::vector<std::string> known;
    for (const WgslFile* other : files.All(FileKind::kKernel)) known.push_back(other->name);
    return HeaderError(file.path, {},
                       StrCat("recipe of an unknown kernel (", file.header.subject, ")",
                              NearestHint(file.header.subject, known)));
  }
  if (!file.module.declarations.empty()) {
    return HeaderError(file.path, {}, "a recipe has header lines only");
  }
  Result<WgslFile> filled = FillSlots(*kernel, file.header.fills, files);
  if (!filled.ok()) return filled.status().At(file.path);
  INGOT_TRY(ApplyRecipe(file, &*filled));
  return filled;
}

Status CheckStage(const WgslFile& stage, const WgslFiles& files) {
  const WgslFile* ports = files.Find(FileKind::kFragment, kPorts);
  if (ports == nullptr) {
    return Status(Code::kInvalidArgument, StrCat(stage.path, ": no fragment (", kPorts, ")"));
  }
  StageUse use{.file = &stage};
  INGOT_TRY(CheckPort(use, *ports));
  return TakeStage(files, &use);
}

bool IsFilledName(std::string_view name) { return name.find('{') != std::string_view::npos; }

Result<WgslFile> FillByName(const WgslFiles& files, std::string_view name) {
  const size_t open = name.find('{');
  if (open == std::string_view::npos || !name.ends_with('}')) {
    return Status(Code::kInvalidArgument, StrCat("(", name, ") is not KERNEL{FILLS}"));
  }
  const std::string_view wanted = name.substr(0, open);
  const WgslFile* kernel = files.Find(FileKind::kKernel, wanted);
  if (kernel == nullptr) {
    std::vector<std::string> known;
    for (const WgslFile* file : files.All(FileKind::kKernel)) {
      if (!file->header.slots.empty()) known.push_back(file->name);
    }
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", wanted, ") to be filled", NearestHint(wanted, known)));
  }
  INGOT_ASSIGN(const std::vector<FillLine> fills,
               ParseFills(name.substr(open + 1, name.size() - open - 2)));
  return FillSlots(*kernel, fills, files);
}

}  // namespace ingot::kernels
