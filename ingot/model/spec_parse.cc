// From JSON to Spec: shapes, types and keys. What the names mean is verified in spec_verify.cc.
#include <set>

#include "embedded/specs.h"

#include "ingot/base/file.h"
#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/model/spec.h"
#include "ingot/model/spec_errors.h"

namespace ingot::model {
namespace {

// Reads one Spec and notes every error with its place.
class SpecReader {
 public:
  SpecReader(Spec& spec, SpecErrors& errors) : spec_(spec), errors_(errors) {}

  void Read(const Json& root) {
    if (!Expect(root, Json::Kind::kObject, "")) return;
    Keys(root, "", {"ingot_spec", "family", "architectures", "params", "weights", "forward"},
         {"ids", "derived", "checks", "rope", "state", "ignore"});
    if (const Json* version = root.Find("ingot_spec")) {
      if (!version->IsInt() || version->AsInt() != 1) {
        errors_.Add({version->line(), "/ingot_spec"}, "version is not (1)");
      }
    }
    if (const Json* family = root.Find("family")) spec_.family = String(*family, "/family");
    if (const Json* list = root.Find("architectures"))
      spec_.architectures = Strings(*list, "/architectures");
    if (const Json* list = root.Find("ignore")) spec_.ignore = Strings(*list, "/ignore");
    Each(root, "ids", Json::Kind::kArray, [this](const Json& json, std::string, std::string path) {
      if (!Expect(json, Json::Kind::kObject, path)) return;
      Keys(json, path, {"id", "when"}, {});
      const Json* id = json.Find("id");
      std::optional<Expression> when = Field(json, "when", path);
      if (id != nullptr && when) spec_.ids.push_back({String(*id, path + "/id"), *when});
    });
    Each(root, "params", Json::Kind::kObject,
         [this](const Json& json, std::string name, std::string path) { Param(json, name, path); });
    Each(root, "derived", Json::Kind::kObject,
         [this](const Json& json, std::string name, std::string path) {
           if (std::optional<Expression> value = Formula(json, path))
             spec_.derived.emplace_back(name, *value);
         });
    Each(root, "checks", Json::Kind::kArray,
         [this](const Json& json, std::string, std::string path) {
           if (std::optional<Expression> value = Formula(json, path)) {
             spec_.checks.emplace_back(*value, SpecPlace{json.line(), path});
           }
         });
    Each(
        root, "weights", Json::Kind::kObject,
        [this](const Json& json, std::string name, std::string path) { Weight(json, name, path); });
    Each(root, "rope", Json::Kind::kObject,
         [this](const Json& json, std::string name, std::string path) { Rope(json, name, path); });
    Each(root, "state", Json::Kind::kObject,
         [this](const Json& json, std::string name, std::string path) {
           if (!Expect(json, Json::Kind::kObject, path)) return;
           Keys(json, path, {"layers", "heads", "dim"}, {});
           auto layers = Field(json, "layers", path), heads = Field(json, "heads", path),
                dim = Field(json, "dim", path);
           if (layers && heads && dim)
             spec_.caches.push_back({name, *layers, *heads, *dim, {json.line(), path}});
         });
    if (const Json* forward = root.Find("forward")) spec_.forward = Steps(*forward, "/forward", 0);
  }

 private:
  bool Expect(const Json& json, Json::Kind kind, const std::string& path) {
    if (json.kind() == kind) return true;
    Json wanted = kind == Json::Kind::kObject  ? Json::Object()
                  : kind == Json::Kind::kArray ? Json::Array()
                                               : Json("");
    errors_.Add({json.line(), path},
                StrCat("a ", json.KindName(), " stands where a ", wanted.KindName(), " belongs"));
    return false;
  }

  void Keys(const Json& json, const std::string& path, const std::vector<std::string>& required,
            const std::vector<std::string>& optional) {
    std::vector<std::string> known = required;
    known.insert(known.end(), optional.begin(), optional.end());
    for (const auto& [key, value] : json.members()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        errors_.Add({value.line(), path},
                    StrCat("unknown key (", key, ")", NearestHint(key, known)));
      }
    }
    for (const std::string& key : required) {
      if (json.Find(key) == nullptr)
        errors_.Add({json.line(), path}, StrCat("key (", key, ") is missing"));
    }
  }

  template <typename Body>
  void Each(const Json& parent, const std::string& key, Json::Kind kind, Body body) {
    const Json* json = parent.Find(key);
    if (json == nullptr || !Expect(*json, kind, "/" + key)) return;
    for (size_t i = 0; i < json->size(); ++i) {
      const auto& [name, value] = json->members()[i];
      body(value, name,
           kind == Json::Kind::kObject ? StrCat("/", key, "/", name) : StrCat("/", key, "/", i));
    }
  }

  std::string String(const Json& json, const std::string& path) {
    return Expect(json, Json::Kind::kString, path) ? json.AsString() : std::string();
  }

  std::vector<std::string> Strings(const Json& json, const std::string& path) {
    std::vector<std::string> out;
    if (!Expect(json, Json::Kind::kArray, path)) return out;
    for (size_t i = 0; i < json.size(); ++i) out.push_back(String(json[i], StrCat(path, "/", i)));
    return out;
  }

  // An expression as text, or a plain number.
  std::optional<Expression> Formula(const Json& json, const std::string& path) {
    std::string text;
    if (json.IsString()) {
      text = json.AsString();
    } else if (json.IsNumber()) {
      text = json.IsInt() ? StrCat(json.AsInt()) : StrCat(json.AsDouble());
    } else {
      errors_.Add({json.line(), path},
                  StrCat("a ", json.KindName(), " stands where an expression belongs"));
      return std::nullopt;
    }
    Result<Expression> expression = Expression::Parse(text);
    if (expression.ok()) return *expression;
    errors_.Add({json.line(), path}, expression.status().message());
    return std::nullopt;
  }

  std::optional<Expression> Field(const Json& json, const std::string& key,
                                  const std::string& path) {
    const Json* field = json.Find(key);
    return field == nullptr ? std::nullopt : Formula(*field, path + "/" + key);
  }

  bool Flag(const Json& json, const std::string& key, const std::string& path) {
    const Json* field = json.Find(key);
    if (field == nullptr) return false;
    if (!field->IsBool()) errors_.Add({field->line(), path + "/" + key}, "is no boolean");
    return field->IsBool() && field->AsBool();
  }

  void Param(const Json& json, const std::string& name, const std::string& path) {
    if (!Expect(json, Json::Kind::kObject, path)) return;
    Keys(json, path, {"keys"}, {"type", "default", "range"});
    SpecParam param{.name = name, .place = {json.line(), path}};
    if (const Json* keys = json.Find("keys")) param.keys = Strings(*keys, path + "/keys");
    param.fallback = Field(json, "default", path);
    if (const Json* type = json.Find("type")) {
      std::string text = String(*type, path + "/type");
      constexpr std::string_view kPerLayer = "[layers]";
      if (text.ends_with(kPerLayer)) {
        param.per_layer = true;
        text.resize(text.size() - kPerLayer.size());
      }
      const std::map<std::string, ParamKind> kinds = {{"u32", ParamKind::kU32},
                                                      {"i32", ParamKind::kI32},
                                                      {"f32", ParamKind::kF32},
                                                      {"bool", ParamKind::kBool},
                                                      {"str", ParamKind::kString}};
      auto kind = kinds.find(text);
      if (kind == kinds.end() || (param.per_layer && text == "str")) {
        errors_.Add({type->line(), path + "/type"},
                    StrCat("unknown type (", type->AsString(), ")"));
      } else {
        param.kind = kind->second;
      }
    }
    if (const Json* range = json.Find("range")) {
      if (range->IsArray() && range->size() == 2 && (*range)[0].IsNumber() &&
          (*range)[1].IsNumber()) {
        param.range = {(*range)[0].AsDouble(), (*range)[1].AsDouble()};
      } else {
        errors_.Add({range->line(), path + "/range"}, "is no list of two numbers");
      }
    }
    spec_.params.push_back(std::move(param));
  }

  // "NAME" or "NAME[a:b]".
  std::optional<SpecTensorName> TensorName(const Json& json, const std::string& path) {
    std::string text = String(json, path);
    SpecTensorName out{text, std::nullopt, std::nullopt};
    size_t open = text.find('[');
    if (open == std::string::npos) return out;
    size_t colon = text.find(':', open);
    if (colon == std::string::npos || text.back() != ']') {
      errors_.Add({json.line(), path}, StrCat("rows of (", text, ") are not [begin:end]"));
      return std::nullopt;
    }
    out.pattern = text.substr(0, open);
    Json begin = text.substr(open + 1, colon - open - 1),
         end = text.substr(colon + 1, text.size() - colon - 2);
    out.begin = Formula(begin, path);
    out.end = Formula(end, path);
    return out;
  }

  void Weight(const Json& json, const std::string& name, const std::string& path) {
    if (!Expect(json, Json::Kind::kObject, path)) return;
    Keys(json, path, {"shape"}, {"names", "optional"});
    SpecWeight weight{
        .name = name, .optional = Flag(json, "optional", path), .place = {json.line(), path}};
    if (const Json* names = json.Find("names");
        names != nullptr && Expect(*names, Json::Kind::kArray, path)) {
      for (size_t i = 0; i < names->size(); ++i) {
        if (auto parsed = TensorName((*names)[i], StrCat(path, "/names/", i)))
          weight.names.push_back(*parsed);
      }
    }
    if (weight.names.empty())
      weight.names.push_back({name.ends_with(".bias") ? name : name + ".weight", {}, {}});
    if (const Json* shape = json.Find("shape");
        shape != nullptr && Expect(*shape, Json::Kind::kArray, path)) {
      for (size_t i = 0; i < shape->size(); ++i) {
        if (auto axis = Formula((*shape)[i], StrCat(path, "/shape/", i)))
          weight.shape.push_back(*axis);
      }
      if (shape->size() < 1 || shape->size() > 3) {
        errors_.Add({shape->line(), path + "/shape"},
                    StrCat("rank (", shape->size(), ") is not 1, 2 or 3"));
      }
    }
    spec_.weights.push_back(std::move(weight));
  }

  void Rope(const Json& json, const std::string& name, const std::string& path) {
    if (!Expect(json, Json::Kind::kObject, path)) return;
    const std::vector<std::string> numbers = {"scaling",   "factor", "orig_ctx",    "beta_fast",
                                              "beta_slow", "ext",    "attn_factor", "yarn_round"};
    std::vector<std::string> optional = numbers;
    optional.push_back("factors");
    Keys(json, path, {"rot", "base", "mode"}, optional);
    SpecRope rope{.name = name, .place = {json.line(), path}};
    if (const Json* mode = json.Find("mode")) {
      std::string text = String(*mode, path + "/mode");
      rope.interleaved = text == "pairs";
      if (text != "pairs" && text != "halves") {
        errors_.Add({mode->line(), path + "/mode"}, StrCat("(", text, ") is not pairs or halves"));
      }
    }
    if (const Json* factors = json.Find("factors"))
      rope.factors = String(*factors, path + "/factors");
    for (const auto& [key, value] : json.members()) {
      if (key == "mode" || key == "factors") continue;
      if (auto number = Formula(value, path + "/" + key)) rope.numbers.emplace(key, *number);
    }
    spec_.ropes.push_back(std::move(rope));
  }

  std::vector<SpecStep> Steps(const Json& json, const std::string& path, int depth) {
    std::vector<SpecStep> steps;
    if (!Expect(json, Json::Kind::kArray, path)) return steps;
    if (depth > 4) {
      errors_.Add({json.line(), path}, "repeats are nested deeper than (4)");
      return steps;
    }
    for (size_t i = 0; i < json.size(); ++i) {
      std::string at = StrCat(path, "/", i);
      if (Expect(json[i], Json::Kind::kObject, at)) steps.push_back(Step(json[i], at, depth));
    }
    return steps;
  }

  SpecStep Step(const Json& json, const std::string& path, int depth) {
    SpecStep step{.place = {json.line(), path}};
    if (const Json* op = json.Find("op")) step.op = String(*op, path + "/op");
    if (const Json* role = json.Find("role")) step.role = String(*role, path + "/role");
    step.condition = Field(json, "if", path);
    if (const Json* other = json.Find("else")) step.otherwise = String(*other, path + "/else");
    if (step.op == "repeat") {
      Keys(json, path, {"op", "count", "var", "carry", "body"}, {});
      if (auto count = Field(json, "count", path)) step.numbers.emplace("count", *count);
      if (const Json* var = json.Find("var")) step.var = String(*var, path + "/var");
      if (const Json* carry = json.Find("carry")) step.carry = Strings(*carry, path + "/carry");
      if (const Json* body = json.Find("body")) step.body = Steps(*body, path + "/body", depth + 1);
      return step;
    }
    const SpecOp* op = FindSpecOp(step.op);
    if (op == nullptr) {
      const Json* at = json.Find("op");
      errors_.Add({at != nullptr ? at->line() : json.line(), path + "/op"},
                  StrCat("unknown op (", step.op, ")", NearestHint(step.op, SpecOpNames())));
      return step;
    }
    std::vector<std::string> required = {"op"}, optional = {"role", "if", "else"};
    for (const OpField& field : op->fields)
      (field.optional ? optional : required).emplace_back(field.name);
    Keys(json, path, required, optional);
    for (const OpField& field : op->fields) {
      const Json* value = json.Find(field.name);
      if (value == nullptr) continue;
      std::string at = StrCat(path, "/", field.name), key(field.name);
      if (field.kind == FieldKind::kNumber) {
        if (auto number = Formula(*value, at)) step.numbers.emplace(key, *number);
      } else if (field.kind == FieldKind::kTable && value->IsObject()) {
        Keys(*value, at, {"when", "then", "else"}, {});
        const Json *then = value->Find("then"), *other = value->Find("else");
        auto when = Field(*value, "when", at);
        if (when && then != nullptr && other != nullptr) {
          step.choices.emplace(key,
                               SpecStep::NameChoice{*when, String(*then, at), String(*other, at)});
        }
      } else {
        step.names.emplace(key, String(*value, at));
      }
    }
    return step;
  }

  Spec& spec_;
  SpecErrors& errors_;
};

}  // namespace

std::string Spec::At(const SpecPlace& place) const {
  return place.path.empty() ? StrCat(file, ":", place.line)
                            : StrCat(file, ":", place.line, ": ", place.path);
}

Result<Spec> ParseSpec(std::string_view text, std::string_view file) {
  INGOT_ASSIGN(Json root, Json::Parse(text, file));
  Spec spec;
  spec.file = file;
  SpecErrors errors(spec);
  SpecReader(spec, errors).Read(root);
  INGOT_TRY(errors.status());
  VerifySpec(spec, errors);
  INGOT_TRY(errors.status());
  return spec;
}

Result<Spec> SpecFor(std::string_view architecture, const std::string& spec_file) {
  if (!spec_file.empty()) {
    INGOT_ASSIGN(std::string text, ReadFile(spec_file, 1 << 22));
    INGOT_ASSIGN(Spec spec, ParseSpec(text, spec_file));
    if (std::find(spec.architectures.begin(), spec.architectures.end(), architecture) !=
        spec.architectures.end()) {
      return spec;
    }
    return Status(Code::kInvalidArgument,
                  StrCat(spec_file, ": is for (", Join(spec.architectures, ", "),
                         "), the model is (", architecture, ")"));
  }
  std::vector<std::string> known;
  for (const auto& [name, text] : embedded::specs()) {
    INGOT_ASSIGN(Spec spec, ParseSpec(text, StrCat("specs/", name)));
    known.insert(known.end(), spec.architectures.begin(), spec.architectures.end());
    if (std::find(spec.architectures.begin(), spec.architectures.end(), architecture) !=
        spec.architectures.end()) {
      return spec;
    }
  }
  return Status(Code::kUnsupported,
                StrCat("architecture (", architecture, ") has no spec",
                       NearestHint(architecture, known), "; there are: ", Join(known, ", ")));
}

}  // namespace ingot::model
