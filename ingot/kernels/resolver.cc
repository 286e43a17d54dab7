#include "ingot/kernels/resolver.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

using Candidates = std::vector<const KernelDesc*>;

const Variant* FindVariant(const KernelDesc& kernel, std::string_view name) {
  for (const Variant& variant : kernel.variants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

// Whether the kernel or variant that a rule names belongs to another op alone. One that exists
// nowhere belongs to every op, so that it is reported.
bool NamesAnotherOp(const Rule& rule, const OpQuery& query,
                    std::span<const KernelDesc* const> kernels) {
  bool found = false;
  for (const KernelDesc* kernel : kernels) {
    bool named = rule.kernel.empty() ? FindVariant(*kernel, rule.variant) != nullptr
                                     : kernel->name == rule.kernel;
    if (named && kernel->op == query.op) return false;
    found |= named;
  }
  return found;
}

bool Matches(const Rule& rule, const OpQuery& query, std::span<const KernelDesc* const> kernels) {
  auto is_key = [&](const KernelDesc* kernel) {
    return kernel->op == query.op && kernel->key == rule.op;
  };
  if (rule.op.empty() && NamesAnotherOp(rule, query, kernels)) return false;
  return (rule.op.empty() || rule.op == query.op || std::ranges::any_of(kernels, is_key)) &&
         (rule.role.empty() || rule.role == query.role) &&
         (!rule.layer || *rule.layer == query.layer) && (!rule.phase || *rule.phase == query.phase);
}

// What a message calls the query: `matmul q_proj layer 3 (decode)`.
std::string Describe(const OpQuery& query) {
  return StrCat(query.op, query.role.empty() ? "" : " ", query.role,
                query.layer < 0 ? std::string() : StrCat(" layer ", query.layer), " (",
                Name(query.phase), ")");
}

std::string FormatNames(const std::vector<DType>& formats) {
  std::vector<std::string_view> names;
  for (DType format : formats) names.push_back(Name(format));
  return Join(names, ", ");
}

// Why `kernel` cannot serve whatever its overrides are; empty if it can.
std::string Unfit(const KernelDesc& kernel, const OpQuery& query, const DeviceFacts& facts,
                  Numerics numerics) {
  auto reason = [&](const auto&... parts) { return StrCat(kernel.name, ": ", parts...); };
  if (kernel.op != query.op) return reason("serves op (", kernel.op, "), not (", query.op, ")");
  if (kernel.phase && *kernel.phase != query.phase) {
    return reason("serves phase (", Name(*kernel.phase), "), not (", Name(query.phase), ")");
  }
  if (kernel.numerics == Numerics::kFast && numerics == Numerics::kExact) {
    return reason("its numerics are (fast), wanted are (exact)");
  }
  if (query.format &&
      std::ranges::find(kernel.weight_formats, *query.format) == kernel.weight_formats.end()) {
    return reason("weight format (", Name(*query.format), ") is not one of (",
                  FormatNames(kernel.weight_formats), ")");
  }
  if (!query.format && !kernel.weight_formats.empty()) return reason("the op has no weight");
  for (const std::string& feature : kernel.features) {
    if (!facts.Has(feature)) return reason("the device lacks (", feature, ")");
  }
  return {};
}

bool HasOverride(const KernelDesc& kernel, std::string_view name) {
  auto same = [&](const OverrideDesc& known) { return known.name == name; };
  return std::ranges::any_of(kernel.overrides, same);
}

// One kernel held against one query, with the rules that may set its overrides.
class Attempt {
 public:
  Attempt(const OpQuery& query, const std::vector<const Rule*>& rules, const DeviceFacts& facts,
          Numerics numerics)
      : query_(query), rules_(rules), facts_(facts), numerics_(numerics) {}

  // `wish` is the rule that names the kernel, nullptr for the automatic choice. A failure is why it
  // cannot serve. Non-strict override rules that had to be left out add to `reasons`.
  // `row` chose it where there is no wish: what it sets counts least.
  Result<Choice> Serve(const KernelDesc& kernel, std::string_view variant, const Rule* wish,
                       const SelectRow* row, std::vector<std::string>& reasons) const {
    std::string unfit = Unfit(kernel, query_, facts_, numerics_);
    if (!unfit.empty()) return Status(Code::kUnsupported, std::move(unfit));
    OverrideValues fixed;
    // A flag of which the op says nothing is what the kernel says: another value computes something
    // else.
    for (const OverrideDesc& desc : kernel.overrides) {
      if (desc.clazz == OverrideClass::kFlag) fixed[desc.name] = desc.fallback;
    }
    for (const auto& [name, value] : query_.bound) {
      if (HasOverride(kernel, name)) {
        fixed[name] = value;
      } else if (name.starts_with("HAS_") && value != 0) {
        return Status(Code::kUnsupported, StrCat(kernel.name, ": has no override (", name,
                                                 "), which is (", value, ") here"));
      }
    }
    OverrideValues given = fixed;
    INGOT_TRY(CompleteOverrides(kernel, variant, given).status());
    const Variant* pinned = nullptr;  // by the wish, against the ranks below it
    for (const Rule* rule : rules_) {
      if (rule != wish && !rule->kernel.empty() && rule->kernel != kernel.name) continue;
      OverrideValues values = Undecided(*rule, pinned, fixed, given);
      if (rule == wish) {
        pinned = FindVariant(kernel, variant);
      } else {
        std::erase_if(values, [&](const auto& value) { return !HasOverride(kernel, value.first); });
      }
      Status added = Add(kernel, variant, *rule, values, fixed, given);
      if (added.ok()) continue;
      if (rule == wish || rule->strict) return added;
      reasons.push_back(added.message());
    }
    Choice choice;
    choice.kernel = &kernel;
    choice.variant = variant;
    if (row != nullptr) {
      INGOT_TRY(AddRow(kernel, *row, given));
      if (Agrees(kernel, row->variant, given)) choice.variant = row->variant;
      choice.row = StrCat(row->place, ": ", row->text);
    }
    INGOT_ASSIGN(choice.overrides, CompleteOverrides(kernel, variant, given));
    INGOT_TRY(CheckRequirements(kernel, Numbers(choice.overrides), /*all=*/true));
    choice.origin = wish != nullptr ? wish->origin : Origin::kAutomatic;
    return choice;
  }

  // Whether the row's condition holds. Fails on a name that has no value for this query.
  Result<bool> Holds(const SelectRow& row) const {
    INGOT_ASSIGN(const int64_t holds, Evaluate(row.condition, SelectNumbers()));
    return holds != 0;
  }

 private:
  // All that a row may name.
  HeaderNumbers SelectNumbers() const {
    HeaderNumbers numbers = Numbers(query_.bound);
    AddSelectNumbers(query_.phase, query_.rows, query_.cols, query_.depth, &numbers);
    return numbers;
  }

  // What the row sets, and its variant, of what nobody has decided.
  Status AddRow(const KernelDesc& kernel, const SelectRow& row, OverrideValues& given) const {
    const HeaderNumbers numbers = SelectNumbers();
    for (const auto& [name, expr] : row.overrides) {
      INGOT_ASSIGN(const int64_t value, Evaluate(expr, numbers));
      given.emplace(name, static_cast<double>(value));
    }
    const Variant* variant = FindVariant(kernel, row.variant);
    if (variant != nullptr) given.insert(variant->pins.begin(), variant->pins.end());
    return {};
  }

  static bool Agrees(const KernelDesc& kernel, const std::string& variant,
                     const OverrideValues& given) {
    return CompleteOverrides(kernel, variant, given).ok();
  }

  // All that a requirement may name.
  HeaderNumbers Numbers(const OverrideValues& overrides) const {
    HeaderNumbers numbers = query_.uniforms;
    for (const auto& [name, value] : overrides) numbers[name] = static_cast<int64_t>(value);
    AddFacts(facts_, &numbers);
    return numbers;
  }

  // What of a rule's overrides no higher rank has decided.
  static OverrideValues Undecided(const Rule& rule, const Variant* pinned,
                                  const OverrideValues& fixed, const OverrideValues& given) {
    OverrideValues values;
    for (const auto& [name, value] : rule.overrides) {
      if (given.contains(name) && !fixed.contains(name)) continue;
      if (pinned != nullptr && pinned->pins.contains(name)) continue;
      values[name] = value;
    }
    return values;
  }

  // Adds `values` to `given`, or nothing if that makes an illegal set.
  Status Add(const KernelDesc& kernel, std::string_view variant, const Rule& rule,
             const OverrideValues& values, const OverrideValues& fixed,
             OverrideValues& given) const {
    OverrideValues joined = given;
    for (const auto& [name, value] : values) {
      auto known = fixed.find(name);
      if (known != fixed.end() && known->second != value) {
        return Status(Code::kUnsupported,
                      StrCat(kernel.name, ": ", name, " is (", known->second, ") here, the ",
                             OriginName(rule.origin), " wants (", value, ")"));
      }
      joined[name] = value;
    }
    INGOT_TRY(CompleteOverrides(kernel, variant, joined).status());
    given = std::move(joined);
    return {};
  }

  const OpQuery& query_;
  const std::vector<const Rule*>& rules_;
  const DeviceFacts& facts_;
  Numerics numerics_;
};

// The kernels that a rule's wish is about: the named one, or those that have its variant. Fails if
// there is none.
Result<Candidates> Wanted(const Rule& rule, const Candidates& candidates,
                          std::span<const KernelDesc* const> kernels) {
  Candidates wanted;
  std::vector<std::string> names;
  if (!rule.kernel.empty()) {
    for (const KernelDesc* kernel : kernels) {
      if (kernel->name == rule.kernel) wanted.push_back(kernel);
      names.push_back(kernel->name);
    }
    if (!wanted.empty()) return wanted;
    return Status(Code::kNotFound,
                  StrCat("unknown kernel (", rule.kernel, ")", NearestHint(rule.kernel, names)));
  }
  for (const KernelDesc* kernel : candidates) {
    if (FindVariant(*kernel, rule.variant) != nullptr) wanted.push_back(kernel);
    for (const Variant& variant : kernel->variants) names.push_back(variant.name);
  }
  if (!wanted.empty()) return wanted;
  return Status(Code::kNotFound,
                StrCat("unknown variant (", rule.variant, ")", NearestHint(rule.variant, names)));
}

// The rows that choose one of the kernels, the first to be tried first.
std::vector<std::pair<const KernelDesc*, const SelectRow*>> RowsOf(const Candidates& candidates) {
  std::vector<std::pair<const KernelDesc*, const SelectRow*>> rows;
  for (const KernelDesc* kernel : candidates) {
    for (const SelectRow& row : kernel->rows) rows.emplace_back(kernel, &row);
  }
  std::ranges::sort(rows, {}, [](const auto& entry) { return entry.second->order; });
  return rows;
}

}  // namespace

std::string_view OriginName(Origin origin) {
  switch (origin) {
    case Origin::kCaller:
      return "caller";
    case Origin::kProfileLayer:
      return "profile layer rule";
    case Origin::kProfileKernel:
      return "profile kernel rule";
    case Origin::kPlan:
      return "plan";
    case Origin::kAutomatic:
      return "automatic";
  }
  return "";
}

Result<Choice> Resolve(const OpQuery& query, std::span<const Rule> rules,
                       std::span<const KernelDesc* const> kernels, const DeviceFacts& facts,
                       Numerics numerics) {
  Candidates candidates;
  for (const KernelDesc* kernel : kernels) {
    if (kernel->op == query.op) candidates.push_back(kernel);
  }
  std::ranges::sort(candidates, [](const KernelDesc* a, const KernelDesc* b) {
    return a->priority != b->priority ? a->priority > b->priority : a->name < b->name;
  });
  std::vector<const Rule*> matching;
  for (const Rule& rule : rules) {
    if (Matches(rule, query, kernels)) matching.push_back(&rule);
  }
  // The given order within an origin; all point into `rules`.
  std::ranges::sort(matching, [](const Rule* a, const Rule* b) {
    return a->origin != b->origin ? a->origin < b->origin : a < b;
  });

  Attempt attempt(query, matching, facts, numerics);
  std::vector<std::string> reasons;
  // The first of `wanted` that serves; otherwise the reasons of all.
  auto first = [&](const Candidates& wanted, const Rule* wish,
                   std::vector<std::string>& refusals) -> std::optional<Choice> {
    for (const KernelDesc* kernel : wanted) {
      std::vector<std::string> left_out;
      auto choice =
          attempt.Serve(*kernel, wish != nullptr ? wish->variant : "", wish, nullptr, left_out);
      if (!choice.ok()) {
        refusals.push_back(choice.status().message());
        continue;
      }
      choice->reasons = reasons;
      choice->reasons.insert(choice->reasons.end(), refusals.begin(), refusals.end());
      choice->reasons.insert(choice->reasons.end(), left_out.begin(), left_out.end());
      return std::move(*choice);
    }
    return std::nullopt;
  };

  for (const Rule* rule : matching) {
    if (rule->kernel.empty() && rule->variant.empty()) continue;
    std::vector<std::string> refusals;
    auto wanted = Wanted(*rule, candidates, kernels);
    if (wanted.ok()) {
      std::optional<Choice> choice = first(*wanted, rule, refusals);
      if (choice) return std::move(*choice);
    } else {
      refusals.push_back(wanted.status().message());
    }
    std::string reason = StrCat(OriginName(rule->origin), ": ", Join(refusals, "; "));
    if (rule->strict) {
      return Status(wanted.ok() ? Code::kUnsupported : wanted.status().code(),
                    StrCat(Describe(query), ": ", reason));
    }
    reasons.push_back(std::move(reason));
  }

  std::vector<std::string> refusals;
  const std::vector<std::pair<const KernelDesc*, const SelectRow*>> rows = RowsOf(candidates);
  for (const auto& [kernel, row] : rows) {
    const Result<bool> holds = attempt.Holds(*row);
    if (holds.ok() && !*holds) continue;
    std::vector<std::string> left_out;
    Result<Choice> choice =
        holds.ok() ? attempt.Serve(*kernel, "", nullptr, row, left_out) : holds.status();
    if (!choice.ok()) {
      reasons.push_back(StrCat(row->place, ": ", choice.status().message()));
      continue;
    }
    choice->reasons = std::move(reasons);
    choice->reasons.insert(choice->reasons.end(), left_out.begin(), left_out.end());
    return choice;
  }
  if (!rows.empty()) reasons.push_back("no row of the selection table decides");
  std::optional<Choice> choice = first(candidates, nullptr, refusals);
  if (choice) return std::move(*choice);
  if (refusals.empty()) refusals.push_back("there is none for this op");
  reasons.insert(reasons.end(), refusals.begin(), refusals.end());
  return Status(Code::kUnsupported,
                StrCat(Describe(query), ": no kernel serves: ", Join(reasons, "; ")));
}

}  // namespace ingot::kernels
