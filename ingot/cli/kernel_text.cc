#include "ingot/cli/kernel_text.h"

#include <string_view>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

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
  if (desc.kind == kernels::OverrideKind::kBool) {
    if (desc.allowed.size() == 1) return desc.allowed[0] != 0 ? "{true}" : "{false}";
    return "{false, true}";
  }
  if (!desc.allowed.empty()) return StrCat("{", Join(desc.allowed, ", "), "}");
  return StrCat(desc.lo, "..", desc.hi, desc.step > 0 ? StrCat(" step ", desc.step) : "",
                desc.power_of_two ? ", power of two" : "");
}

std::string ExprTexts(const std::vector<kernels::HeaderExpr>& exprs, std::string_view separator) {
  std::vector<std::string> texts;
  for (const kernels::HeaderExpr& expr : exprs) texts.push_back(Print(expr));
  return Join(texts, separator);
}

}  // namespace

std::string FormatNames(const kernels::KernelDesc& desc) {
  std::vector<std::string_view> names;
  for (const DType dtype : desc.weight_formats) names.push_back(Name(dtype));
  return Join(names, " ");
}

Json KernelJson(const kernels::KernelDesc& desc) {
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
  if (!desc.file.empty()) {
    json["file"] = desc.file;
    json["grid"] = ExprTexts(desc.grid, ", ");
    json["requirements"] = JsonArray(
        desc.requirements, [](const kernels::HeaderExpr& expr) { return Json(Print(expr)); });
    json["tolerance"] = desc.tolerance;
  }
  json["variants"] =
      JsonArray(desc.variants, [](const kernels::Variant& variant) { return Json(variant.name); });
  return json;
}

std::string KernelText(const kernels::KernelDesc& desc) {
  std::string text;
  auto line = [&](const auto&... parts) { text += StrCat(parts..., "\n"); };
  line(desc.name, " (", desc.target, "): op ", desc.op, ", ", Name(desc.numerics),
       desc.phase ? StrCat(", ", Name(*desc.phase), " only") : "", ", priority ", desc.priority);
  line("  ", desc.formula);
  if (!desc.file.empty()) line("file: ", desc.file);
  if (!desc.grid.empty()) line("grid: ", ExprTexts(desc.grid, ", "));
  if (!desc.requirements.empty()) {
    line("requires: ", ExprTexts(desc.requirements, "; "));
  }
  if (!desc.features.empty()) line("needs: ", Join(desc.features, ", "));
  if (!desc.weight_formats.empty()) line("weight formats: ", FormatNames(desc));
  Table bindings({"binding", "layout", "access"});
  for (const auto& binding : desc.bindings) {
    bindings.Row({binding.name, binding.layout, std::string(Name(binding.access))});
  }
  text += "\n" + bindings.Text();
  if (!desc.uniforms.empty()) {
    std::vector<std::string> names;
    for (const auto& uniform : desc.uniforms) names.push_back(uniform.name);
    line("\nuniforms: ", Join(names, ", "));
  }
  if (!desc.overrides.empty()) {
    Table overrides({"override", "class", "default", "range"});
    for (const auto& row : desc.overrides) {
      overrides.Row(
          {row.name, std::string(ClassName(row.clazz)), StrCat(row.fallback), RangeText(row)});
    }
    text += "\n" + overrides.Text();
  }
  for (const auto& variant : desc.variants) {
    std::vector<std::string> pins;
    for (const auto& [name, value] : variant.pins) pins.push_back(StrCat(name, " = ", value));
    line("variant ", variant.name, ": ", Join(pins, ", "));
  }
  return text;
}

}  // namespace ingot::cli
