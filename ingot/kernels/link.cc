#include "ingot/kernels/link.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/kernels/recipe.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/kernels/wgsl_describe.h"
#include "ingot/kernels/wgsl_unroll.h"
#include "ingot/wgsl/printer.h"

namespace ingot::kernels {
namespace {

Status Unsupported(const KernelDesc& desc, std::string_view what) {
  return Status(Code::kUnsupported, StrCat(desc.name, ": ", what));
}

Status CheckLimit(const KernelDesc& desc, std::string_view what, uint64_t wanted,
                  uint64_t granted) {
  if (wanted <= granted) return {};
  return Unsupported(
      desc, StrCat(what, " (", wanted, ") are more than the device grants (", granted, ")"));
}

// `access` lines whose condition holds, in the tree and in the description.
Status SettleAccess(const WgslFile& file, const HeaderNumbers& numbers, wgsl::Module* module,
                    KernelDesc* desc) {
  for (const AccessLine& line : file.header.accesses) {
    const Result<int64_t> holds = Evaluate(line.condition, numbers);
    if (!holds.ok()) return HeaderError(file.path, line.place, holds.status().message());
    if (*holds == 0) continue;
    for (wgsl::Declaration& declaration : module->declarations) {
      auto* variable = std::get_if<wgsl::Variable>(&declaration);
      if (variable == nullptr || variable->name != line.name) continue;
      variable->template_args.resize(1);
      variable->template_args.push_back(
          {.kind = wgsl::ExprKind::kName, .text = std::string(Name(line.access))});
    }
    std::ranges::find(desc->bindings, line.name, &BindingDesc::name)->access = line.access;
  }
  return {};
}

Status AddEnables(const std::vector<std::string>& wanted, bool subgroups, wgsl::Module* module) {
  const std::vector<std::string> known = {"f16", "subgroups"};
  const std::set<std::string> sorted(wanted.begin(), wanted.end());
  for (const std::string& name : sorted) {
    if (std::ranges::find(known, name) == known.end()) {
      return Status(Code::kInvalidArgument,
                    StrCat("unknown extension (", name, ")", NearestHint(name, known)));
    }
    if (name == "subgroups" && !subgroups) continue;
    module->directives.push_back({.kind = "enable", .names = {name}});
  }
  return {};
}

Result<Linked> LinkFile(const KernelDesc& desc, const WgslFile& file, const WgslFiles& files,
                        const LinkRequest& request, const DeviceFacts& facts) {
  Linked linked{.desc = desc};
  INGOT_ASSIGN(linked.constants, CompleteOverrides(desc, request.variant, request.overrides));
  for (const std::string& feature : desc.features) {
    if (!facts.Has(feature)) {
      return Unsupported(desc, StrCat("needs (", feature, "), which the device has not"));
    }
  }
  auto use_subgroups = linked.constants.find(kUseSubgroups);
  const bool subgroups = use_subgroups != linked.constants.end() && use_subgroups->second != 0;
  INGOT_ASSIGN(wgsl::Module module, Compose(file, files, subgroups));
  // First of the free overrides alone: those computed from an illegal choice may have no value.
  HeaderNumbers numbers;
  for (const auto& [name, value] : linked.constants) numbers[name] = static_cast<int64_t>(value);
  AddFacts(facts, &numbers);
  INGOT_TRY(CheckRequirements(desc, numbers, /*all=*/false));
  INGOT_ASSIGN(HeaderNumbers computed, NumbersOf(module, file.path, linked.constants));
  numbers.merge(std::move(computed));
  INGOT_TRY(CheckRequirements(desc, numbers, /*all=*/false));
  INGOT_TRY(CheckLimit(desc, "storage bindings", desc.bindings.size(), facts.max_storage_bindings));
  INGOT_TRY(SettleAccess(file, numbers, &module, &linked.desc));
  INGOT_TRY(AddAliases(file, numbers, &module));
  INGOT_TRY(AddEnables(request.enable, subgroups, &module));
  UnrollRegisterLoops(linked.constants, &module);

  INGOT_ASSIGN(const wgsl::Reflection seen, wgsl::Reflect(module, file.path));
  const wgsl::EntryPoint& entry = seen.entry_points.at(0);
  INGOT_ASSIGN(linked.workgroup_size,
               wgsl::EvaluateWorkgroupSize(module, file.path, entry, linked.constants));
  INGOT_ASSIGN(linked.workgroup_bytes,
               wgsl::EvaluateWorkgroupBytes(module, file.path, entry, linked.constants));
  INGOT_TRY(CheckLimit(desc, "invocations", linked.workgroup_size.Invocations(),
                       facts.max_workgroup_invocations));
  INGOT_TRY(CheckLimit(desc, "bytes of workgroup memory", linked.workgroup_bytes,
                       facts.max_workgroup_bytes));
  linked.text = wgsl::Print(module);
  linked.key = Sha256Hex(linked.text);
  return linked;
}

}  // namespace

Result<Linked> Link(const WgslRegistry& registry, const LinkRequest& request,
                    const DeviceFacts& facts) {
  if (!IsFilledName(request.kernel)) {
    INGOT_ASSIGN(const KernelDesc* desc, registry.Get(request.kernel));
    return LinkFile(*desc, registry.FileOf(*desc), registry.files(), request, facts);
  }
  INGOT_ASSIGN(const WgslFile file, FillByName(registry.files(), request.kernel));
  INGOT_ASSIGN(const std::vector<KernelDesc> described, Describe(file, registry.files()));
  return LinkFile(described.at(0), file, registry.files(), request, facts);
}

}  // namespace ingot::kernels
