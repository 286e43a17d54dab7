// Tests: what stands behind `is`.
#include <algorithm>
#include <iterator>

#include "ingot/base/text.h"
#include "ingot/model/jinja/function.h"
#include "ingot/model/jinja/text_ops.h"

namespace ingot::model::jinja {
namespace {

struct Comparison {
  std::string_view name;
  std::string_view op;
};
constexpr Comparison kComparisons[] = {
    {"eq", "=="}, {"equalto", "=="}, {"ne", "!="}, {"lt", "<"},          {"lessthan", "<"},
    {"le", "<="}, {"gt", ">"},       {"ge", ">="}, {"greaterthan", ">"}, {"in", "in"},
};

struct Predicate {
  std::string_view name;
  bool (*holds)(const Value& value);
};
constexpr Predicate kPredicates[] = {
    {"defined", [](const Value& v) { return !v.IsUndefined(); }},
    {"undefined", [](const Value& v) { return v.IsUndefined(); }},
    {"none", [](const Value& v) { return v.IsNone(); }},
    {"string", [](const Value& v) { return v.IsString(); }},
    {"mapping", [](const Value& v) { return v.IsDict(); }},
    {"iterable",
     [](const Value& v) { return v.IsString() || v.IsList() || v.IsDict() || v.IsUndefined(); }},
    {"sequence",
     [](const Value& v) { return v.IsString() || v.IsList() || v.IsDict() || v.IsUndefined(); }},
    {"number", [](const Value& v) { return v.IsNumber(); }},
    {"integer", [](const Value& v) { return v.IsInt(); }},
    {"float", [](const Value& v) { return v.IsFloat(); }},
    {"boolean", [](const Value& v) { return v.IsBool(); }},
    {"true", [](const Value& v) { return v.IsBool() && v.Truth(); }},
    {"false", [](const Value& v) { return v.IsBool() && !v.Truth(); }},
    {"callable", [](const Value& v) { return v.AsFunction() != nullptr; }},
};

constexpr std::string_view kOthers[] = {"divisibleby", "even", "lower", "odd", "sameas", "upper"};

// Whether an integer leaves `rest` when divided.
Result<bool> LeavesRest(std::string_view name, const Value& subject, int64_t divisor, int64_t rest,
                        Budget& budget) {
  if (!subject.IsNumber()) {
    return Status(Code::kInvalidArgument, StrCat(name, " of ", subject.KindName()));
  }
  INGOT_ASSIGN(Value left, ApplyBinary("%", subject, Value(divisor), budget));
  return left.number() == static_cast<double>(rest);
}

}  // namespace

bool HasTest(std::string_view name) {
  const auto has = [name](const auto& table) {
    return std::any_of(std::begin(table), std::end(table),
                       [name](const auto& row) { return row.name == name; });
  };
  return has(kComparisons) || has(kPredicates) ||
         std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
}

std::vector<std::string> TestNames() {
  std::vector<std::string> names(std::begin(kOthers), std::end(kOthers));
  for (const Comparison& row : kComparisons) names.emplace_back(row.name);
  for (const Predicate& row : kPredicates) names.emplace_back(row.name);
  return names;
}

Result<bool> ApplyTest(std::string_view name, const Value& subject, const Args& args,
                       Budget& budget) {
  for (const Predicate& row : kPredicates) {
    if (row.name != name) continue;
    INGOT_TRY(args.Check(name, {}));
    return row.holds(subject);
  }
  if (name == "odd" || name == "even") {
    INGOT_TRY(args.Check(name, {}));
    return LeavesRest(name, subject, 2, name == "odd" ? 1 : 0, budget);
  }
  if (name == "upper" || name == "lower") {
    INGOT_TRY(args.Check(name, {}));
    INGOT_ASSIGN(Text text, ToText(subject, budget));
    const std::string upper = ToCase(text.bytes(), Case::kUpper);
    const std::string lower = ToCase(text.bytes(), Case::kLower);
    return upper != lower && text.bytes() == (name == "upper" ? upper : lower);
  }
  INGOT_TRY(args.Check(name, {"other"}));
  const Value other = args.Get(0, "other");
  if (!args.Has(0, "other")) {
    return Status(Code::kInvalidArgument, StrCat("test (", name, ") needs an argument"));
  }
  for (const Comparison& row : kComparisons) {
    if (row.name == name) return ApplyComparison(row.op, subject, other, budget);
  }
  if (name == "divisibleby") {
    if (!other.IsInt()) {
      return Status(Code::kInvalidArgument, StrCat("divisibleby: ", other.KindName()));
    }
    return LeavesRest(name, subject, other.integer(), 0, budget);
  }
  // sameas: of values without identity, equal and of one kind.
  if (subject.KindName() != other.KindName()) return false;
  return Equal(subject, other, budget);
}

}  // namespace ingot::model::jinja
