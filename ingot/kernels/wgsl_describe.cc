#include "ingot/kernels/wgsl_describe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/kernels/wgsl_compose.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/reflect.h"

namespace ingot::kernels {
namespace {

// WebGPU counts each workgroup variable in steps of it.
constexpr uint64_t kRounding = 16;

std::optional<OverrideKind> KindOf(wgsl::ScalarType type) {
  if (type == wgsl::ScalarType::kBool) return OverrideKind::kBool;
  if (type == wgsl::ScalarType::kU32) return OverrideKind::kU32;
  if (type == wgsl::ScalarType::kI32) return OverrideKind::kI32;
  if (type == wgsl::ScalarType::kF32) return OverrideKind::kF32;
  return std::nullopt;
}

// The layout that a buffer of the header's type has in a Program.
std::string LayoutOf(const BindLine& line) {
  if (line.type.starts_with("wt[")) return "blocks";
  if (line.type == "kv") return "kv";
  constexpr std::array<std::string_view, 5> kOwn = {"vectors", "state", "ids", "table", "logits"};
  return std::ranges::find(kOwn, line.name) != kOwn.end() ? line.name : "rows";
}

class Describer {
 public:
  Describer(const WgslFile& file, const WgslFiles& files)
      : file_(file), header_(file.header), files_(files) {}

  Result<std::vector<KernelDesc>> Run() {
    desc_.name = file_.name;
    INGOT_ASSIGN(module_, Compose(file_, files_, false));
    INGOT_ASSIGN(seen_, wgsl::Reflect(module_, file_.path));
    INGOT_TRY(CheckEntry());
    INGOT_TRY(AddOverrides());
    INGOT_TRY(AddBindings());
    INGOT_TRY(AddUniforms());
    INGOT_TRY(CheckSubgroupText());
    INGOT_TRY(AddSets());
    INGOT_TRY(AddVariants());
    INGOT_TRY(AddConditions());
    INGOT_TRY(CheckDefaults());
    desc_.key = header_.key;
    desc_.target = "webgpu";
    desc_.formula = header_.formula;
    desc_.phase = header_.phase;
    desc_.file = file_.path;
    desc_.grid = header_.grid;
    desc_.tolerance = header_.tolerance;
    // What is made for one phase is better there than what serves both.
    desc_.priority = header_.phase ? 1 : 0;
    std::vector<KernelDesc> kernels;
    for (const OpLine& line : header_.ops) {
      INGOT_ASSIGN(KernelDesc kernel, Settle(line));
      kernels.push_back(std::move(kernel));
    }
    return kernels;
  }

 private:
  Status Wrong(wgsl::Place place, std::string_view what) const {
    return HeaderError(file_.path, place, what);
  }

  // The text for subgroups is whole too, and binds the same.
  Status CheckSubgroupText() {
    if (!overrides_.contains(kUseSubgroups)) return {};
    INGOT_ASSIGN(const wgsl::Module module, Compose(file_, files_, true));
    INGOT_ASSIGN(const wgsl::Reflection seen, wgsl::Reflect(module, file_.path));
    auto names = [](const wgsl::Reflection& reflection) {
      std::vector<std::string> names;
      for (const wgsl::Binding& binding : reflection.bindings) names.push_back(binding.name);
      return Join(names, " ");
    };
    if (names(seen) == names(seen_)) return {};
    return Wrong({}, StrCat("with ", kUseSubgroups, " the bindings are (", names(seen), "), not (",
                            names(seen_), ")"));
  }

  Status CheckEntry() {
    if (seen_.entry_points.size() != 1 || seen_.entry_points[0].name != "main" ||
        seen_.entry_points[0].stage != "compute") {
      return Status(Code::kInvalidArgument,
                    StrCat(file_.path, ": entry points (", seen_.entry_points.size(),
                           ") are not one @compute fn main"));
    }
    return {};
  }

  Status AddBindings() {
    std::vector<const wgsl::Binding*> storage;
    std::vector<std::string> declared;
    for (const wgsl::Binding& binding : seen_.bindings) {
      if (binding.space != wgsl::Space::kStorage) continue;
      storage.push_back(&binding);
      declared.push_back(binding.name);
    }
    for (size_t i = 0; i < header_.binds.size(); ++i) {
      const BindLine& line = header_.binds[i];
      auto it = std::ranges::find(declared, line.name);
      if (it == declared.end()) {
        return Wrong(line.place, StrCat("bind: no binding (", line.name, ") is declared",
                                        NearestHint(line.name, declared)));
      }
      if (declared[i] != line.name) {
        return Wrong(line.place, StrCat("bind: (", line.name, ") is number ", i + 1, " here, but (",
                                        declared[i], ") is in the code"));
      }
      if (storage[i]->access != line.access) {
        return Wrong(line.place,
                     StrCat("bind: access of (", line.name, ") is (", Name(line.access),
                            ") here, but (", Name(storage[i]->access), ") in the code"));
      }
      if (line.condition) INGOT_TRY(CheckNames(*line.condition, line.place, false));
      desc_.bindings.push_back({.name = line.name,
                                .layout = LayoutOf(line),
                                .access = line.access,
                                .condition = line.condition});
    }
    if (declared.size() > header_.binds.size()) {
      return Wrong(header_.binds.empty() ? wgsl::Place{} : header_.binds[0].place,
                   StrCat("bind: binding (", declared[header_.binds.size()], ") is not named"));
    }
    std::vector<std::string> written;
    for (const BindingDesc& binding : desc_.bindings) {
      if (binding.access == Access::kReadWrite) written.push_back(binding.name);
    }
    // A kernel without result works in place.
    const bool is_single = written.size() == 1 && written[0] != "y";
    if (is_single && LayoutOf(*FindBind(written[0])) == "rows") desc_.in_place = written[0];
    return {};
  }

  const BindLine* FindBind(std::string_view name) const {
    return &*std::ranges::find(header_.binds, name, &BindLine::name);
  }

  Status AddUniforms() {
    auto it = std::ranges::find(seen_.bindings, wgsl::Space::kUniform, &wgsl::Binding::space);
    INGOT_CHECK(it != seen_.bindings.end());  // Compose saw to it
    auto layout = std::ranges::find(seen_.structs, it->type, &wgsl::StructLayout::name);
    if (layout == seen_.structs.end()) {
      return wgsl::ErrorAt(file_.path, it->place,
                           StrCat("uniforms (", it->name, ") are (", it->type, "), not a struct"));
    }
    for (const wgsl::MemberLayout& member : layout->members) {
      if (member.type != "u32" && member.type != "f32") {
        return wgsl::ErrorAt(
            file_.path, it->place,
            StrCat("uniform (", member.name, ") is (", member.type, "), neither u32 nor f32"));
      }
      desc_.uniforms.push_back(
          {.name = member.name,
           .kind = member.type == "u32" ? UniformKind::kU32 : UniformKind::kF32,
           .offset = static_cast<uint32_t>(member.offset)});
    }
    return {};
  }

  // A free override stands in a range line; others are computed from those.
  Status AddOverrides() {
    std::vector<std::string> names;
    for (const wgsl::Override& seen : seen_.overrides) {
      names.push_back(seen.name);
      overrides_.insert(seen.name);
      auto line = std::ranges::find(header_.ranges, seen.name, &RangeLine::name);
      if (line != header_.ranges.end()) {
        INGOT_TRY(AddOverride(seen, *line));
        continue;
      }
      const bool is_free =
          !seen.default_value || seen.default_value->kind == wgsl::ExprKind::kLiteral;
      if (!is_free) continue;
      return wgsl::ErrorAt(file_.path, seen.place,
                           StrCat("override (", seen.name, ") has no range in the header"));
    }
    for (const RangeLine& line : header_.ranges) {
      if (overrides_.contains(line.name)) continue;
      return Wrong(line.place, StrCat("range: no override (", line.name, ") is declared",
                                      NearestHint(line.name, names)));
    }
    return {};
  }

  Status AddOverride(const wgsl::Override& seen, const RangeLine& line) {
    const std::optional<OverrideKind> kind = KindOf(seen.type);
    if (!kind || !seen.value) {
      return wgsl::ErrorAt(file_.path, seen.place,
                           StrCat("override (", seen.name,
                                  ") has no default of a type (bool, u32, "
                                  "i32, f32)"));
    }
    desc_.overrides.push_back({.name = line.name,
                               .kind = *kind,
                               .clazz = line.clazz,
                               .fallback = seen.value->AsDouble(),
                               .allowed = line.allowed,
                               .lo = line.lo,
                               .hi = line.hi,
                               .step = line.step,
                               .power_of_two = line.power_of_two});
    if (line.name != "W_FORMAT") return {};
    for (uint32_t format = 0; format <= line.hi || format < line.allowed.size(); ++format) {
      const double number = line.allowed.empty() ? format : line.allowed[format];
      if (line.allowed.empty() && format < line.lo) continue;
      const auto dtype =
          number < 0 ? std::nullopt : DTypeOfWeightFormat(static_cast<uint32_t>(number));
      if (!dtype) {
        return Wrong(line.place, StrCat("range: W_FORMAT (", number, ") is no weight format"));
      }
      desc_.weight_formats.push_back(*dtype);
    }
    return {};
  }

  UniformDesc* FindUniform(std::string_view name) {
    auto it = std::ranges::find(desc_.uniforms, name, &UniformDesc::name);
    return it == desc_.uniforms.end() ? nullptr : &*it;
  }

  Status CheckNames(const HeaderExpr& expr, wgsl::Place place, bool with_uniforms) {
    for (const std::string& name : NamesIn(expr)) {
      if (overrides_.contains(name) || IsFact(name)) continue;
      if (with_uniforms && FindUniform(name) != nullptr) continue;
      std::vector<std::string> known(overrides_.begin(), overrides_.end());
      if (with_uniforms) {
        for (const UniformDesc& uniform : desc_.uniforms) known.push_back(uniform.name);
      }
      return Wrong(place, StrCat("(", name, ") is no override", with_uniforms ? ", uniform" : "",
                                 " or device fact", NearestHint(name, known)));
    }
    return {};
  }

  Status AddSets() {
    for (const SetLine& line : header_.sets) {
      UniformDesc* uniform = FindUniform(line.name);
      if (uniform == nullptr) {
        return Wrong(line.place, StrCat("set: no uniform (", line.name, ") is declared"));
      }
      INGOT_TRY(CheckNames(line.value, line.place, true));
      uniform->value = line.value;
    }
    return {};
  }

  Status AddVariants() {
    for (const VariantLine& line : header_.variants) {
      desc_.variants.push_back({.name = line.name, .pins = line.pins});
    }
    // Each must be one that can be asked for.
    for (const VariantLine& line : header_.variants) {
      const auto values = CompleteOverrides(desc_, line.name, {});
      if (!values.ok()) {
        return Wrong(line.place, StrCat("variant (", line.name, "): ", values.status().message()));
      }
    }
    return {};
  }

  Status AddConditions() {
    const wgsl::Place top;
    for (const HeaderExpr& axis : header_.grid) INGOT_TRY(CheckNames(axis, top, true));
    for (const AccessLine& line : header_.accesses) {
      INGOT_TRY(CheckNames(line.condition, line.place, false));
      if (std::ranges::find(header_.binds, line.name, &BindLine::name) == header_.binds.end()) {
        return Wrong(line.place, StrCat("access: no binding (", line.name, ") is declared"));
      }
    }
    for (const RangeLine& line : header_.ranges) {
      if (!line.where) continue;
      INGOT_TRY(CheckNames(*line.where, line.place, false));
      desc_.requirements.push_back(*line.where);
    }
    if (header_.shared) {
      desc_.requirements.push_back(
          {.kind = HeaderExprKind::kCall,
           .text = ">=",
           .operands = {{.kind = HeaderExprKind::kName, .text = "shared"}, *header_.shared}});
    }
    for (const RequireLine& line : header_.requirements) {
      INGOT_TRY(CheckNames(line.condition, line.place, true));
      desc_.requirements.push_back(line.condition);
      const bool is_feature = line.condition.kind == HeaderExprKind::kName &&
                              (line.condition.text == "f16" || line.condition.text == "subgroups");
      if (is_feature) desc_.features.push_back(line.condition.text);
    }
    return {};
  }

  // With every override at its default, lengths are legal and the memory is what the header says.
  Status CheckDefaults() {
    INGOT_ASSIGN(const OverrideValues values, CompleteOverrides(desc_, "", {}));
    INGOT_ASSIGN(const HeaderNumbers numbers, NumbersOf(module_, file_.path, values));
    INGOT_TRY(AddAliases(file_, numbers, &module_));
    const wgsl::EntryPoint& entry = seen_.entry_points[0];
    INGOT_TRY(wgsl::EvaluateWorkgroupSize(module_, file_.path, entry, values).status());
    INGOT_ASSIGN(const uint64_t taken,
                 wgsl::EvaluateWorkgroupBytes(module_, file_.path, entry, values));
    int64_t stated = 0;
    if (header_.shared) {
      INGOT_TRY(CheckNames(*header_.shared, {}, false));
      const Result<int64_t> value = Evaluate(*header_.shared, numbers);
      if (!value.ok()) return Wrong({}, StrCat("shared: ", value.status().message()));
      stated = *value;
    }
    const uint64_t rounded =
        (static_cast<uint64_t>(stated) + kRounding - 1) / kRounding * kRounding;
    if (stated < 0 || rounded != taken) {
      return Wrong({}, StrCat("shared: (", stated, ") bytes of workgroup memory are stated, but (",
                              taken, ") are declared"));
    }
    return {};
  }

  // The kernel for one op.
  Result<KernelDesc> Settle(const OpLine& line) {
    KernelDesc kernel = desc_;
    kernel.op = line.op;
    if (header_.ops.size() > 1) kernel.name = line.name.empty() ? line.op : line.name;
    for (const auto& [name, value] : line.settings) {
      auto override_desc = std::ranges::find(kernel.overrides, name, &OverrideDesc::name);
      auto uniform = std::ranges::find(kernel.uniforms, name, &UniformDesc::name);
      if (override_desc != kernel.overrides.end()) {
        override_desc->allowed = {value};
        override_desc->fallback = value;
        std::erase_if(kernel.variants, [&, &name = name, &value = value](const Variant& variant) {
          auto pin = variant.pins.find(name);
          return pin != variant.pins.end() && pin->second != value;
        });
      } else if (uniform != kernel.uniforms.end()) {
        uniform->fixed = value;
      } else {
        std::vector<std::string> known;
        for (const auto& row : kernel.overrides) known.push_back(row.name);
        for (const auto& row : kernel.uniforms) known.push_back(row.name);
        return Wrong(line.place,
                     StrCat("op (", line.op, "): (", name, ") is no free override or uniform",
                            NearestHint(name, known)));
      }
    }
    return kernel;
  }

  const WgslFile& file_;
  const Header& header_;
  const WgslFiles& files_;
  wgsl::Module module_;
  wgsl::Reflection seen_;
  std::set<std::string, std::less<>> overrides_;  // declared, computed ones too
  KernelDesc desc_;
};

}  // namespace

Result<std::vector<KernelDesc>> Describe(const WgslFile& kernel, const WgslFiles& files) {
  return Describer(kernel, files).Run();
}

}  // namespace ingot::kernels
