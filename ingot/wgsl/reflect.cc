#include "ingot/wgsl/reflect.h"

#include <algorithm>
#include <set>

#include "ingot/base/text.h"
#include "ingot/wgsl/eval.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/scope.h"

namespace ingot::wgsl {
namespace {

// Along one axis; no device takes as many.
constexpr uint64_t kMaxExtent = 1u << 16;

class Reflector {
 public:
  explicit Reflector(const Module& module)
      : module_(module),
        names_(ModuleNames(module)),
        evaluator_(module, none_),
        layouts_(&evaluator_) {}

  Result<Reflection> Run() {
    INGOT_TRY(CheckNames());
    for (const Declaration& declaration : module_.declarations) {
      if (const auto* variable = std::get_if<Variable>(&declaration)) INGOT_TRY(Add(*variable));
      if (const auto* structure = std::get_if<Struct>(&declaration)) INGOT_TRY(Add(*structure));
      if (const auto* function = std::get_if<Function>(&declaration)) Add(*function, declaration);
    }
    std::stable_sort(out_.bindings.begin(), out_.bindings.end(),
                     [](const Binding& a, const Binding& b) {
                       return a.group != b.group ? a.group < b.group : a.number < b.number;
                     });
    for (size_t i = 1; i < out_.bindings.size(); ++i) {
      const Binding& a = out_.bindings[i - 1];
      const Binding& b = out_.bindings[i];
      if (!a.group || a.group != b.group || a.number != b.number) continue;
      return ErrorAt(b.place, StrCat("binding (", *b.number, ") of group (", *b.group,
                                     ") is both (", a.name, ") and (", b.name, ")"));
    }
    return std::move(out_);
  }

 private:
  Status CheckNames() {
    std::set<std::string_view> seen;
    for (const Declaration& declaration : module_.declarations) {
      const std::string_view name = DeclaredName(declaration);
      if (name.empty() || seen.insert(name).second) continue;
      const Place place = std::visit([](const auto& value) { return value.place; }, declaration);
      return ErrorAt(place, StrCat("name (", name, ") is declared twice"));
    }
    return {};
  }

  // The argument of an attribute that takes one count.
  Result<std::optional<uint32_t>> Count(const Attributes& attributes, std::string_view name) {
    const Attribute* attribute = Find(attributes, name);
    if (attribute == nullptr) return std::optional<uint32_t>();
    if (attribute->args.size() != 1) {
      return ErrorAt(attribute->place, StrCat("@", name, " takes one value"));
    }
    INGOT_ASSIGN(const uint64_t count, evaluator_.EvaluateCount(attribute->args[0]));
    if (count > UINT32_MAX) {
      return ErrorAt(attribute->place, StrCat("@", name, " (", count, ") is too large"));
    }
    return std::optional<uint32_t>(static_cast<uint32_t>(count));
  }

  Status Add(const Variable& variable) {
    if (variable.kind == VariableKind::kOverride) return AddOverride(variable);
    if (variable.kind != VariableKind::kVar) return {};
    INGOT_ASSIGN(const Space space, SpaceOf(variable));
    if (space == Space::kWorkgroup || space == Space::kPrivate) return {};
    return AddBinding(variable, space);
  }

  Status AddOverride(const Variable& variable) {
    Override out{.name = variable.name, .default_value = variable.value, .place = variable.place};
    INGOT_ASSIGN(out.id, Count(variable.attributes, "id"));
    const Result<Scalar> value = evaluator_.EvaluateVariable(variable);
    if (value.ok()) {
      out.value = *value;
      out.type = value->type;
    } else if (value.status().code() != Code::kNotFound) {
      return value.status();
    } else {
      INGOT_ASSIGN(out.type, TypeOf(variable));
    }
    out_.overrides.push_back(std::move(out));
    return {};
  }

  // Of an override whose value hangs on others: the same whatever they are, so 1 stands in for
  // them.
  Result<ScalarType> TypeOf(const Variable& variable) {
    if (variable.type) {
      if (const auto type = ScalarTypeOf(evaluator_.names(), *variable.type)) return *type;
      return ErrorAt(variable.place, StrCat("override (", variable.name, ") is no scalar"));
    }
    OverrideValues ones;
    for (const Declaration& declaration : module_.declarations) {
      const auto* other = std::get_if<Variable>(&declaration);
      if (other != nullptr && other->type && !other->value) ones[other->name] = 1;
    }
    INGOT_ASSIGN(const Scalar value, Evaluator(module_, ones).EvaluateVariable(variable));
    return value.type;
  }

  Status AddBinding(const Variable& variable, Space space) {
    INGOT_ASSIGN(const std::optional<uint32_t> group, Count(variable.attributes, "group"));
    INGOT_ASSIGN(const std::optional<uint32_t> number, Count(variable.attributes, "binding"));
    if (group.has_value() != number.has_value()) {
      return ErrorAt(variable.place, StrCat("resource (", variable.name, ") has no @",
                                            group ? "binding" : "group"));
    }
    if (!variable.type) {
      return ErrorAt(variable.place, StrCat("resource (", variable.name, ") has no type"));
    }
    Binding out{.group = group, .number = number, .name = variable.name, .space = space};
    out.type = Print(*variable.type);
    out.place = variable.place;
    if (space == Space::kStorage && variable.template_args.size() > 1) {
      const std::string& access = variable.template_args[1].text;
      if (access != "read" && access != "read_write") {
        return ErrorAt(variable.place, StrCat("access (", access, ") of (", variable.name,
                                              ") is neither (read) nor (read_write)"));
      }
      if (access == "read_write") out.access = Access::kReadWrite;
    }
    if (const Expr* element = ElementOf(evaluator_.names(), *variable.type)) {
      INGOT_ASSIGN(const Expr* resolved, evaluator_.names().Resolve(*element));
      out.element = Print(*resolved);
    }
    if (space != Space::kHandle) {
      INGOT_ASSIGN(out.layout, Known(layouts_.Of(*variable.type)));
    }
    if (space == Space::kUniform && out.layout) INGOT_TRY(layouts_.CheckUniform(*variable.type));
    out_.bindings.push_back(std::move(out));
    return {};
  }

  // Nothing where an override has no value.
  template <typename T>
  static Result<std::optional<T>> Known(Result<T> result) {
    if (result.ok()) return std::optional<T>(std::move(result).value());
    if (result.status().code() == Code::kNotFound) return std::optional<T>();
    return result.status();
  }

  Status Add(const Struct& declaration) {
    INGOT_ASSIGN(std::optional<StructLayout> layout, Known(layouts_.Of(declaration)));
    if (layout) out_.structs.push_back(std::move(*layout));
    return {};
  }

  void Add(const Function& function, const Declaration& declaration) {
    FunctionUse use{.name = function.name};
    for (const std::string& name : UsedNames(declaration, names_)) use.names.push_back(name);
    out_.functions.push_back(std::move(use));
    for (std::string_view stage : {"compute", "vertex", "fragment"}) {
      if (Find(function.attributes, stage) == nullptr) continue;
      EntryPoint entry{.name = function.name, .stage = std::string(stage), .place = function.place};
      if (const Attribute* size = Find(function.attributes, "workgroup_size")) {
        entry.workgroup_size = size->args;
      }
      out_.entry_points.push_back(std::move(entry));
    }
  }

  const Module& module_;
  const OverrideValues none_;
  std::set<std::string> names_;
  Evaluator evaluator_;
  Layouts layouts_;
  Reflection out_;
};

template <typename T>
Result<T> Located(std::string_view name, Result<T> result) {
  if (result.ok()) return result;
  return InText(name, result.status());
}

Result<WorkgroupSize> SizeOf(const Module& module, const EntryPoint& entry,
                             const OverrideValues& overrides) {
  Evaluator evaluator(module, overrides);
  WorkgroupSize out;
  uint64_t* extents[] = {&out.x, &out.y, &out.z};
  if (entry.workgroup_size.empty() || entry.workgroup_size.size() > std::size(extents)) {
    return ErrorAt(entry.place, StrCat("entry point (", entry.name, ") has (",
                                       entry.workgroup_size.size(), ") workgroup sizes"));
  }
  for (size_t i = 0; i < entry.workgroup_size.size(); ++i) {
    const Expr& expr = entry.workgroup_size[i];
    INGOT_ASSIGN(*extents[i], evaluator.EvaluateCount(expr));
    if (*extents[i] == 0 || *extents[i] > kMaxExtent) {
      return ErrorAt(expr.place,
                     StrCat("workgroup size (", *extents[i], ") is not in 1..", kMaxExtent));
    }
  }
  return out;
}

Result<uint64_t> BytesOf(const Module& module, const EntryPoint& entry,
                         const OverrideValues& overrides) {
  Evaluator evaluator(module, overrides);
  Layouts layouts(&evaluator);
  const std::set<std::string> reached = ReachableNames(module, entry.name);
  uint64_t total = 0;
  for (const Declaration& declaration : module.declarations) {
    const auto* variable = std::get_if<Variable>(&declaration);
    if (variable == nullptr || variable->kind != VariableKind::kVar || !variable->type) continue;
    INGOT_ASSIGN(const Space space, SpaceOf(*variable));
    if (space != Space::kWorkgroup || !reached.contains(variable->name)) continue;
    INGOT_ASSIGN(const TypeLayout layout, layouts.Of(*variable->type));
    total += (layout.size + 15) / 16 * 16;  // at most 2^48 each, and no text has 2^15 of them
  }
  return total;
}

}  // namespace

std::string_view Name(Space space) {
  switch (space) {
    case Space::kUniform:
      return "uniform";
    case Space::kStorage:
      return "storage";
    case Space::kHandle:
      return "handle";
    case Space::kWorkgroup:
      return "workgroup";
    case Space::kPrivate:
      return "private";
  }
  return {};
}

Result<Space> SpaceOf(const Variable& variable) {
  if (variable.template_args.empty()) return Space::kHandle;
  const std::string& text = variable.template_args[0].text;
  for (Space space : {Space::kUniform, Space::kStorage, Space::kWorkgroup, Space::kPrivate}) {
    if (text == Name(space)) return space;
  }
  return ErrorAt(variable.place, StrCat("address space (", text, ") of (", variable.name,
                                        ") is unknown at module scope"));
}

Result<Reflection> Reflect(const Module& module, std::string_view name) {
  return Located(name, Reflector(module).Run());
}

Result<WorkgroupSize> EvaluateWorkgroupSize(const Module& module, std::string_view name,
                                            const EntryPoint& entry,
                                            const OverrideValues& overrides) {
  return Located(name, SizeOf(module, entry, overrides));
}

Result<uint64_t> EvaluateWorkgroupBytes(const Module& module, std::string_view name,
                                        const EntryPoint& entry, const OverrideValues& overrides) {
  return Located(name, BytesOf(module, entry, overrides));
}

}  // namespace ingot::wgsl
