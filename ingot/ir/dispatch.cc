#include "ingot/ir/dispatch.h"

#include <utility>

#include "ingot/base/text.h"
#include "ingot/ir/passes/header_size.h"

namespace ingot::ir {
namespace {

using program::Size;

// What the kernel's header may name, but for the uniforms that it computes.
HeaderSizes SizesOf(const DeviceFacts& facts, const OfferedUniforms& offered,
                    const OverrideValues& overrides) {
  kernels::HeaderNumbers numbers;
  kernels::AddFacts(facts, &numbers);
  for (const auto& [name, value] : overrides) numbers[name] = static_cast<int64_t>(value);
  HeaderSizes sizes;
  for (const auto& [name, value] : numbers) {
    if (value >= 0) sizes[name] = Size(static_cast<uint64_t>(value));
  }
  for (const auto& [name, value] : offered) {
    if (const auto* size = std::get_if<Size>(&value)) sizes[name] = *size;
  }
  return sizes;
}

Result<std::variant<Size, float>> ValueOf(const kernels::UniformDesc& uniform,
                                          const OfferedUniforms& offered,
                                          const HeaderSizes& sizes) {
  using Value = std::variant<Size, float>;
  const bool is_float = uniform.kind == kernels::UniformKind::kF32;
  if (uniform.value) {
    INGOT_ASSIGN(Size size, SizeOf(*uniform.value, sizes).At(StrCat("uniform ", uniform.name)));
    return Value(std::move(size));
  }
  if (uniform.fixed && is_float) return Value(static_cast<float>(*uniform.fixed));
  if (uniform.fixed) return Value(Size(static_cast<uint64_t>(*uniform.fixed)));
  const auto found = offered.find(uniform.name);
  if (found != offered.end() && is_float == std::holds_alternative<float>(found->second)) {
    return found->second;
  }
  return Status(Code::kInvalidArgument, StrCat("wants the ", is_float ? "f32" : "u32", " uniform (",
                                               uniform.name, "), which is not offered"));
}

// Those that no run changes.
Result<kernels::HeaderNumbers> NumbersOf(const HeaderSizes& sizes) {
  kernels::HeaderNumbers numbers;
  for (const auto& [name, size] : sizes) {
    if (!size.IsConstant()) continue;
    INGOT_ASSIGN(const uint64_t value, size.Evaluate({}));
    numbers[name] = static_cast<int64_t>(value);
  }
  return numbers;
}

}  // namespace

Status CompleteDispatch(const kernels::KernelDesc& kernel, const DeviceFacts& facts,
                        const OfferedUniforms& offered, program::Dispatch* dispatch) {
  const std::string place = StrCat("kernel ", kernel.name);
  HeaderSizes sizes = SizesOf(facts, offered, dispatch->overrides);
  for (const kernels::UniformDesc& uniform : kernel.uniforms) {
    INGOT_ASSIGN(auto value, ValueOf(uniform, offered, sizes).At(place));
    if (uniform.value) sizes[uniform.name] = std::get<Size>(value);
    dispatch->uniforms.push_back({.name = uniform.name, .value = std::move(value)});
  }
  INGOT_ASSIGN(dispatch->grid, GridOf(kernel.grid, sizes).At(StrCat(place, ": grid")));
  INGOT_ASSIGN(const kernels::HeaderNumbers numbers, NumbersOf(sizes));
  return kernels::CheckRequirements(kernel, numbers, /*all=*/false);
}

}  // namespace ingot::ir
