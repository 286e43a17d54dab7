// Calls a CPU kernel by name, as a dispatch would.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/kernels/cpu/cpu_kernels.h"

namespace ingot::kernels::cpu {

inline const CpuKernel& KernelNamed(std::string_view name) {
  for (const CpuKernel& kernel : CpuKernels()) {
    if (kernel.desc.name == name) return kernel;
  }
  ADD_FAILURE() << "no kernel " << name;
  return CpuKernels()[0];
}

inline uint32_t Bits(float value) { return std::bit_cast<uint32_t>(value); }

template <typename T>
std::span<std::byte> BytesOf(std::vector<T>& values) {
  return std::as_writable_bytes(std::span(values));
}

// `bindings` and `uniforms` in the order of the description.
inline void CallKernel(std::string_view name, const OverrideValues& overrides,
                       std::vector<std::span<std::byte>> bindings, std::vector<uint32_t> uniforms,
                       uint32_t threads = 1) {
  const CpuKernel& kernel = KernelNamed(name);
  auto complete = CompleteOverrides(kernel.desc, "", overrides);
  ASSERT_TRUE(complete.ok()) << complete.status().message();
  ASSERT_EQ(bindings.size(), kernel.desc.bindings.size());
  ASSERT_EQ(uniforms.size(), kernel.desc.uniforms.size());
  std::vector<double> values;
  for (const OverrideDesc& known : kernel.desc.overrides) {
    values.push_back(complete->find(known.name)->second);
  }
  ThreadPool pool(threads);
  kernel.run({.bindings = bindings, .uniforms = uniforms, .overrides = values, .pool = &pool});
}

inline std::vector<float> NormalFloats(std::string_view name, size_t count, double mean = 0,
                                       double deviation = 1) {
  Stream stream(7, name);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(mean + deviation * stream.NextNormal());
  }
  return values;
}

}  // namespace ingot::kernels::cpu
