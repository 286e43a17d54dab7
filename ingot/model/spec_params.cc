#include "ingot/model/spec_params.h"

#include <cmath>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// A value of the file as the kind that the parameter has.
Result<SpecValue> Convert(const GgufValue& value, const SpecParam& param) {
  if (const auto* text = std::get_if<std::string_view>(&value.value)) {
    if (param.kind == ParamKind::kString) return SpecValue(std::string(*text));
    return Fail("is a string, not a number");
  }
  if (param.kind == ParamKind::kString) return Fail("is no string");
  if (const auto* ints = std::get_if<GgufValue::Ints>(&value.value)) {
    if (!param.per_layer) return Fail("is an array, not one value");
    return SpecValue(*ints);
  }
  if (const auto* floats = std::get_if<GgufValue::Floats>(&value.value)) {
    if (!param.per_layer || param.kind != ParamKind::kF32) return Fail("is an array of floats");
    return SpecValue(*floats);
  }
  if (const auto* number = std::get_if<double>(&value.value)) {
    if (param.kind != ParamKind::kF32)
      return Fail(StrCat("(", *number, ") is a float, not an integer"));
    return SpecValue(*number);
  }
  if (const auto* whole = std::get_if<int64_t>(&value.value)) {
    if (param.kind == ParamKind::kF32)
      return Fail(StrCat("(", *whole, ") is an integer, not a float"));
    return SpecValue(*whole);
  }
  return Fail("has a type that no parameter takes");
}

bool InRange(const SpecValue& value, const SpecParam& param, double& bad) {
  double low = param.kind == ParamKind::kU32 ? 0 : -2147483648.0;
  double high = param.kind == ParamKind::kU32 ? 4294967295.0 : 2147483647.0;
  if (param.kind == ParamKind::kF32) low = -HUGE_VAL, high = HUGE_VAL;
  if (param.kind == ParamKind::kBool) low = 0, high = 1;
  if (param.range)
    low = std::max(low, param.range->first), high = std::min(high, param.range->second);
  auto fits = [&](double number) {
    bad = number;
    return number >= low && number <= high && !std::isnan(number);
  };
  if (const auto* whole = std::get_if<int64_t>(&value)) return fits(static_cast<double>(*whole));
  if (const auto* number = std::get_if<double>(&value)) return fits(*number);
  if (const auto* ints = std::get_if<std::vector<int64_t>>(&value)) {
    return std::all_of(ints->begin(), ints->end(),
                       [&](int64_t whole) { return fits(static_cast<double>(whole)); });
  }
  if (const auto* doubles = std::get_if<std::vector<double>>(&value)) {
    return std::all_of(doubles->begin(), doubles->end(), fits);
  }
  return true;
}

class ParamBinder {
 public:
  ParamBinder(const Gguf& file, const BindOptions& options, Scope& scope)
      : file_(file), options_(options), scope_(scope) {}

  Result<BoundParam> Bind(const SpecParam& param) {
    auto given = options_.set.find(param.name);
    if (given != options_.set.end()) {
      INGOT_ASSIGN(Expression expression, Expression::Parse(given->second));
      INGOT_ASSIGN(SpecValue value, expression.Evaluate(scope_));
      return Checked(param, std::move(value), "--set");
    }
    for (const std::string& key : param.keys) {
      INGOT_ASSIGN(std::optional<SpecValue> value, FromKey(key, param));
      if (!value) continue;
      INGOT_ASSIGN(std::string name, ReplaceBraces(key, scope_));
      return Checked(param, std::move(*value), name);
    }
    if (!param.fallback) {
      std::vector<std::string> keys;
      for (const std::string& key : param.keys) {
        INGOT_ASSIGN(std::string name, ReplaceBraces(key, scope_));
        keys.push_back(std::move(name));
      }
      return Status(Code::kInvalidArgument,
                    StrCat("no key of (", Join(keys, ", "), ") and no default"));
    }
    INGOT_ASSIGN(SpecValue value, Default(param));
    return Checked(param, std::move(value), "default");
  }

 private:
  Result<std::optional<SpecValue>> FromKey(const std::string& key, const SpecParam& param) {
    INGOT_ASSIGN(std::string name, ReplaceBraces(key, scope_));
    auto after = [&name](std::string_view prefix) { return name.substr(prefix.size()); };
    using Nothing = std::optional<SpecValue>;
    if (name.starts_with("@rows:") || name.starts_with("@cols:")) {
      const GgufTensor* tensor = file_.FindTensor(after("@rows:"));
      if (tensor == nullptr || tensor->shape.size() != 2) return Nothing();
      return Nothing(
          SpecValue(static_cast<int64_t>(tensor->shape[name.starts_with("@rows:") ? 0 : 1])));
    }
    if (name.starts_with("@len:")) {
      const GgufValue* value = file_.Find(after("@len:"));
      if (value == nullptr || value->type != GgufType::kArray) return Nothing();
      return Nothing(SpecValue(static_cast<int64_t>(value->array_size())));
    }
    bool scalar = name.starts_with("@scalar:"), array = name.starts_with("@array:");
    if (scalar) name = after("@scalar:");
    if (array) name = after("@array:");
    const GgufValue* value = file_.Find(name);
    if (value == nullptr) return Nothing();
    if ((scalar && value->type == GgufType::kArray) || (array && value->type != GgufType::kArray))
      return Nothing();
    INGOT_ASSIGN(SpecValue converted, Convert(*value, param).At(name));
    return Nothing(std::move(converted));
  }

  Result<SpecValue> Default(const SpecParam& param) {
    if (!param.per_layer) return param.fallback->Evaluate(scope_);
    INGOT_ASSIGN(int64_t layers, Layers());
    if (param.kind == ParamKind::kF32) {
      std::vector<double> list;
      for (int64_t i = 0; i < layers; ++i) {
        INGOT_ASSIGN(double value, param.fallback->Double(LayerScope(i)));
        list.push_back(value);
      }
      return SpecValue(std::move(list));
    }
    std::vector<int64_t> list;
    for (int64_t i = 0; i < layers; ++i) {
      INGOT_ASSIGN(int64_t value, param.fallback->Int(LayerScope(i)));
      list.push_back(value);
    }
    return SpecValue(std::move(list));
  }

  Scope LayerScope(int64_t layer) const {
    Scope inner;
    inner.outer = &scope_;
    inner.values["i"] = layer;
    return inner;
  }

  Result<int64_t> Layers() const {
    const SpecValue* layers = scope_.Find("layers");
    if (layers == nullptr || !std::holds_alternative<int64_t>(*layers))
      return Fail("needs an earlier parameter (layers)");
    return std::get<int64_t>(*layers);
  }

  // A scalar of a per-layer parameter serves every layer; a list must have one value a layer.
  Result<BoundParam> Checked(const SpecParam& param, SpecValue value, std::string source) {
    double bad = 0;
    if (!InRange(value, param, bad)) {
      std::string range =
          param.range ? StrCat(" ", param.range->first, "..", param.range->second) : std::string();
      return Fail(StrCat("(", bad, ") is out of range", range));
    }
    if (param.per_layer) {
      INGOT_ASSIGN(int64_t layers, Layers());
      size_t count = static_cast<size_t>(layers);
      if (const auto* whole = std::get_if<int64_t>(&value))
        value = std::vector<int64_t>(count, *whole);
      if (const auto* number = std::get_if<double>(&value))
        value = std::vector<double>(count, *number);
      const auto* ints = std::get_if<std::vector<int64_t>>(&value);
      const auto* doubles = std::get_if<std::vector<double>>(&value);
      size_t size = ints != nullptr ? ints->size() : doubles != nullptr ? doubles->size() : 0;
      if (size != count)
        return Fail(StrCat("values (", size, ") are not one a layer (", count, ")"));
    } else if (param.kind == ParamKind::kF32) {
      if (const auto* whole = std::get_if<int64_t>(&value)) value = static_cast<double>(*whole);
    }
    return BoundParam{param.name, std::move(value), std::move(source)};
  }

  const Gguf& file_;
  const BindOptions& options_;
  Scope& scope_;
};

}  // namespace

Status BindParams(const Spec& spec, const Gguf& file, const BindOptions& options, Scope& scope,
                  std::vector<BoundParam>& bound) {
  ParamBinder binder(file, options, scope);
  std::vector<std::string> names;
  for (const SpecParam& param : spec.params) {
    names.push_back(param.name);
    Result<BoundParam> value = binder.Bind(param);
    if (!value.ok()) {
      return Status(value.status().code(),
                    StrCat(file.name(), ": ", param.name, ": ", value.status().message(), ", at ",
                           spec.file, ":", param.place.line));
    }
    scope.values[param.name] = value->value;
    bound.push_back(std::move(*value));
  }
  for (const auto& [name, text] : options.set) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Fail(
          StrCat("--set ", name, ": unknown parameter (", name, ")", NearestHint(name, names)));
    }
  }
  for (const auto& [name, expression] : spec.derived) {
    INGOT_ASSIGN(SpecValue value, expression.Evaluate(scope).At(StrCat(file.name(), ": ", name)));
    scope.values[name] = value;
    bound.push_back({name, std::move(value), "derived"});
  }
  for (const auto& [check, place] : spec.checks) {
    INGOT_ASSIGN(bool holds, check.Bool(scope).At(file.name()));
    if (holds) continue;
    std::vector<std::string> values;
    for (const std::string& name : check.names())
      values.push_back(StrCat(name, " = ", PrintSpecValue(*scope.Find(name))));
    return Fail(StrCat(file.name(), ": (", check.text(), ") does not hold with ",
                       Join(values, ", "), ", at ", spec.At(place)));
  }
  return Status();
}

Result<std::optional<FoundWeight>> FindWeight(const Spec& spec, const SpecWeight& weight,
                                              const Gguf& file, const Scope& scope) {
  std::vector<std::string> tried;
  for (const SpecTensorName& candidate : weight.names) {
    INGOT_ASSIGN(std::string name, ReplaceBraces(candidate.pattern, scope));
    const GgufTensor* tensor = file.FindTensor(name);
    tried.push_back(name);
    if (tensor == nullptr) continue;
    std::vector<int64_t> shape;
    std::vector<std::string> texts;
    for (const Expression& axis : weight.shape) {
      INGOT_ASSIGN(int64_t size, axis.Int(scope));
      shape.push_back(size);
      texts.push_back(axis.text());
    }
    std::vector<uint64_t> have = tensor->shape;
    int64_t begin = 0;
    if (candidate.begin && !have.empty()) {
      INGOT_ASSIGN(begin, candidate.begin->Int(scope));
      INGOT_ASSIGN(int64_t end, candidate.end->Int(scope));
      if (begin < 0 || end < begin || static_cast<uint64_t>(end) > have[0]) {
        return Fail(StrCat(file.name(), ": ", name, ": rows [", begin, ":", end,
                           "] are outside of (", have[0], ")"));
      }
      have[0] = static_cast<uint64_t>(end - begin);
    }
    bool fits = have.size() == shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i)
      fits = shape[i] > 0 && have[i] == static_cast<uint64_t>(shape[i]);
    if (!fits) {
      return Fail(StrCat(file.name(), ": ", name, ": shape (", Join(have, ", "), ") is not (",
                         Join(texts, ", "), ") = (", Join(shape, ", "), "), at ", spec.file, ":",
                         weight.place.line));
    }
    FoundWeight found;
    found.tensor = tensor;
    found.ref.dtype = tensor->dtype;
    found.ref.cols = have.back();
    found.ref.parts = {{name, static_cast<uint64_t>(begin), have.size() == 2 ? have[0] : 1}};
    return std::optional<FoundWeight>(std::move(found));
  }
  if (weight.optional) return std::optional<FoundWeight>();
  return Fail(StrCat(file.name(), ": no tensor (", Join(tried, ") and no tensor ("), "), at ",
                     spec.file, ":", weight.place.line));
}

bool MatchesGlob(std::string_view text, std::string_view pattern) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (size_t skip = star; skip <= text.size(); ++skip) {
    if (MatchesGlob(text.substr(skip), pattern.substr(star + 1))) return true;
  }
  return false;
}

}  // namespace ingot::model
