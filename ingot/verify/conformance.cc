#include "ingot/verify/conformance.h"

#include <algorithm>
#include <map>

#include "ingot/base/text.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

// Every value of a closed list; of a range its ends.
std::vector<double> ValuesOf(const kernels::OverrideDesc& desc) {
  if (!desc.allowed.empty()) return desc.allowed;
  if (desc.kind == kernels::OverrideKind::kBool) return {0, 1};
  return {desc.lo, desc.hi};
}

class Run {
 public:
  Run(runtime::Device& device, const kernels::KernelDesc& kernel, const ConformanceOptions& options)
      : device_(device), gate_(device, {}), kernel_(kernel), options_(options) {
    variants_ = {""};
    for (const kernels::Variant& variant : kernel.variants) variants_.push_back(variant.name);
  }

  Result<Conformance> Execute() {
    std::span<const std::string_view> shapes = ShapesOf(kernel_.op);
    if (shapes.empty()) {
      return Status(Code::kInvalidArgument,
                    StrCat(kernel_.name, ": no cases for op (", kernel_.op, ")"));
    }
    for (size_t i = 0; i < shapes.size(); ++i) {
      INGOT_ASSIGN(const CaseData data, DrawCase(kernel_, shapes[i], options_.seed));
      for (size_t v = 0; v < variants_.size(); ++v) INGOT_TRY(RunVariant(data, v));
      if (options_.each_override && i % kOverrideStride == 0) INGOT_TRY(RunOverrides(data));
    }
    for (const std::string& variant : variants_) {
      if (ran_[variant] > 0) continue;
      found_.idle.push_back(StrCat(variant.empty() ? kernel_.name : variant, ": ", why_[variant]));
    }
    return std::move(found_);
  }

 private:
  // Each value is tried on so many of the shapes.
  static constexpr size_t kOverrideStride = 4;

  Status RunVariant(const CaseData& data, size_t number) {
    const std::string& variant = variants_[number];
    Result<KernelCase> made = Legal(data.For(kernel_, variant, {}));
    if (!made.ok()) {
      if (made.status().code() != Code::kUnsupported) return made.status();
      ++found_.ruled_out;
      if (why_[variant].empty()) why_[variant] = made.status().message();
      return {};
    }
    const size_t fits = fits_[variant]++;
    if (fits != 0 && fits % options_.stride != number % options_.stride) return {};
    ++ran_[variant];
    return Take(gate_.Judge(*made));
  }

  // What the case settles is not free.
  Status RunOverrides(const CaseData& data) {
    for (const kernels::OverrideDesc& desc : kernel_.overrides) {
      if (desc.clazz != kernels::OverrideClass::kTune || data.overrides().contains(desc.name)) {
        continue;
      }
      for (const double value : ValuesOf(desc)) {
        if (value == desc.fallback) continue;
        Result<KernelCase> made = Legal(data.For(kernel_, "", {{desc.name, value}}));
        if (made.ok()) {
          INGOT_TRY(Take(gate_.Judge(*made)));
          continue;
        }
        if (made.status().code() != Code::kUnsupported) return made.status();
        ++found_.ruled_out;
      }
    }
    return {};
  }

  Result<KernelCase> Legal(Result<KernelCase> made) const {
    if (made.ok()) INGOT_TRY(CheckLegal(*made, device_.facts()));
    return made;
  }

  Status Take(Report report) {
    if (report.ok) {
      ++found_.passed;
      return {};
    }
    found_.failures.push_back(std::move(report));
    // Of a lost device every later report would say the same.
    return device_.Finish();
  }

  runtime::Device& device_;
  Gate gate_;
  const kernels::KernelDesc& kernel_;
  const ConformanceOptions& options_;
  std::vector<std::string> variants_;
  std::map<std::string, size_t> fits_, ran_;
  std::map<std::string, std::string> why_;
  Conformance found_;
};

}  // namespace

Result<Conformance> Conform(runtime::Device& device, const kernels::KernelDesc& kernel,
                            const ConformanceOptions& options) {
  return Run(device, kernel, options).Execute();
}

}  // namespace ingot::verify
