#include "ingot/model/spec_bind.h"

#include <algorithm>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/spec_params.h"

namespace ingot::model {
namespace {

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// Walks the forward pass of a spec and calls the GraphBuilder's method for every step.
class GraphMaker {
 public:
  GraphMaker(const Spec& spec, const Gguf& file, const Scope& scope, BoundModel& model)
      : spec_(spec), file_(file), model_(model), builder_(model.id) {
    scope_.outer = &scope;
    scope_.has = [this](const std::string& name) { return Has(name); };
  }

  Result<ir::Graph> Make() {
    values_["tokens"] = builder_.Tokens();
    INGOT_TRY(Steps(spec_.forward, scope_, -1));
    return builder_.Finish(values_.at("logits"));
  }

  const std::set<std::string, std::less<>>& claimed() const { return claimed_; }

 private:
  // `name` has its braces replaced already, so it is matched against each weight's expanded name.
  Result<bool> Has(const std::string& name) {
    for (const SpecWeight& weight : spec_.weights) {
      INGOT_ASSIGN(std::string expanded, ExpandOrKeep(weight.name));
      if (expanded != name) continue;
      INGOT_ASSIGN(auto found, FindWeight(spec_, weight, file_, *current_));
      return found.has_value();
    }
    return false;
  }

  Result<std::string> ExpandOrKeep(const std::string& pattern) {
    Result<std::string> expanded = ReplaceBraces(pattern, *current_);
    return expanded.ok() ? std::move(expanded) : Result<std::string>(pattern);
  }

  Status Steps(const std::vector<SpecStep>& steps, const Scope& scope, int layer) {
    for (const SpecStep& step : steps) {
      current_ = &scope;
      INGOT_TRY(step.op == "repeat" ? Repeat(step, scope) : Step(step, scope, layer));
    }
    return Status();
  }

  Status Repeat(const SpecStep& step, const Scope& scope) {
    INGOT_ASSIGN(int64_t count, step.numbers.at("count").Int(scope));
    for (int64_t i = 0; i < count; ++i) {
      Scope inner;
      inner.outer = &scope;
      inner.values[step.var] = i;
      INGOT_TRY(Steps(step.body, inner, static_cast<int>(i)));
    }
    return Status();
  }

  Status Step(const SpecStep& step, const Scope& scope, int layer) {
    place_ = spec_.At(step.place);
    const std::string result = step.names.contains("y") ? step.names.at("y") : std::string();
    const auto routes = step.names.find("routes");
    if (step.condition) {
      INGOT_ASSIGN(bool wanted, step.condition->Bool(scope).At(place_));
      if (!wanted) {
        if (!result.empty()) values_[result] = values_.at(step.otherwise);
        if (routes != step.names.end() && step.op == "top_k") {
          values_[routes->second] = values_.at(step.otherwise);
        }
        return Status();
      }
    }
    builder_.SetPlace(layer, step.role, result, place_);
    INGOT_ASSIGN(ir::Value value, Build(step, scope));
    if (!result.empty()) values_[result] = value;
    return Status();
  }

  ir::Value In(const SpecStep& step, std::string_view field) const {
    return values_.at(step.names.find(field)->second);
  }

  Result<double> Number(const SpecStep& step, std::string_view field, const Scope& scope,
                        double absent = 0) const {
    auto number = step.numbers.find(field);
    if (number == step.numbers.end()) return absent;
    return number->second.Double(scope).At(place_);
  }

  Result<uint32_t> Count(const SpecStep& step, std::string_view field, const Scope& scope) const {
    auto number = step.numbers.find(field);
    if (number == step.numbers.end()) return 0u;
    INGOT_ASSIGN(int64_t value, number->second.Int(scope).At(place_));
    if (value < 0 || value > UINT32_MAX) {
      return Fail(StrCat(place_, ": ", field, " (", value, ") is out of range"));
    }
    return static_cast<uint32_t>(value);
  }

  const SpecWeight& WeightNamed(const std::string& name) const {
    return *std::find_if(spec_.weights.begin(), spec_.weights.end(),
                         [&name](const SpecWeight& weight) { return weight.name == name; });
  }

  Result<FoundWeight> Weight(const std::string& name, const Scope& scope) {
    INGOT_ASSIGN(auto found, FindWeight(spec_, WeightNamed(name), file_, scope));
    if (!found) return Fail(StrCat("weight (", name, ") is absent"));
    for (const ir::WeightPart& part : found->ref.parts) claimed_.insert(part.tensor);
    return std::move(*found);
  }

  Result<ir::Value> Matrix(const SpecStep& step, const Scope& scope) {
    INGOT_ASSIGN(FoundWeight found, Weight(step.names.at("w"), scope));
    return builder_.Weight(found.ref);
  }

  Result<ir::Value> Vector(const SpecStep& step, std::string_view field, const Scope& scope) {
    INGOT_ASSIGN(FoundWeight found, Weight(step.names.find(field)->second, scope));
    return builder_.Vector(found.tensor->name, found.ref.parts[0].rows * found.ref.cols);
  }

  Result<ir::Value> Table(const SpecStep& step, const Scope& scope) {
    auto choice = step.choices.find("table");
    std::string name = choice == step.choices.end() ? step.names.at("table") : std::string();
    if (choice != step.choices.end()) {
      INGOT_ASSIGN(bool first, choice->second.when.Bool(scope));
      name = first ? choice->second.then : choice->second.otherwise;
    }
    auto known = tables_.find(name);
    if (known != tables_.end()) return known->second;
    const SpecRope& rope =
        *std::find_if(spec_.ropes.begin(), spec_.ropes.end(),
                      [&name](const SpecRope& candidate) { return candidate.name == name; });
    INGOT_ASSIGN(RopeFrequencies frequencies,
                 Rope(rope, scope).At(StrCat(file_.name(), ": ", name)));
    ir::Value value =
        builder_.Table({name, frequencies.turns, frequencies.factor, rope.interleaved});
    model_.ropes[name] = std::move(frequencies);
    tables_[name] = value;
    return value;
  }

  Result<RopeFrequencies> Rope(const SpecRope& rope, const Scope& scope) {
    RopeParams params;
    const std::pair<const char*, double*> fields[] = {{"base", &params.base},
                                                      {"factor", &params.factor},
                                                      {"orig_ctx", &params.orig_ctx},
                                                      {"beta_fast", &params.beta_fast},
                                                      {"beta_slow", &params.beta_slow},
                                                      {"ext", &params.ext},
                                                      {"attn_factor", &params.attn_factor}};
    for (const auto& [name, field] : fields) {
      auto number = rope.numbers.find(name);
      if (number == rope.numbers.end()) continue;
      INGOT_ASSIGN(*field, number->second.Double(scope));
    }
    INGOT_ASSIGN(int64_t rot, rope.numbers.at("rot").Int(scope));
    params.rot = static_cast<uint32_t>(std::clamp<int64_t>(rot, 0, 1 << 16));
    if (auto scaling = rope.numbers.find("scaling"); scaling != rope.numbers.end()) {
      INGOT_ASSIGN(SpecValue value, scaling->second.Evaluate(scope));
      params.scaling = PrintSpecValue(value);
    }
    if (auto round = rope.numbers.find("yarn_round"); round != rope.numbers.end()) {
      INGOT_ASSIGN(params.yarn_round, round->second.Bool(scope));
    }
    if (!rope.factors.empty()) {
      INGOT_ASSIGN(auto found, FindWeight(spec_, WeightNamed(rope.factors), file_, scope));
      if (found) {
        claimed_.insert(found->tensor->name);
        std::vector<float> factors(found->ref.cols);
        DecodeRow(found->tensor->dtype, found->tensor->data, factors.data(), factors.size());
        params.factors.assign(factors.begin(), factors.end());
      }
    }
    return ComputeRope(params);
  }

  Result<ir::Value> Cache(const SpecStep& step, const Scope& scope) {
    const std::string& name = step.names.at("cache");
    INGOT_ASSIGN(uint32_t layer, Count(step, "layer", scope));
    BoundCache& cache = model_.caches[name];
    if (cache.name.empty()) {
      const SpecCache& spec =
          *std::find_if(spec_.caches.begin(), spec_.caches.end(),
                        [&name](const SpecCache& candidate) { return candidate.name == name; });
      INGOT_ASSIGN(int64_t layers, spec.layers.Int(scope));
      INGOT_ASSIGN(int64_t heads, spec.heads.Int(scope));
      INGOT_ASSIGN(int64_t dim, spec.dim.Int(scope));
      if (layers < 1 || heads < 1 || dim < 1 || layers > 4096 || heads > 4096 || dim > 65536) {
        return Fail(StrCat("cache ", name, ": layers (", layers, "), heads (", heads, ") or dim (",
                           dim, ") out of range"));
      }
      cache = {name, static_cast<uint32_t>(layers), static_cast<uint32_t>(heads),
               static_cast<uint32_t>(dim)};
    }
    if (layer >= cache.layers)
      return Fail(StrCat("layer (", layer, ") is outside of the cache (", cache.layers, ")"));
    return builder_.Cache({name, layer, cache.heads, cache.dim});
  }

  Result<ir::Value> TopK(const SpecStep& step, const Scope& scope) {
    INGOT_ASSIGN(uint32_t k, Count(step, "k", scope));
    bool renormalise = false;
    if (auto flag = step.numbers.find("renormalise"); flag != step.numbers.end()) {
      INGOT_ASSIGN(renormalise, flag->second.Bool(scope).At(place_));
    }
    const ir::TopKValues chosen = builder_.TopK(In(step, "x"), k, renormalise);
    values_[step.names.at("routes")] = chosen.routes;
    return chosen.scores;
  }

  Result<ir::Value> Build(const SpecStep& step, const Scope& scope) {
    const std::string& op = step.op;
    if (op == "embed" || op == "matmul") {
      INGOT_ASSIGN(ir::Value weight, Matrix(step, scope));
      return op == "embed" ? builder_.Embed(In(step, "ids"), weight)
                           : builder_.MatMul(In(step, "x"), weight);
    }
    if (op == "rms_norm" || op == "layer_norm") {
      INGOT_ASSIGN(ir::Value weight, Vector(step, "w", scope));
      INGOT_ASSIGN(double eps, Number(step, "eps", scope));
      if (op == "rms_norm") return builder_.RmsNorm(In(step, "x"), weight, eps);
      ir::Value bias;
      if (step.names.contains("b")) {
        INGOT_ASSIGN(bias, Vector(step, "b", scope));
      }
      return builder_.LayerNorm(In(step, "x"), weight, bias, eps);
    }
    if (op == "add_bias") {
      INGOT_ASSIGN(ir::Value bias, Vector(step, "b", scope));
      return builder_.AddBias(In(step, "x"), bias);
    }
    if (op == "rope") {
      INGOT_ASSIGN(ir::Value table, Table(step, scope));
      INGOT_ASSIGN(uint32_t heads, Count(step, "heads", scope));
      return builder_.Rope(In(step, "x"), table, heads);
    }
    if (op == "kv_write") {
      INGOT_ASSIGN(ir::Value cache, Cache(step, scope));
      builder_.KvWrite(cache, In(step, "k"), In(step, "v"));
      return ir::Value{};
    }
    if (op == "attention") {
      INGOT_ASSIGN(ir::Value cache, Cache(step, scope));
      INGOT_ASSIGN(uint32_t heads, Count(step, "heads", scope));
      ir::AttentionAttrs attrs;
      INGOT_ASSIGN(attrs.scale, Number(step, "scale", scope));
      INGOT_ASSIGN(attrs.window, Count(step, "window", scope));
      INGOT_ASSIGN(attrs.softcap, Number(step, "softcap", scope));
      ir::Value sinks;
      if (step.names.contains("sinks")) {
        INGOT_ASSIGN(sinks, Vector(step, "sinks", scope));
      }
      return builder_.Attention(In(step, "q"), cache, heads, attrs, sinks);
    }
    if (op == "top_k") return TopK(step, scope);
    if (op == "expert_matmul") {
      INGOT_ASSIGN(ir::Value weight, Matrix(step, scope));
      return builder_.ExpertMatMul(In(step, "x"), weight, In(step, "routes"));
    }
    if (op == "expert_bias") {
      INGOT_ASSIGN(ir::Value bias, Vector(step, "b", scope));
      return builder_.ExpertBias(In(step, "x"), bias, In(step, "routes"));
    }
    if (op == "expert_sum") return builder_.ExpertSum(In(step, "x"), In(step, "weights"));
    if (op == "swiglu_oai") {
      INGOT_ASSIGN(double limit, Number(step, "limit", scope));
      INGOT_ASSIGN(double alpha, Number(step, "alpha", scope));
      return builder_.SwigluOai(In(step, "x"), In(step, "up"), limit, alpha);
    }
    if (op == "add") return builder_.Add(In(step, "a"), In(step, "b"));
    if (op == "mul") return builder_.Mul(In(step, "a"), In(step, "b"));
    ir::Value x = In(step, "x");
    if (op == "scale") {
      INGOT_ASSIGN(double by, Number(step, "by", scope));
      return builder_.Scale(x, by);
    }
    if (op == "softcap") {
      INGOT_ASSIGN(double cap, Number(step, "cap", scope));
      return builder_.Softcap(x, cap);
    }
    if (op == "softmax") return builder_.Softmax(x);
    if (op == "silu") return builder_.Silu(x);
    if (op == "gelu_tanh") return builder_.GeluTanh(x);
    if (op == "gelu") return builder_.Gelu(x);
    if (op == "relu") return builder_.Relu(x);
    if (op == "sigmoid") return builder_.Sigmoid(x);
    INGOT_CHECK(op == "last_rows");  // the table of spec_ops.cc has no other
    return builder_.LastRows(x);
  }

  const Spec& spec_;
  const Gguf& file_;
  BoundModel& model_;
  ir::GraphBuilder builder_;
  Scope scope_;
  const Scope* current_ = nullptr;
  std::string place_;  // of the present step
  std::map<std::string, ir::Value> values_;
  std::map<std::string, ir::Value> tables_;
  std::set<std::string, std::less<>> claimed_;
};

bool MatchesAny(std::string_view name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [name](const std::string& pattern) { return MatchesGlob(name, pattern); });
}

}  // namespace

Result<BoundModel> Bind(const Spec& spec, const Gguf& file, const BindOptions& options) {
  INGOT_ASSIGN(std::string_view architecture, file.String("general.architecture"));
  Scope scope;
  scope.values["arch"] = std::string(architecture);
  BoundModel model;
  INGOT_TRY(BindParams(spec, file, options, scope, model.params));

  model.id = spec.family;
  if (Result<std::string_view> name = file.String("general.name"); name.ok()) model.id = *name;
  for (const SpecId& id : spec.ids) {
    INGOT_ASSIGN(bool matches, id.when.Bool(scope).At(spec.file));
    if (!matches) continue;
    model.id = id.id;
    break;
  }
  if (const SpecValue* context = scope.Find("context");
      context != nullptr && std::holds_alternative<int64_t>(*context)) {
    model.context = static_cast<uint64_t>(std::get<int64_t>(*context));
  }

  GraphMaker maker(spec, file, scope, model);
  INGOT_ASSIGN(ir::Graph graph, maker.Make());
  model.graph = std::move(graph);
  std::vector<std::string> unread;
  for (const GgufTensor& tensor : file.tensors()) {
    if (maker.claimed().contains(tensor.name)) continue;
    if (MatchesAny(tensor.name, spec.ignore) || MatchesAny(tensor.name, options.ignore_tensors)) {
      model.ignored.push_back(tensor.name);
    } else {
      unread.push_back(
          StrCat(file.name(), ": ", tensor.name, ": claimed by no weight of ", spec.file));
    }
  }
  if (unread.size() > 20) {
    size_t more = unread.size() - 20;
    unread.resize(20);
    unread.push_back(StrCat("(", more, " more)"));
  }
  if (!unread.empty()) return Fail(Join(unread, "\n"));
  return model;
}

}  // namespace ingot::model
