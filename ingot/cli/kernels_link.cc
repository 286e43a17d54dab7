#include "ingot/cli/kernels_link.h"

#include <set>

#include "ingot/base/text.h"
#include "ingot/cli/kernel_text.h"
#include "ingot/cli/output.h"
#include "ingot/kernels/link.h"

namespace ingot::cli {
namespace {

// All that WebGPU can grant.
DeviceFacts LargestDevice() {
  DeviceFacts facts;
  facts.kind = "webgpu";
  facts.features = {"exact_unpack", "f16", "subgroups"};
  facts.max_workgroup_invocations = 1024;
  facts.max_workgroup_bytes = 1 << 16;
  facts.subgroup_min = facts.subgroup_max = 4;
  return facts;
}

Result<OverrideValues> ReadOverrides(const std::vector<std::string>& items) {
  OverrideValues values;
  for (const std::string& item : items) {
    const size_t equals = item.find('=');
    const std::string text = equals == std::string::npos ? "" : item.substr(equals + 1);
    std::optional<double> value = ParseDouble(text);
    if (text == "true" || text == "false") value = text == "true";
    if (!value) {
      return Status(Code::kInvalidArgument, StrCat("--set: (", item, ") is not NAME=NUMBER"));
    }
    values[item.substr(0, equals)] = *value;
  }
  return values;
}

// What is worth linking of a kernel, each as a request.
std::vector<kernels::LinkRequest> RequestsFor(const kernels::KernelDesc& kernel,
                                              const std::vector<std::string>& enable) {
  std::vector<kernels::LinkRequest> requests;
  std::vector<kernels::Variant> variants = {{}};
  variants.insert(variants.end(), kernel.variants.begin(), kernel.variants.end());
  for (const kernels::Variant& variant : variants) {
    requests.push_back({.kernel = kernel.name, .variant = variant.name, .enable = enable});
    if (variant.pins.contains("W_FORMAT")) continue;
    for (const DType format : kernel.weight_formats) {
      const OverrideValues chosen = {{"W_FORMAT", kernels::WeightFormat(format)}};
      requests.push_back(
          {.kernel = kernel.name, .variant = variant.name, .overrides = chosen, .enable = enable});
    }
  }
  for (const kernels::OverrideDesc& desc : kernel.overrides) {
    std::vector<double> values = desc.allowed;
    if (values.empty()) values = {desc.lo, desc.hi};
    if (desc.kind == kernels::OverrideKind::kBool && desc.allowed.empty()) values = {0, 1};
    for (const double value : values) {
      requests.push_back(
          {.kernel = kernel.name, .overrides = {{desc.name, value}}, .enable = enable});
    }
  }
  return requests;
}

Json ToJson(const kernels::LinkRequest& request, const kernels::Linked& linked) {
  Json json = Json::Object();
  json["kernel"] = request.kernel;
  json["variant"] = request.variant;
  json["key"] = linked.key;
  Json constants = Json::Object();
  for (const auto& [name, value] : linked.constants) constants[name] = value;
  json["constants"] = std::move(constants);
  json["invocations"] = linked.workgroup_size.Invocations();
  json["workgroup_bytes"] = linked.workgroup_bytes;
  json["access"] = JsonArray(linked.desc.bindings, [](const kernels::BindingDesc& binding) {
    return Json(Name(binding.access));
  });
  return json;
}

Status LinkAll(const kernels::WgslRegistry& registry, const LinkFlags& flags) {
  Json texts = Json::Object();
  Json rows = Json::Array();
  for (const kernels::KernelDesc* kernel : registry.Kernels()) {
    std::set<std::pair<std::string, OverrideValues>> seen;
    for (const kernels::LinkRequest& request : RequestsFor(*kernel, flags.enable)) {
      const Result<kernels::Linked> linked = kernels::Link(registry, request, LargestDevice());
      // A requirement that a single value breaks.
      if (!linked.ok() && linked.status().code() == Code::kUnsupported) continue;
      if (!linked.ok()) return linked.status();
      if (!seen.emplace(linked->key, linked->constants).second) continue;
      texts[linked->key] = linked->text;
      rows.Append(ToJson(request, *linked));
    }
  }
  Json json = Json::Object();
  json["texts"] = std::move(texts);
  json["rows"] = std::move(rows);
  PrintJson(json);
  return {};
}

}  // namespace

Status LinkKernels(const kernels::WgslRegistry& registry, const LinkFlags& flags) {
  if (flags.name.empty()) {
    if (flags.json) return LinkAll(registry, flags);
    return Status(Code::kInvalidArgument, "link needs the name of a kernel, or --json for all");
  }
  kernels::LinkRequest request = {
      .kernel = flags.name, .variant = flags.variant, .enable = flags.enable};
  INGOT_ASSIGN(request.overrides, ReadOverrides(flags.set));
  INGOT_ASSIGN(const kernels::Linked linked, kernels::Link(registry, request, LargestDevice()));
  if (flags.json) {
    Json json = ToJson(request, linked);
    json["text"] = linked.text;
    if (!flags.fill.empty()) json["description"] = KernelJson(linked.desc);
    PrintJson(json);
    return {};
  }
  Print(linked.text);
  // What a fill makes is in no list that would show it.
  if (!flags.fill.empty()) {
    for (const std::string_view line : Split(Trim(KernelText(linked.desc)), '\n')) {
      PrintLine(Trim(StrCat("// ", line)));
    }
  }
  return {};
}

}  // namespace ingot::cli
