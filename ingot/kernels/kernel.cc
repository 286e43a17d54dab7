#include "ingot/kernels/kernel.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

// The index is the number.
constexpr std::array kWeightFormats = {
    DType::kF32,  DType::kF16,  DType::kBF16,  DType::kQ8_0, DType::kQ4_0,
    DType::kQ4_K, DType::kQ6_K, DType::kMXFP4, DType::kQ5_K, DType::kQ5_0,
    DType::kQ5_1, DType::kQ4_1, DType::kQ3_K,  DType::kQ2_K,
};

const OverrideDesc* FindOverride(const KernelDesc& desc, std::string_view name) {
  for (const OverrideDesc& candidate : desc.overrides) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

Status CheckValue(const KernelDesc& desc, const OverrideDesc& override_desc, double value) {
  auto refuse = [&](std::string_view wanted) {
    return Status(Code::kInvalidArgument,
                  StrCat(desc.name, ": ", override_desc.name, " (", value, ") is not ", wanted));
  };
  if (!override_desc.allowed.empty()) {
    if (std::ranges::find(override_desc.allowed, value) != override_desc.allowed.end()) return {};
    return refuse(StrCat("one of (", Join(override_desc.allowed, ", "), ")"));
  }
  if (override_desc.kind == OverrideKind::kBool) {
    return value == 0 || value == 1 ? Status() : refuse("0 or 1");
  }
  if (!(value >= override_desc.lo && value <= override_desc.hi)) {
    return refuse(StrCat("in (", override_desc.lo, "..", override_desc.hi, ")"));
  }
  bool whole = override_desc.kind != OverrideKind::kF32;
  if (whole && value != static_cast<double>(static_cast<int64_t>(value))) return refuse("whole");
  if (override_desc.step > 0 && std::fmod(value - override_desc.lo, override_desc.step) != 0) {
    return refuse(StrCat("a step of (", override_desc.step, ") from (", override_desc.lo, ")"));
  }
  if (override_desc.power_of_two && std::exp2(std::floor(std::log2(value))) != value) {
    return refuse("a power of two");
  }
  return {};
}

Status UnknownOverride(const KernelDesc& desc, std::string_view name) {
  std::vector<std::string> names;
  for (const OverrideDesc& known : desc.overrides) names.push_back(known.name);
  return Status(Code::kInvalidArgument,
                StrCat(desc.name, ": unknown override (", name, ")", NearestHint(name, names)));
}

Result<const Variant*> FindVariant(const KernelDesc& desc, std::string_view name) {
  std::vector<std::string> names;
  for (const Variant& variant : desc.variants) {
    if (variant.name == name) return &variant;
    names.push_back(variant.name);
  }
  return Status(Code::kInvalidArgument,
                StrCat(desc.name, ": unknown variant (", name, ")", NearestHint(name, names)));
}

// The names of an expression with their values: `WG (256), invocations (128)`.
std::string ValuesIn(const HeaderExpr& expr, const HeaderNumbers& numbers) {
  std::vector<std::string> shown;
  for (const std::string& name : NamesIn(expr)) {
    std::string value = StrCat(name, " (", numbers.find(name)->second, ")");
    if (std::ranges::find(shown, value) == shown.end()) shown.push_back(std::move(value));
  }
  return Join(shown, ", ");
}

}  // namespace

uint32_t WeightFormat(DType dtype) {
  auto it = std::ranges::find(kWeightFormats, dtype);
  INGOT_CHECK(it != kWeightFormats.end());
  return static_cast<uint32_t>(it - kWeightFormats.begin());
}

std::optional<DType> DTypeOfWeightFormat(uint32_t format) {
  if (format >= kWeightFormats.size()) return std::nullopt;
  return kWeightFormats[format];
}

Result<OverrideValues> CompleteOverrides(const KernelDesc& desc, std::string_view variant,
                                         const OverrideValues& given) {
  OverrideValues values;
  for (const OverrideDesc& known : desc.overrides) values[known.name] = known.fallback;
  OverrideValues pins;
  if (!variant.empty()) {
    INGOT_ASSIGN(const Variant* found, FindVariant(desc, variant));
    pins = found->pins;
  }
  for (const auto& [name, value] : pins) values[name] = value;
  for (const auto& [name, value] : given) {
    if (FindOverride(desc, name) == nullptr) return UnknownOverride(desc, name);
    auto pin = pins.find(name);
    if (pin != pins.end() && pin->second != value) {
      return Status(Code::kInvalidArgument,
                    StrCat(desc.name, "/", variant, ": ", name, " is pinned to (", pin->second,
                           "), not (", value, ")"));
    }
    values[name] = value;
  }
  for (const auto& [name, value] : values) {
    const OverrideDesc* known = FindOverride(desc, name);
    if (known == nullptr) return UnknownOverride(desc, name);
    INGOT_TRY(CheckValue(desc, *known, value));
  }
  return values;
}

bool IsSwitchedOff(const BindingDesc& binding, const OverrideValues& overrides) {
  if (!binding.condition || binding.access != Access::kRead) return false;
  HeaderNumbers numbers;
  for (const auto& [name, value] : overrides) numbers[name] = static_cast<int64_t>(value);
  const Result<int64_t> used = Evaluate(*binding.condition, numbers);
  return used.ok() && *used == 0;
}

Status CheckRequirements(const KernelDesc& desc, const HeaderNumbers& numbers, bool all) {
  auto refuse = [&](const HeaderExpr& condition, const auto&... why) {
    return Status(Code::kUnsupported,
                  StrCat(desc.name, ": requires ", Print(condition), ", but ", why...));
  };
  for (const HeaderExpr& condition : desc.requirements) {
    const std::vector<std::string> names = NamesIn(condition);
    auto missing = std::ranges::find_if(names, [&](const auto& n) { return !numbers.contains(n); });
    if (missing != names.end()) {
      const bool is_uniform =
          std::ranges::find(desc.uniforms, *missing, &UniformDesc::name) != desc.uniforms.end();
      if (all && is_uniform) return refuse(condition, *missing, " changes with each run");
      continue;
    }
    const Result<int64_t> holds = Evaluate(condition, numbers);
    if (!holds.ok()) return holds.status().At(StrCat(desc.name, ": require ", Print(condition)));
    if (*holds == 0) return refuse(condition, "has ", ValuesIn(condition, numbers));
  }
  return {};
}

}  // namespace ingot::kernels
