// Times the CPU kernels beside matmul on shapes of a 1B model (heads 32 over 8, head size 64, width
// 2048, inner width 8192). One line a case: microseconds, best and median of the rounds.
//   rows_cpu [threads]
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "ingot/kernels/cpu/cpu_kernels.h"

namespace ingot::kernels::cpu {
namespace {

uint32_t Bits(float value) { return std::bit_cast<uint32_t>(value); }

struct Case {
  std::string kernel;
  std::vector<uint64_t> floats;  // of each binding
  std::vector<uint32_t> uniforms;
  OverrideValues overrides;
  uint32_t pos = 0;
};

const CpuKernel& Find(const std::string& name) {
  auto same = [&](const CpuKernel& kernel) { return kernel.desc.name == name; };
  return *std::ranges::find_if(CpuKernels(), same);
}

void Time(const Case& c, ThreadPool& pool) {
  const CpuKernel& kernel = Find(c.kernel);
  std::vector<std::vector<float>> memory;
  std::vector<std::span<std::byte>> bindings;
  for (uint64_t count : c.floats) memory.emplace_back(count, 0.01f);
  for (std::vector<float>& each : memory) {
    for (size_t i = 0; i < each.size(); ++i) each[i] = static_cast<float>(i % 31) * 0.01f - 0.15f;
    bindings.push_back(std::as_writable_bytes(std::span(each)));
  }
  for (size_t b = 0; b < bindings.size(); ++b) {
    if (kernel.desc.bindings[b].name == "state") memory[b][0] = std::bit_cast<float>(c.pos);
    // Small f16 numbers in both halves.
    if (kernel.desc.bindings[b].name == "kv") {
      std::fill(memory[b].begin(), memory[b].end(), std::bit_cast<float>(0x2A002C00u));
    }
  }
  OverrideValues complete = CompleteOverrides(kernel.desc, "", c.overrides).value();
  std::vector<double> overrides;
  for (const OverrideDesc& known : kernel.desc.overrides) {
    overrides.push_back(complete.find(known.name)->second);
  }
  std::vector<double> rounds;
  for (int round = 0; round < 9; ++round) {
    auto begin = std::chrono::steady_clock::now();
    kernel.run({bindings, c.uniforms, overrides, &pool});
    std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    rounds.push_back(took.count());
  }
  std::ranges::sort(rounds);
  std::printf("%-16s rows %5u  pos %5u  best %10.1f us  median %10.1f us\n", c.kernel.c_str(),
              c.uniforms[0], c.pos, rounds[0], rounds[rounds.size() / 2]);
}

Case AttentionCase(uint32_t rows, uint32_t pos) {
  constexpr uint32_t kHeads = 32, kKvHeads = 8, kDim = 64;
  uint32_t capacity = pos + rows;
  uint64_t q = uint64_t{rows} * kHeads * kDim;
  return {"attention",
          {q, uint64_t{kKvHeads} * capacity * kDim, 16, q},
          {rows, kHeads, kKvHeads, kHeads / kKvHeads, capacity, 0, Bits(0.125f), 0},
          {{"HEAD_DIM", kDim}, {"F16_KV", 1}},
          pos};
}

void Run(uint32_t threads) {
  ThreadPool pool(threads);
  constexpr uint32_t kInner = 512 * 8192;
  Time({"silu", {kInner, kInner}, {kInner}, {}}, pool);
  Time({"gelu_tanh", {kInner, kInner}, {kInner}, {}}, pool);
  Time({"gelu", {kInner, kInner}, {kInner}, {}}, pool);
  Time({"mul", {kInner, kInner, kInner}, {kInner}, {}}, pool);
  Time({"silu", {8192, 8192}, {8192}, {}}, pool);
  Time({"rmsnorm", {512 * 2048, 2048, 512 * 2048}, {512, 2048, Bits(1e-6f), 0}, {}}, pool);
  Time({"rmsnorm", {2048, 2048, 2048}, {1, 2048, Bits(1e-6f), 0}, {}}, pool);
  Time({"softmax", {512 * 32000, 512 * 32000}, {512, 32000}, {}}, pool);
  Time({"rope_precomputed", {512 * 2048, 512 * 64, 16}, {512, 32, 64, 64}, {}}, pool);
  Time({"kv_write", {512 * 512, 512 * 512, 512 * 512, 16}, {512, 8, 64, 512}, {{"F16_KV", 1}}},
       pool);
  for (uint32_t pos : {63u, 511u, 8191u}) Time(AttentionCase(1, pos), pool);
  Time(AttentionCase(512, 0), pool);
  Time(AttentionCase(512, 7680), pool);
}

}  // namespace
}  // namespace ingot::kernels::cpu

int main(int argc, char** argv) {
  ingot::kernels::cpu::Run(argc > 1 ? static_cast<uint32_t>(std::atoi(argv[1])) : 1);
  return 0;
}
