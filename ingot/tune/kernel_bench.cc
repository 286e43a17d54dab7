#include "ingot/tune/kernel_bench.h"

#include <algorithm>
#include <optional>
#include <set>

#include "ingot/base/text.h"
#include "ingot/kernels/resolver.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/query.h"

namespace ingot::tune {
namespace {

constexpr uint64_t kSeed = 1;

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// One kernel with the choices of it that are to be timed.
struct Entrant {
  const kernels::KernelDesc* kernel = nullptr;
  std::vector<BenchRow> rows;
};

class Field {
 public:
  Field(runtime::Device& device, const OpShape& shape, const BenchOptions& options)
      : device_(device), shape_(shape), options_(options) {}

  // Finds the kernels and their choices.
  Status Gather() {
    INGOT_TRY(CheckNames());
    Status bad_shape;
    for (const kernels::KernelDesc* kernel : device_.kernels()) {
      if (!IsWanted(*kernel)) continue;
      Result<verify::KernelCase> described = verify::DescribeCase(*kernel, shape_.shape);
      if (!described.ok()) {
        bad_shape = described.status();
        continue;
      }
      work = described->work;
      Enter(*kernel, verify::QueryOf(*described, shape_.phase));
    }
    // All kernels of an op take the same shapes.
    if (entrants.empty()) return bad_shape;
    return MarkChosen();
  }

  std::vector<Entrant> entrants;
  verify::Work work;
  uint64_t skipped = 0;

 private:
  bool IsWanted(const kernels::KernelDesc& kernel) const {
    return kernel.op == shape_.op &&
           (options_.kernels.empty() || Contains(options_.kernels, kernel.name));
  }

  Status CheckNames() const {
    std::vector<std::string> ops, names, variants, overrides;
    for (const kernels::KernelDesc* kernel : device_.kernels()) {
      ops.push_back(kernel->op);
      names.push_back(kernel->name);
      for (const kernels::Variant& variant : kernel->variants) variants.push_back(variant.name);
      for (const kernels::OverrideDesc& known : kernel->overrides) overrides.push_back(known.name);
    }
    auto check = [](std::string_view what, const std::string& name,
                    const std::vector<std::string>& known) {
      if (Contains(known, name)) return Status();
      return Status(Code::kNotFound,
                    StrCat("unknown ", what, " (", name, ")", NearestHint(name, known)));
    };
    INGOT_TRY(check("op", shape_.op, ops));
    for (const std::string& name : options_.kernels) INGOT_TRY(check("kernel", name, names));
    for (const std::string& name : options_.variants) INGOT_TRY(check("variant", name, variants));
    for (const auto& [name, values] : options_.values) {
      INGOT_TRY(check("override", name, overrides));
    }
    return Status();
  }

  std::vector<std::string> VariantsOf(const kernels::KernelDesc& kernel) const {
    std::vector<std::string> variants;
    if (options_.variants.empty()) variants.emplace_back();
    if (options_.variants.empty() && !options_.values.empty()) return variants;
    for (const kernels::Variant& variant : kernel.variants) {
      if (options_.variants.empty() || Contains(options_.variants, variant.name)) {
        variants.push_back(variant.name);
      }
    }
    return variants;
  }

  // Every combination of the wanted values, of the overrides that the kernel has.
  std::vector<OverrideValues> Combinations(const kernels::KernelDesc& kernel) const {
    std::vector<OverrideValues> all(1);
    for (const kernels::OverrideDesc& known : kernel.overrides) {
      auto wanted = options_.values.find(known.name);
      if (wanted == options_.values.end()) continue;
      std::vector<OverrideValues> longer;
      for (const OverrideValues& values : all) {
        for (double value : wanted->second) {
          longer.push_back(values);
          longer.back()[known.name] = value;
        }
      }
      all = std::move(longer);
    }
    return all;
  }

  void Enter(const kernels::KernelDesc& kernel, const kernels::OpQuery& query) {
    Entrant& entrant = entrants.emplace_back();
    entrant.kernel = &kernel;
    std::set<OverrideValues> seen;
    Status refusal;
    for (const std::string& variant : VariantsOf(kernel)) {
      for (const OverrideValues& values : Combinations(kernel)) {
        const std::vector<kernels::Rule> rules = {
            {.kernel = kernel.name, .variant = variant, .overrides = values}};
        auto choice =
            kernels::Resolve(query, rules, device_.kernels(), device_.facts(), Numerics::kFast);
        if (!choice.ok()) {
          refusal = choice.status();
          skipped += 1;
        } else if (seen.insert(choice->overrides).second) {
          entrant.rows.push_back(MakeRow(kernel, *choice));
        }
      }
    }
    // Whoever asks for a kernel learns why it is not there.
    if (entrant.rows.empty() && !options_.kernels.empty() && !refusal.ok()) {
      BenchRow row;
      row.kernel = kernel.name;
      row.status = refusal;
      entrant.rows.push_back(std::move(row));
    }
  }

  BenchRow MakeRow(const kernels::KernelDesc& kernel, const kernels::Choice& choice) const {
    BenchRow row;
    row.kernel = kernel.name;
    row.variant = choice.variant;
    row.overrides = choice.overrides;
    for (const kernels::OverrideDesc& known : kernel.overrides) {
      const double value = row.overrides.at(known.name);
      const bool is_free = known.clazz == kernels::OverrideClass::kTune;
      if (!is_free || (value == known.fallback && !options_.values.contains(known.name))) continue;
      row.tuned[known.name] = value;
    }
    return row;
  }

  Status MarkChosen() {
    INGOT_ASSIGN(const kernels::OpQuery query,
                 verify::QueryFor(device_.kernels(), shape_.op, shape_.shape, shape_.phase));
    auto choice = kernels::Resolve(query, {}, device_.kernels(), device_.facts(), Numerics::kFast);
    const bool is_free = options_.variants.empty() && options_.values.empty();
    for (Entrant& entrant : entrants) {
      // A row of the selection table may set what no variant does.
      const bool is_its = choice.ok() && choice->kernel == entrant.kernel;
      const bool is_new = is_its && std::ranges::find(entrant.rows, choice->overrides,
                                                      &BenchRow::overrides) == entrant.rows.end();
      if (is_free && is_new) {
        entrant.rows.push_back(MakeRow(*entrant.kernel, *choice));
      }
      for (BenchRow& row : entrant.rows) {
        row.chosen = choice.ok() && choice->kernel == entrant.kernel &&
                     choice->overrides == row.overrides && row.status.ok();
      }
      if (options_.chosen_only) {
        std::erase_if(entrant.rows, [](const BenchRow& row) { return !row.chosen; });
      }
    }
    return Status();
  }

  runtime::Device& device_;
  const OpShape& shape_;
  const BenchOptions& options_;
};

}  // namespace

Result<BenchResult> BenchKernels(runtime::Device& device, const OpShape& shape,
                                 const BenchOptions& options,
                                 const std::function<bool(uint64_t, uint64_t)>& go_on) {
  Field field(device, shape, options);
  INGOT_TRY(field.Gather().At(StrCat(shape.op, " ", shape.shape)));
  BenchResult result{.shape = shape, .work = field.work, .skipped = field.skipped};
  uint64_t all = 0;
  for (const Entrant& entrant : field.entrants) all += entrant.rows.size();
  bool stopped = false;
  for (Entrant& entrant : field.entrants) {
    std::unique_ptr<Stand> stand;
    for (BenchRow& row : entrant.rows) {
      stopped = stopped || !go_on(result.rows.size(), all);
      if (stopped) break;
      auto measure = [&]() -> Status {
        INGOT_TRY(row.status);
        if (stand == nullptr) {
          INGOT_ASSIGN(verify::KernelCase data,
                       verify::MakeTimedCase(*entrant.kernel, shape.shape, kSeed));
          INGOT_ASSIGN(stand, Stand::Create(device, std::move(data), options.timing));
        }
        INGOT_ASSIGN(row.timing, stand->Time(row.overrides));
        return Status();
      };
      row.status = measure();
      result.rows.push_back(std::move(row));
    }
  }
  std::ranges::stable_sort(result.rows, [](const BenchRow& a, const BenchRow& b) {
    if (a.status.ok() != b.status.ok()) return a.status.ok();
    return a.timing.median_us < b.timing.median_us;
  });
  return result;
}

}  // namespace ingot::tune
