// What the files of row kernels share: how a description is written, and ranges over the pool.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ingot/kernels/cpu/cpu_kernels.h"

namespace ingot::kernels::cpu {

std::vector<CpuKernel> PointwiseKernels();  // activations, sums, products, scale, softcap, bias
std::vector<CpuKernel> NormKernels();       // rmsnorm, layernorm, softmax
std::vector<CpuKernel> MoveKernels();       // gather, kv_write, rope, last_rows
std::vector<CpuKernel> RoutingKernels();    // what of experts is no matmul

// Elements of work below which another thread costs more than it brings.
inline constexpr uint64_t kGrain = 1 << 14;

// Splits `items` of `width` elements each over the pool.
template <typename F>
void ForItems(const Args& args, uint64_t items, uint64_t width, const F& body) {
  uint64_t grain = std::max<uint64_t>(1, kGrain / std::max<uint64_t>(1, width));
  if (args.pool == nullptr || items <= grain) return body(uint64_t{0}, items);
  args.pool->For(items, grain, body);
}

inline BindingDesc Reads(std::string name, std::string layout = "rows") {
  return {.name = std::move(name), .layout = std::move(layout), .access = Access::kRead};
}
inline BindingDesc Writes(std::string name, std::string layout = "rows") {
  return {.name = std::move(name), .layout = std::move(layout), .access = Access::kReadWrite};
}
inline UniformDesc U(std::string name) { return {.name = std::move(name)}; }
inline UniformDesc F(std::string name) {
  return {.name = std::move(name), .kind = UniformKind::kF32};
}
// A switch, off unless given.
inline OverrideDesc Switch(std::string name, OverrideClass clazz) {
  OverrideDesc desc;
  desc.name = std::move(name);
  desc.kind = OverrideKind::kBool;
  desc.clazz = clazz;
  desc.hi = 1;
  return desc;
}
// A number that the Program fixes.
inline OverrideDesc Bound(std::string name, double lo, double hi, double fallback) {
  OverrideDesc desc;
  desc.name = std::move(name);
  desc.clazz = OverrideClass::kBound;
  desc.fallback = fallback;
  desc.lo = lo;
  desc.hi = hi;
  return desc;
}

// The description of a CPU kernel with the fields that every one has.
inline KernelDesc Desc(std::string name, std::string op, std::string key, std::string formula,
                       std::vector<BindingDesc> bindings, std::vector<UniformDesc> uniforms) {
  KernelDesc desc;
  desc.name = std::move(name);
  desc.op = std::move(op);
  desc.key = std::move(key);
  desc.target = "cpu";
  desc.formula = std::move(formula);
  desc.bindings = std::move(bindings);
  desc.uniforms = std::move(uniforms);
  return desc;
}

}  // namespace ingot::kernels::cpu
