#include "ingot/kernels/wgsl_registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/kernels/recipe.h"
#include "ingot/kernels/wgsl_describe.h"

namespace ingot::kernels {

namespace {

// Whether what the row names is there, in `names`, among its kernel's overrides and variants.
Status CheckRow(const SelectRow& row, const KernelDesc& kernel,
                const std::set<std::string>& names) {
  std::vector<std::string> used = NamesIn(row.condition);
  for (const auto& [name, expr] : row.overrides) {
    const std::vector<std::string> more = NamesIn(expr);
    used.insert(used.end(), more.begin(), more.end());
    auto desc = std::ranges::find(kernel.overrides, name, &OverrideDesc::name);
    if (desc != kernel.overrides.end() && desc->clazz == OverrideClass::kTune) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("(", name, ") is no free override of kernel (", kernel.name, ")"));
  }
  for (const std::string& name : used) {
    if (names.contains(name) || IsFact(name) || IsSelectName(name)) continue;
    const std::vector<std::string> known(names.begin(), names.end());
    return Status(Code::kInvalidArgument, StrCat("(", name, ") is nothing that op (", row.op,
                                                 ") or a device has", NearestHint(name, known)));
  }
  return CompleteOverrides(kernel, row.variant, {}).status();
}

}  // namespace

Result<std::shared_ptr<const WgslRegistry>> WgslRegistry::Make(WgslFiles files) {
  auto registry = std::make_shared<WgslRegistry>();
  registry->files_ = std::move(files);
  std::vector<Entry>& entries = registry->entries_;
  // Kernels first: what is wrong with one is said before what is wrong with its recipes.
  for (const FileKind kind : {FileKind::kKernel, FileKind::kRecipe}) {
    for (const WgslFile* file : registry->files_.All(kind)) {
      if (kind == FileKind::kRecipe || !file->header.slots.empty()) {
        INGOT_ASSIGN(WgslFile completed, Complete(*file, registry->files_));
        registry->completed_.push_back(std::move(completed));
        file = &registry->completed_.back();
      }
      INGOT_ASSIGN(std::vector<KernelDesc> described, Describe(*file, registry->files_));
      for (KernelDesc& desc : described) entries.push_back({std::move(desc), file});
    }
  }
  auto name = [](const Entry& entry) -> std::string_view { return entry.desc.name; };
  std::ranges::stable_sort(entries, {}, name);
  if (auto twice = std::ranges::adjacent_find(entries, {}, name); twice != entries.end()) {
    return Status(Code::kInvalidArgument, StrCat((twice + 1)->desc.file, ": kernel (", name(*twice),
                                                 ") comes from ", twice->desc.file, " too"));
  }
  for (const SelectRow& row : registry->files_.rows()) INGOT_TRY(registry->Attach(row));
  for (const Entry& entry : entries) registry->kernels_.push_back(&entry.desc);
  return std::shared_ptr<const WgslRegistry>(std::move(registry));
}

Status WgslRegistry::Attach(const SelectRow& row) {
  std::vector<std::string> kernels;
  std::set<std::string> names;  // that the row may use
  Entry* chosen = nullptr;
  for (Entry& entry : entries_) {
    if (entry.desc.op != row.op) continue;
    kernels.push_back(entry.desc.name);
    if (entry.desc.name == row.kernel || entry.file->base == row.kernel) chosen = &entry;
    for (const OverrideDesc& desc : entry.desc.overrides) names.insert(desc.name);
    for (const UniformDesc& desc : entry.desc.uniforms) names.insert(desc.name);
  }
  // A folder may put another kernel in the place of one that a row of the binary knows.
  const bool replaced = row.shipped && (chosen == nullptr || !chosen->file->shipped);
  if (chosen == nullptr) {
    if (replaced) return {};
    return Status(Code::kInvalidArgument,
                  StrCat(row.place, ": no kernel (", row.kernel, ") serves op (", row.op, ")",
                         NearestHint(row.kernel, kernels)));
  }
  const Status status = CheckRow(row, chosen->desc, names);
  if (status.ok()) chosen->desc.rows.push_back(row);
  return replaced ? Status() : status.At(row.place);
}

Result<std::shared_ptr<const WgslRegistry>> WgslRegistry::Load(
    std::span<const std::string> folders) {
  INGOT_ASSIGN(WgslFiles files, WgslFiles::Shipped());
  for (const std::string& folder : folders) INGOT_TRY(files.AddFolder(folder));
  return Make(std::move(files));
}

const WgslRegistry& WgslRegistry::Shipped() {
  // A test loads them, so a binary whose own files are wrong is not built to be shipped.
  static const std::shared_ptr<const WgslRegistry> shipped = [] {
    Result<std::shared_ptr<const WgslRegistry>> loaded = Load({});
    INGOT_CHECK(loaded.ok());
    return std::move(loaded).value();
  }();
  return *shipped;
}

const KernelDesc* WgslRegistry::Find(std::string_view name) const {
  auto it = std::ranges::lower_bound(
      kernels_, name, {},
      [](const KernelDesc* kernel) -> std::string_view { return kernel->name; });
  return it != kernels_.end() && (*it)->name == name ? *it : nullptr;
}

Result<const KernelDesc*> WgslRegistry::Get(std::string_view name) const {
  if (const KernelDesc* found = Find(name)) return found;
  std::vector<std::string> names;
  for (const KernelDesc* kernel : kernels_) names.push_back(kernel->name);
  return Status(Code::kNotFound, StrCat("unknown kernel (", name, ")", NearestHint(name, names)));
}

const WgslFile& WgslRegistry::FileOf(const KernelDesc& kernel) const {
  auto it =
      std::ranges::find_if(entries_, [&](const Entry& entry) { return &entry.desc == &kernel; });
  INGOT_CHECK(it != entries_.end());
  return *it->file;
}

}  // namespace ingot::kernels
