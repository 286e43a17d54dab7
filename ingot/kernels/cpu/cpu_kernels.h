// CPU kernels: functions behind one signature, each with its KernelDesc beside it. A kernel divides
// its own work over the thread pool; the grid of its dispatches is 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "ingot/kernels/cpu/parallel.h"
#include "ingot/kernels/kernel.h"

namespace ingot::kernels::cpu {

// One dispatch. Bindings, uniforms and overrides stand in the order of the kernel's description.
struct Args {
  std::span<const std::span<std::byte>> bindings;
  std::span<const uint32_t> uniforms;  // f32 values by their bits
  std::span<const double> overrides;
  ThreadPool* pool = nullptr;

  template <typename T>
  const T* In(size_t binding) const {
    return reinterpret_cast<const T*>(bindings[binding].data());
  }
  template <typename T>
  T* Out(size_t binding) const {
    return reinterpret_cast<T*>(bindings[binding].data());
  }
  uint32_t U32(size_t uniform) const { return uniforms[uniform]; }
  float F32(size_t uniform) const {
    float value;
    std::memcpy(&value, &uniforms[uniform], sizeof value);
    return value;
  }
};

using Function = void (*)(const Args&);

struct CpuKernel {
  KernelDesc desc;
  Function run = nullptr;
};

// What each source file of kernels contributes; cpu_kernels.cc joins them.
std::vector<CpuKernel> MatmulKernels();
std::vector<CpuKernel> ExpertKernels();
std::vector<CpuKernel> AttentionKernels();
std::vector<CpuKernel> RowKernels();

// Every CPU kernel, whether this machine can run it or not (`desc.features` says).
std::span<const CpuKernel> CpuKernels();

// Features of this processor, sorted: avx2 (with fma, f16c), avx512 (f, bw, dq, vl), avx512_vnni,
// avx512_bf16, avx512_vbmi, avx_vnni, amx_int8, amx_bf16 (only if the system granted the tiles).
std::span<const std::string> CpuFeatures();

// A weight layout other than "blocks": how big it is and how to make it from the file's rows.
struct WeightLayout {
  std::string_view name;  // "tiles16"
  uint64_t (*bytes)(DType dtype, uint64_t rows, uint64_t cols);
  // `src` holds the rows as in the file, `dst` has bytes() bytes.
  void (*pack)(DType dtype, uint64_t rows, uint64_t cols, const std::byte* src, std::byte* dst,
               ThreadPool& pool);
};
// nullptr for "blocks" and unknown names.
const WeightLayout* FindWeightLayout(std::string_view name);

}  // namespace ingot::kernels::cpu
