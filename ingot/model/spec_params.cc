#include "ingot/model/spec_params.h"

#include <cmath>
#include <span>

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

namespace {

constexpr std::string_view kEachExpert = "{e}";

// Rows [begin, end) of a tensor, of each expert of one that has three axes.
struct RowRange {
  int64_t begin = 0;
  int64_t end = 0;
};

// Looks for one weight of a spec under its names.
class WeightFinder {
 public:
  WeightFinder(const Spec& spec, const SpecWeight& weight, const Gguf& file, const Scope& scope)
      : spec_(spec), weight_(weight), file_(file), scope_(scope) {}

  Result<std::optional<FoundWeight>> Find() {
    std::vector<std::string> tried;
    for (const SpecTensorName& candidate : weight_.names) {
      INGOT_ASSIGN(std::string name, NameOf(candidate, 0));
      tried.push_back(name);
      const GgufTensor* tensor = file_.FindTensor(name);
      if (tensor == nullptr) continue;
      INGOT_TRY(ReadShape());
      INGOT_ASSIGN(FoundWeight found, candidate.pattern.find(kEachExpert) == std::string::npos
                                          ? One(candidate, *tensor)
                                          : Stack(candidate, *tensor));
      return std::optional<FoundWeight>(std::move(found));
    }
    if (weight_.optional) return std::optional<FoundWeight>();
    return Fail(StrCat(file_.name(), ": no tensor (", Join(tried, ") and no tensor ("), "), at ",
                       spec_.file, ":", weight_.place.line));
  }

 private:
  Result<std::string> NameOf(const SpecTensorName& candidate, int64_t expert) const {
    Scope scope;
    scope.outer = &scope_;
    scope.values["e"] = expert;
    return ReplaceBraces(candidate.pattern, scope);
  }

  Status ReadShape() {
    shape_.clear();
    for (const Expression& axis : weight_.shape) {
      INGOT_ASSIGN(int64_t size, axis.Int(scope_));
      shape_.push_back(size);
    }
    return Status();
  }

  // The tensor's shape must be `want`, of which the rows may be a range of the tensor's.
  Result<FoundWeight> Take(const SpecTensorName& candidate, const GgufTensor& tensor,
                           std::span<const int64_t> want) const {
    std::vector<uint64_t> have = tensor.shape;
    // A matrix of one row may be stored as a vector.
    if (want.size() == 2 && want[0] == 1 && have.size() == 1) have.insert(have.begin(), 1);
    const size_t row_axis = have.size() < 2 ? 0 : have.size() - 2;
    const uint64_t stored_rows = have[row_axis];
    RowRange range{0, static_cast<int64_t>(stored_rows)};
    if (candidate.begin) {
      INGOT_ASSIGN(range.begin, candidate.begin->Int(scope_));
      INGOT_ASSIGN(range.end, candidate.end->Int(scope_));
      if (range.begin < 0 || range.end < range.begin ||
          static_cast<uint64_t>(range.end) > stored_rows) {
        return Fail(StrCat(file_.name(), ": ", tensor.name, ": rows [", range.begin, ":", range.end,
                           "] are outside of (", stored_rows, ")"));
      }
      have[row_axis] = static_cast<uint64_t>(range.end - range.begin);
    }
    bool fits = have.size() == want.size();
    for (size_t i = 0; fits && i < want.size(); ++i) {
      fits = want[i] > 0 && have[i] == static_cast<uint64_t>(want[i]);
    }
    if (!fits) return Misfit(tensor, have, want);
    FoundWeight found;
    found.tensor = &tensor;
    found.ref.dtype = tensor.dtype;
    found.ref.cols = have.back();
    const uint64_t rows = have.size() == 1 ? 1 : have[row_axis];
    const uint64_t experts = have.size() == 3 ? have[0] : 1;
    if (rows == stored_rows || have.size() == 1) {
      found.ref.parts = {
          {tensor.name, have.size() == 1 ? 0 : static_cast<uint64_t>(range.begin), experts * rows}};
      return found;
    }
    for (uint64_t e = 0; e < experts; ++e) {
      const uint64_t begin = e * stored_rows + static_cast<uint64_t>(range.begin);
      found.ref.parts.push_back({tensor.name, begin, rows});
    }
    return found;
  }

  Status Misfit(const GgufTensor& tensor, const std::vector<uint64_t>& have,
                std::span<const int64_t> want) const {
    std::vector<std::string> texts;
    for (size_t i = weight_.shape.size() - want.size(); i < weight_.shape.size(); ++i) {
      texts.push_back(weight_.shape[i].text());
    }
    return Fail(StrCat(file_.name(), ": ", tensor.name, ": shape (", Join(have, ", "), ") is not (",
                       Join(texts, ", "), ") = (",
                       Join(std::vector<int64_t>(want.begin(), want.end()), ", "), "), at ",
                       spec_.file, ":", weight_.place.line));
  }

  Result<FoundWeight> One(const SpecTensorName& candidate, const GgufTensor& tensor) const {
    return Take(candidate, tensor, shape_);
  }

  // A tensor for each expert, joined.
  Result<FoundWeight> Stack(const SpecTensorName& candidate, const GgufTensor& first) const {
    const std::span<const int64_t> of_one = std::span(shape_).subspan(1);
    INGOT_ASSIGN(FoundWeight found, Take(candidate, first, of_one));
    for (int64_t e = 1; e < shape_[0]; ++e) {
      INGOT_ASSIGN(std::string name, NameOf(candidate, e));
      const GgufTensor* tensor = file_.FindTensor(name);
      if (tensor == nullptr) {
        return Fail(StrCat(file_.name(), ": no tensor (", name, ") beside (", first.name, "), at ",
                           spec_.file, ":", weight_.place.line));
      }
      INGOT_ASSIGN(FoundWeight more, Take(candidate, *tensor, of_one));
      if (tensor->dtype != first.dtype) {
        return Fail(StrCat(file_.name(), ": ", name, ": format (", Name(tensor->dtype),
                           ") is not that of ", first.name, " (", Name(first.dtype), ")"));
      }
      found.ref.parts.push_back(more.ref.parts[0]);
    }
    return found;
  }

  const Spec& spec_;
  const SpecWeight& weight_;
  const Gguf& file_;
  const Scope& scope_;
  std::vector<int64_t> shape_;
};

}  // namespace

Result<std::optional<FoundWeight>> FindWeight(const Spec& spec, const SpecWeight& weight,
                                              const Gguf& file, const Scope& scope) {
  return WeightFinder(spec, weight, file, scope).Find();
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
