// `ingot kernels`: the kernels there are, as they describe themselves.
#include <memory>

#include "ingot/base/text.h"
#include "ingot/cli/command.h"
#include "ingot/cli/output.h"
#include "ingot/cli/shared_flags.h"
#include "ingot/kernels/registry.h"

namespace ingot::cli {
namespace {

struct Flags {
  SharedFlags shared;
  std::string action;
  std::string name;
  std::string target = "cpu";
  std::string op;
};

std::string FormatNames(const kernels::KernelDesc& desc) {
  std::vector<std::string_view> names;
  for (const DType dtype : desc.weight_formats) names.push_back(Name(dtype));
  return Join(names, " ");
}

std::string_view ClassName(kernels::OverrideClass clazz) {
  switch (clazz) {
    case kernels::OverrideClass::kBound:
      return "bound";
    case kernels::OverrideClass::kFlag:
      return "flag";
    case kernels::OverrideClass::kTune:
      return "tune";
  }
  return "?";
}

std::string RangeText(const kernels::OverrideDesc& desc) {
  if (desc.kind == kernels::OverrideKind::kBool) return "{false, true}";
  if (!desc.allowed.empty()) return StrCat("{", Join(desc.allowed, ", "), "}");
  return StrCat(desc.lo, "..", desc.hi);
}

Json ToJson(const kernels::KernelDesc& desc) {
  Json json = Json::Object();
  json["name"] = desc.name;
  json["op"] = desc.op;
  json["target"] = desc.target;
  json["formula"] = desc.formula;
  json["numerics"] = Name(desc.numerics);
  json["phase"] = desc.phase ? Json(Name(*desc.phase)) : Json();
  json["priority"] = desc.priority;
  json["features"] = JsonArray(desc.features);
  json["weight_formats"] =
      JsonArray(desc.weight_formats, [](DType dtype) { return Json(Name(dtype)); });
  json["bindings"] = JsonArray(desc.bindings, [](const kernels::BindingDesc& binding) {
    Json row = Json::Object();
    row["name"] = binding.name;
    row["layout"] = binding.layout;
    row["access"] = Name(binding.access);
    return row;
  });
  json["uniforms"] = JsonArray(
      desc.uniforms, [](const kernels::UniformDesc& uniform) { return Json(uniform.name); });
  json["overrides"] = JsonArray(desc.overrides, [](const kernels::OverrideDesc& override_desc) {
    Json row = Json::Object();
    row["name"] = override_desc.name;
    row["class"] = ClassName(override_desc.clazz);
    row["default"] = override_desc.fallback;
    row["range"] = RangeText(override_desc);
    return row;
  });
  json["variants"] =
      JsonArray(desc.variants, [](const kernels::Variant& variant) { return Json(variant.name); });
  return json;
}

void PrintKernel(const kernels::KernelDesc& desc) {
  PrintLine(StrCat(desc.name, " (", desc.target, "): op ", desc.op, ", ", Name(desc.numerics),
                   desc.phase ? StrCat(", ", Name(*desc.phase), " only") : "", ", priority ",
                   desc.priority));
  PrintLine(StrCat("  ", desc.formula));
  if (!desc.features.empty()) PrintLine(StrCat("needs: ", Join(desc.features, ", ")));
  if (!desc.weight_formats.empty()) PrintLine(StrCat("weight formats: ", FormatNames(desc)));
  Table bindings({"binding", "layout", "access"});
  for (const auto& binding : desc.bindings) {
    bindings.Row({binding.name, binding.layout, std::string(Name(binding.access))});
  }
  Print("\n" + bindings.Text());
  if (!desc.uniforms.empty()) {
    std::vector<std::string> names;
    for (const auto& uniform : desc.uniforms) names.push_back(uniform.name);
    PrintLine(StrCat("\nuniforms: ", Join(names, ", ")));
  }
  if (!desc.overrides.empty()) {
    Table overrides({"override", "class", "default", "range"});
    for (const auto& row : desc.overrides) {
      overrides.Row(
          {row.name, std::string(ClassName(row.clazz)), StrCat(row.fallback), RangeText(row)});
    }
    Print("\n" + overrides.Text());
  }
  for (const auto& variant : desc.variants) {
    std::vector<std::string> pins;
    for (const auto& [name, value] : variant.pins) pins.push_back(StrCat(name, " = ", value));
    PrintLine(StrCat("variant ", variant.name, ": ", Join(pins, ", ")));
  }
}

Status List(const Flags& flags) {
  Json rows = Json::Array();
  Table table({"kernel", "op", "numerics", "phase", "priority", "needs", "weight formats"});
  std::vector<std::string> ops;
  for (const kernels::KernelDesc* desc : kernels::KernelsOf(flags.target)) {
    ops.push_back(desc->op);
    if (!flags.op.empty() && desc->op != flags.op) continue;
    rows.Append(ToJson(*desc));
    table.Row({desc->name, desc->op, std::string(Name(desc->numerics)),
               desc->phase ? std::string(Name(*desc->phase)) : "both", StrCat(desc->priority),
               Join(desc->features, " "), FormatNames(*desc)});
  }
  if (rows.size() == 0) {
    return Status(Code::kNotFound,
                  StrCat("no kernel serves op (", flags.op, ")", NearestHint(flags.op, ops)));
  }
  if (flags.shared.json) {
    PrintJson(rows);
  } else {
    Print(table.Text());
  }
  return Status();
}

Status Show(const Flags& flags) {
  const kernels::KernelDesc* desc = kernels::FindKernel(flags.target, flags.name);
  if (desc == nullptr) {
    std::vector<std::string> names;
    for (const kernels::KernelDesc* known : kernels::KernelsOf(flags.target)) {
      names.push_back(known->name);
    }
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", flags.name, ")", NearestHint(flags.name, names)));
  }
  if (flags.shared.json) {
    PrintJson(ToJson(*desc));
  } else {
    PrintKernel(*desc);
  }
  return Status();
}

Status Kernels(const Flags& flags) {
  if (flags.action == "list") {
    if (flags.name.empty()) return List(flags);
    return Status(Code::kInvalidArgument, StrCat("list takes no name, but got (", flags.name, ")"));
  }
  if (flags.name.empty()) return Status(Code::kInvalidArgument, "show needs the name of a kernel");
  return Show(flags);
}

}  // namespace

Action CmdKernels(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("ACTION", flags->action, "list, or show NAME")
      ->required()
      ->check(OneOf({"list", "show"}));
  app.add_option("NAME", flags->name, "kernel to show");
  app.add_option("--target", flags->target, "Whose kernels")->check(OneOf({"cpu"}));
  app.add_option("--op", flags->op, "List only those of this op");
  AddOutputFlags(app, flags->shared);
  AddExample(app, "ingot kernels list --op matmul\n  ingot kernels show matmul_parallel");
  return [flags] { return Kernels(*flags); };
}

}  // namespace ingot::cli
