#include "ingot/verify/conformance.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "ingot/base/text.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/combinations.h"
#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

// What a case is made from.
struct Planned {
  std::string shape;
  std::string variant;
  OverrideValues chosen;
  bool is_large = false;
};

// The name in a shape of what settles an override.
std::string KeyOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kKeys = {
      {{"HEAD_DIM", "head_dim"}, {"SPLITS", "splits"}, {"W_FORMAT", "format"}}};
  for (const auto& [override_name, key] : kKeys) {
    if (override_name == name) return std::string(key);
  }
  return std::string(name);
}

std::string WordOf(std::string_view name, double value) {
  if (name != "W_FORMAT") return StrCat(KeyOf(name), "=", value);
  const std::optional<DType> dtype = kernels::DTypeOfWeightFormat(static_cast<uint32_t>(value));
  return StrCat(KeyOf(name), "=", dtype ? Name(*dtype) : "");
}

// The shape with this value of an override, whatever it had before.
std::string With(std::string_view shape, std::string_view name, double value) {
  const std::string key = StrCat(KeyOf(name), "=");
  std::vector<std::string_view> words = Split(shape, ' ');
  std::erase_if(words,
                [&](std::string_view word) { return word.empty() || word.starts_with(key); });
  const std::string word = WordOf(name, value);
  words.push_back(word);
  return Join(words, " ");
}

class Run {
 public:
  Run(runtime::Device& device, const kernels::KernelDesc& kernel, const ConformanceOptions& options)
      : device_(device),
        gate_(device, options.gate),
        gate_of_large_(device, {}),
        kernel_(kernel),
        options_(options) {}

  Result<Conformance> Execute() {
    const std::span<const std::string_view> shapes = ShapesOf(kernel_.op);
    if (shapes.empty()) {
      return Status(Code::kInvalidArgument,
                    StrCat(kernel_.name, ": no cases for op (", kernel_.op, ")"));
    }
    std::vector<std::string> variants = {""};
    for (const kernels::Variant& variant : kernel_.variants) variants.push_back(variant.name);
    for (size_t i = 0; i < variants.size(); ++i) INGOT_TRY(PlanVariant(shapes, variants[i], i));
    if (options_.large) INGOT_TRY(PlanLarge());
    if (options_.combinations) INGOT_TRY(PlanCombinations(shapes));
    // Cases of one shape share its data.
    std::ranges::stable_sort(plan_, {}, &Planned::shape);
    // Of a kernel that is expected to fail most pipelines are never wanted.
    if (options_.first_failure_only) requests_.clear();
    const auto ready = device_.Precompile(requests_);
    for (const Planned& planned : plan_) {
      INGOT_TRY(Take(planned));
      if (options_.first_failure_only && !found_.failures.empty()) break;
    }
    return std::move(found_);
  }

 private:
  // The case without its data; kUnsupported where it is none for this kernel, choice or device.
  Result<KernelCase> Described(const CaseData& data, const Planned& planned) const {
    Result<KernelCase> made = data.For(kernel_, planned.variant, planned.chosen);
    if (made.ok()) INGOT_TRY(CheckLegal(*made, device_.facts()));
    return made;
  }

  void Plan(const KernelCase& described, Planned planned) {
    if (options_.takes && !options_.takes(described)) return;
    plan_.push_back(std::move(planned));
    requests_.push_back({kernel_.name, described.overrides});
  }

  // Whether variant `number` has the i-th of the shapes that fit it: all have the first, and then
  // each has others.
  bool IsTaken(size_t i, size_t count, size_t number) const {
    if (options_.shapes == 0 || i == 0) return true;
    const size_t rest = count - 1, wanted = std::min(options_.shapes - 1, rest);
    for (size_t k = 0; k < wanted; ++k) {
      if ((number + k * rest / wanted) % rest == i - 1) return true;
    }
    return false;
  }

  Status PlanVariant(std::span<const std::string_view> shapes, const std::string& variant,
                     size_t number) {
    std::vector<std::pair<KernelCase, Planned>> fitting;
    std::string why;
    for (const std::string_view shape : shapes) {
      INGOT_ASSIGN(const CaseData data, DescribeData(kernel_, shape));
      Planned planned = {std::string(shape), variant, {}};
      Result<KernelCase> described = Described(data, planned);
      if (described.ok()) {
        fitting.emplace_back(*std::move(described), std::move(planned));
        continue;
      }
      if (described.status().code() != Code::kUnsupported) return described.status();
      ++found_.ruled_out;
      if (why.empty()) why = described.status().message();
    }
    if (fitting.empty()) {
      found_.idle.push_back(StrCat(variant.empty() ? kernel_.name : variant, ": ", why));
    }
    for (size_t i = 0; i < fitting.size(); ++i) {
      if (IsTaken(i, fitting.size(), number)) Plan(fitting[i].first, std::move(fitting[i].second));
    }
    return {};
  }

  // Each once, with workgroups as small as they get, so that there are many.
  Status PlanLarge() {
    OverrideValues small;
    for (const kernels::OverrideDesc& desc : kernel_.overrides) {
      if (desc.name == "WG") small["WG"] = std::ranges::min(ValuesOf(desc));
    }
    for (const std::string_view shape : LargeShapesOf(kernel_.op)) {
      INGOT_ASSIGN(const CaseData data, DescribeData(kernel_, shape));
      Planned planned = {std::string(shape), "", small, /*is_large=*/true};
      Result<KernelCase> described = Described(data, planned);
      if (described.ok()) {
        Plan(*described, std::move(planned));
        continue;
      }
      if (described.status().code() != Code::kUnsupported) return described.status();
      ++found_.ruled_out;
    }
    return {};
  }

  Status PlanCombinations(std::span<const std::string_view> shapes) {
    const Combinations combinations = Combine(kernel_, device_.facts());
    for (size_t i = 0; i < combinations.legal.size(); ++i) {
      bool placed = false;
      for (size_t j = 0; j < shapes.size() && !placed; ++j) {
        INGOT_ASSIGN(placed, PlanOn(shapes[(i + j) % shapes.size()], combinations.legal[i]));
      }
      if (!placed) ++found_.ruled_out;
    }
    if (options_.takes) return {};
    for (const OverrideValues& illegal : combinations.illegal) CheckRefused(illegal);
    for (const kernels::OverrideDesc& desc : kernel_.overrides) {
      OverrideValues outside;
      for (const kernels::OverrideDesc& other : kernel_.overrides) {
        outside[other.name] = other.fallback;
      }
      outside[desc.name] = ValueOutside(desc);
      CheckRefused(outside);
    }
    return {};
  }

  // Whether the shape, with what settles the values added to it, is one for them.
  Result<bool> PlanOn(std::string_view shape, const OverrideValues& values) {
    std::string text(shape);
    INGOT_ASSIGN(const CaseData as_is, DescribeData(kernel_, shape));
    for (const kernels::OverrideDesc& desc : kernel_.overrides) {
      const double value = values.at(desc.name);
      if (Settled(as_is, desc) == value || !IsSettled(as_is, desc)) continue;
      text = With(text, desc.name, value);
    }
    INGOT_ASSIGN(const CaseData data, DescribeData(kernel_, text));
    for (const kernels::OverrideDesc& desc : kernel_.overrides) {
      if (IsSettled(data, desc) && Settled(data, desc) != values.at(desc.name)) return false;
    }
    Planned planned = {std::move(text), "", values};
    const Result<KernelCase> described = Described(data, planned);
    if (described.ok()) Plan(*described, std::move(planned));
    return described.ok();
  }

  // What is not free, or what the data of the op fix all the same.
  static bool IsSettled(const CaseData& data, const kernels::OverrideDesc& desc) {
    return desc.clazz != kernels::OverrideClass::kTune || data.overrides().contains(desc.name);
  }
  static double Settled(const CaseData& data, const kernels::OverrideDesc& desc) {
    auto it = data.overrides().find(desc.name);
    return it == data.overrides().end() ? desc.fallback : it->second;
  }

  void CheckRefused(const OverrideValues& illegal) {
    const Status status = device_.CreatePipeline(kernel_.name, illegal).status();
    const bool refused =
        (status.code() == Code::kUnsupported || status.code() == Code::kInvalidArgument) &&
        status.message().starts_with(kernel_.name);
    if (refused) {
      ++found_.refused;
      return;
    }
    Report report;
    report.kernel = kernel_.name;
    report.file = kernel_.file;
    report.name = "illegal choice";
    report.overrides = illegal;
    report.message = StrCat("it was not refused, but ",
                            status.ok() ? "made" : StrCat("ended with: ", status.message()));
    found_.failures.push_back(std::move(report));
  }

  Status Take(const Planned& planned) {
    if (!data_ || shape_ != planned.shape) {
      INGOT_ASSIGN(data_, DrawCase(kernel_, planned.shape, options_.seed));
      shape_ = planned.shape;
    }
    INGOT_ASSIGN(const KernelCase made, data_->For(kernel_, planned.variant, planned.chosen));
    if (options_.before) options_.before(made);
    Gate& gate = planned.is_large ? gate_of_large_ : gate_;
    Report report = options_.judge ? options_.judge(made) : gate.Judge(made);
    if (report.ok) {
      ++found_.passed;
      return {};
    }
    found_.failures.push_back(std::move(report));
    // Of a lost device every later report would say the same.
    return device_.Finish();
  }

  runtime::Device& device_;
  Gate gate_, gate_of_large_;
  const kernels::KernelDesc& kernel_;
  const ConformanceOptions& options_;
  std::vector<Planned> plan_;
  std::vector<runtime::PipelineRequest> requests_;
  std::optional<CaseData> data_;  // of shape_
  std::string shape_;
  Conformance found_;
};

}  // namespace

Result<Conformance> Conform(runtime::Device& device, const kernels::KernelDesc& kernel,
                            const ConformanceOptions& options) {
  return Run(device, kernel, options).Execute();
}

}  // namespace ingot::verify
