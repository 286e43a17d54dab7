// What must hold in a spec before any model is looked at: every name has a meaning, every result a
// use.
#include <algorithm>
#include <set>

#include "ingot/base/text.h"
#include "ingot/model/spec_errors.h"

namespace ingot::model {
namespace {

template <typename Range>
std::vector<std::string> NamesOf(const Range& range) {
  std::vector<std::string> names;
  for (const auto& item : range) names.push_back(item.name);
  return names;
}

class Verifier {
 public:
  Verifier(const Spec& spec, SpecErrors& errors) : spec_(spec), errors_(errors) {}

  void Verify() {
    CollectVars(spec_.forward);
    for (const SpecParam& param : spec_.params) {
      if (param.fallback) {
        Names(*param.fallback, param.place,
              param.per_layer ? std::set<std::string>{"i"} : std::set<std::string>{});
      }
      Define(param.name, param.place);
    }
    for (const auto& [name, value] : spec_.derived) {
      SpecPlace place{0, "/derived/" + name};
      Names(value, place, {});
      Define(name, place);
    }
    for (const auto& [check, place] : spec_.checks) Names(check, place, {});
    for (const SpecId& id : spec_.ids) Names(id.when, {0, "/ids"}, {});
    for (const SpecWeight& weight : spec_.weights) VerifyWeight(weight);
    for (const SpecRope& rope : spec_.ropes) VerifyRope(rope);
    for (const SpecCache& cache : spec_.caches) {
      for (const Expression* number : {&cache.layers, &cache.heads, &cache.dim})
        Names(*number, cache.place, {});
    }
    std::set<std::string> values = {"tokens"};
    used_values_.insert("tokens");
    Steps(spec_.forward, values, {}, {});
    if (!values.contains("logits")) errors_.Add({0, "/forward"}, "no step gives (logits)");
    for (const SpecWeight& weight : spec_.weights) {
      if (!used_weights_.contains(weight.name))
        errors_.Add(weight.place, "weight is used by no step");
    }
    for (const SpecRope& rope : spec_.ropes) {
      if (!used_ropes_.contains(rope.name)) errors_.Add(rope.place, "rope is used by no step");
    }
  }

 private:
  void CollectVars(const std::vector<SpecStep>& steps) {
    for (const SpecStep& step : steps) {
      if (!step.var.empty()) vars_.insert(step.var);
      CollectVars(step.body);
    }
  }

  void Define(const std::string& name, const SpecPlace& place) {
    if (!numbers_.insert(name).second) errors_.Add(place, StrCat("name (", name, ") stands twice"));
  }

  // Checks the names and has() weights of an expression; `local` are names known besides parameters
  // and derived ones.
  void Names(const Expression& expression, const SpecPlace& place,
             const std::set<std::string>& local) {
    for (const std::string& name : expression.names()) {
      if (numbers_.contains(name) || local.contains(name)) continue;
      std::vector<std::string> known(numbers_.begin(), numbers_.end());
      errors_.Add(place, StrCat("unknown name (", name, ") in (", expression.text(), ")",
                                NearestHint(name, known)));
    }
    for (const std::string& weight : expression.weights()) FindWeight(weight, place);
  }

  const SpecWeight* FindWeight(const std::string& name, const SpecPlace& place) {
    for (const SpecWeight& weight : spec_.weights) {
      if (weight.name == name) return &weight;
    }
    errors_.Add(place,
                StrCat("unknown weight (", name, ")", NearestHint(name, NamesOf(spec_.weights))));
    return nullptr;
  }

  void VerifyWeight(const SpecWeight& weight) {
    for (const Expression& axis : weight.shape) Names(axis, weight.place, vars_);
    for (const SpecTensorName& name : weight.names) {
      if (name.begin) Names(*name.begin, weight.place, vars_);
      if (name.end) Names(*name.end, weight.place, vars_);
    }
    if (std::count(weights_.begin(), weights_.end(), weight.name) > 0)
      errors_.Add(weight.place, "weight stands twice");
    weights_.push_back(weight.name);
  }

  void VerifyRope(const SpecRope& rope) {
    for (const auto& [key, number] : rope.numbers) Names(number, rope.place, {});
    if (rope.factors.empty()) return;
    used_weights_.insert(rope.factors);
    const SpecWeight* weight = FindWeight(rope.factors, rope.place);
    if (weight != nullptr && weight->shape.size() != 1)
      errors_.Add(rope.place, "factors are no vector");
  }

  void UseValue(const std::string& name, const std::set<std::string>& values,
                const SpecPlace& place) {
    used_values_.insert(name);
    if (values.contains(name)) return;
    std::vector<std::string> known(values.begin(), values.end());
    errors_.Add(place, StrCat("unknown value (", name, ")", NearestHint(name, known)));
  }

  void UseWeight(const SpecStep& step, const std::string& name, FieldKind kind,
                 const SpecPlace& place) {
    used_weights_.insert(name);
    const SpecWeight* weight = FindWeight(name, place);
    if (weight == nullptr) return;
    size_t rank = kind == FieldKind::kVector ? 1 : kind == FieldKind::kExpertMatrix ? 3 : 2;
    if (weight->shape.size() != rank) {
      errors_.Add(place, StrCat("weight (", name, ") has rank (", weight->shape.size(),
                                "), the op needs (", rank, ")"));
    }
    bool guarded = step.condition && step.condition->weights().contains(name);
    if (weight->optional && !guarded) {
      errors_.Add(place, StrCat("weight (", name,
                                ") is optional: the step needs an \"if\" with has(", name, ")"));
    }
  }

  void UseNamed(const std::string& name, const std::vector<std::string>& known,
                std::string_view what, const SpecPlace& place) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      errors_.Add(place, StrCat("unknown ", what, " (", name, ")", NearestHint(name, known)));
    }
  }

  void UseTable(const std::string& name, const SpecPlace& place) {
    used_ropes_.insert(name);
    UseNamed(name, NamesOf(spec_.ropes), "rope", place);
  }

  // Walks a list of steps. `values` gets the new names; names of `carry` may be given once more.
  void Steps(const std::vector<SpecStep>& steps, std::set<std::string>& values,
             const std::set<std::string>& carry, const std::set<std::string>& vars) {
    std::set<std::string> given;
    std::vector<std::pair<std::string, SpecPlace>> results;
    for (const SpecStep& step : steps) {
      if (step.op == "repeat") {
        Repeat(step, values, vars);
        continue;
      }
      const SpecOp* op = FindSpecOp(step.op);
      if (op == nullptr) continue;
      if (step.condition) Names(*step.condition, step.place, vars);
      std::vector<std::string> given_here;
      for (const OpField& field : op->fields) {
        std::string key(field.name);
        SpecPlace place{step.place.line, StrCat(step.place.path, "/", key)};
        auto number = step.numbers.find(key);
        if (number != step.numbers.end()) Names(number->second, place, vars);
        auto choice = step.choices.find(key);
        if (choice != step.choices.end()) {
          Names(choice->second.when, place, vars);
          UseTable(choice->second.then, place);
          UseTable(choice->second.otherwise, place);
        }
        auto name = step.names.find(key);
        if (name == step.names.end()) continue;
        switch (field.kind) {
          case FieldKind::kValue:
            UseValue(name->second, values, place);
            break;
          case FieldKind::kMatrix:
          case FieldKind::kVector:
          case FieldKind::kExpertMatrix:
          case FieldKind::kExpertVector:
            UseWeight(step, name->second, field.kind, place);
            break;
          case FieldKind::kTable:
            UseTable(name->second, place);
            break;
          case FieldKind::kCache:
            UseNamed(name->second, NamesOf(spec_.caches), "cache", place);
            break;
          case FieldKind::kResult:
            given_here.push_back(name->second);
            break;
          case FieldKind::kNumber:
            break;
        }
      }
      for (const std::string& name : given_here) {
        Result(step, name, values, carry, given);
        results.emplace_back(name, step.place);
      }
    }
    for (const auto& [name, place] : results) {
      if (!used_values_.contains(name) && name != "logits")
        errors_.Add(place, StrCat("value (", name, ") is never used"));
    }
  }

  void Result(const SpecStep& step, const std::string& name, std::set<std::string>& values,
              const std::set<std::string>& carry, std::set<std::string>& given) {
    if (step.condition.has_value() != !step.otherwise.empty()) {
      errors_.Add(step.place, "a step with a result has \"if\" and \"else\" together, or neither");
    }
    if (!step.otherwise.empty()) UseValue(step.otherwise, values, step.place);
    if (!given.insert(name).second || (values.contains(name) && !carry.contains(name))) {
      errors_.Add(step.place, StrCat("value (", name, ") is given twice"));
    }
    values.insert(name);
  }

  void Repeat(const SpecStep& step, std::set<std::string>& values, std::set<std::string> vars) {
    for (const auto& [key, number] : step.numbers) Names(number, step.place, vars);
    if (!vars.insert(step.var).second || numbers_.contains(step.var)) {
      errors_.Add(step.place, StrCat("name (", step.var, ") stands twice"));
    }
    std::set<std::string> carry(step.carry.begin(), step.carry.end());
    for (const std::string& name : carry) UseValue(name, values, step.place);
    std::set<std::string> inner = values;
    Steps(step.body, inner, carry, vars);
  }

  const Spec& spec_;
  SpecErrors& errors_;
  std::set<std::string> numbers_;
  std::set<std::string> vars_;
  std::vector<std::string> weights_;
  std::set<std::string> used_weights_;
  std::set<std::string> used_values_;
  std::set<std::string> used_ropes_;
};

}  // namespace

void VerifySpec(const Spec& spec, SpecErrors& errors) { Verifier(spec, errors).Verify(); }

}  // namespace ingot::model
