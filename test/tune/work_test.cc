// What a dispatch must move and compute, against figures worked out by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"
#include "ingot/tune/goal.h"
#include "ingot/tune/model_shape.h"
#include "ingot/tune/peaks.h"
#include "ingot/verify/cases.h"

namespace ingot::tune {
namespace {

verify::Work WorkOf(std::string_view target, std::string_view kernel, std::string_view shape) {
  const kernels::KernelDesc* desc = kernels::FindKernel(target, kernel);
  if (desc == nullptr) {
    ADD_FAILURE() << "no kernel " << kernel;
    return {};
  }
  Result<verify::KernelCase> described = verify::DescribeCase(*desc, shape);
  EXPECT_TRUE(described.ok()) << described.status().message();
  return described.ok() ? described->work : verify::Work{};
}

verify::Work OnGpu(std::string_view kernel, std::string_view shape) {
  return WorkOf("webgpu", kernel, shape);
}

using verify::Work;

TEST(Work, OfMatmulIsItsWeightOnceAndItsRows) {
  // 8192 rows of 64 blocks of 34 bytes; 2048 values in, 8192 out.
  EXPECT_EQ(OnGpu("matmul_gemv", "rows=1 cols=8192 depth=2048 format=q8_0"),
            (Work{8192 * 64 * 34 + (2048 + 8192) * 4, uint64_t{2} * 8192 * 2048}));
  // 3 rows of 2 blocks of 144 bytes; 5 rows of 512 in and of 3 out.
  EXPECT_EQ(OnGpu("matmul", "rows=5 cols=3 depth=512 format=q4_k"),
            (Work{864 + 5 * 515 * 4, 2 * 5 * 3 * 512}));
  EXPECT_EQ(WorkOf("cpu", "matmul_reference", "rows=2 cols=3 depth=4 format=f32"),
            (Work{48 + 32 + 24, 48}));
}

TEST(Work, OfAttentionIsTheKeysAndValuesThatARowSees) {
  // One row at 7 sees 8 positions of 2 heads of 4, keys and values in f16; 6 heads ask.
  EXPECT_EQ(
      OnGpu("attention_decode", "rows=1 pos=7 kv_heads=2 group=3 head_dim=4 capacity=64 F16_KV=1"),
      (Work{2 * 8 * 2 * 4 * 2 + 2 * 6 * 4 * 4, 4 * 8 * 6 * 4}));
  // Rows at 2, 3 and 4 see 3, 4 and 5 positions, in f32.
  EXPECT_EQ(OnGpu("attention_prefill", "rows=3 pos=2 kv_heads=1 group=1 head_dim=64 capacity=64"),
            (Work{2 * 5 * 64 * 4 + 2 * 3 * 64 * 4, 4 * 12 * 64}));
  // With a window of 4 the rows at 5 and 6 see 2 to 5 and 3 to 6.
  EXPECT_EQ(OnGpu("attention_prefill",
                  "rows=2 pos=5 window=4 kv_heads=1 group=1 head_dim=64 capacity=64"),
            (Work{2 * 5 * 64 * 4 + 2 * 2 * 64 * 4, 4 * 8 * 64}));
}

TEST(Work, OfOtherOpsIsWhatTheyReadAndWrite) {
  EXPECT_EQ(OnGpu("rmsnorm", "rows=3 dim=8"), (Work{(24 + 24 + 8) * 4, 0}));
  EXPECT_EQ(OnGpu("residual", "size=10"), (Work{120, 0}));
  EXPECT_EQ(OnGpu("silu", "size=10"), (Work{80, 0}));
  // A row of 2 blocks of 34 bytes, its id, and 64 values, whatever the table holds.
  EXPECT_EQ(OnGpu("gather", "rows=1 dim=64 vocab=1000 format=q8_0"), (Work{68 + 4 + 256, 0}));
  // Keys and values of 2 rows of 4 heads of 8: f32 in, f16 out.
  EXPECT_EQ(OnGpu("kv_write", "rows=2 kv_heads=4 head_dim=8 capacity=99 pos=3 F16_KV=1"),
            (Work{2 * 64 * 6, 0}));
  // 2 rows of 3 heads of 8 in place, and 2 rows of the table.
  EXPECT_EQ(OnGpu("rope_precomputed", "rows=2 heads=3 head_dim=8 rot=8"),
            (Work{2 * 48 * 4 + 16 * 4, 0}));
  EXPECT_EQ(OnGpu("last_rows", "rows=512 outputs=1 dim=16"), (Work{128, 0}));
}

TEST(Work, OfProbes) {
  EXPECT_EQ(OnGpu("probe_copy", "size=4096"), (Work{32768, 0}));
  // 8 chains of 8 multiply-adds a step.
  EXPECT_EQ(OnGpu("probe_fma", "size=4 steps=3"), (Work{32, 2 * 64 * 3 * 4}));
}

TEST(Floor, IsTheLargerOfMemoryAndArithmeticAndTheStart) {
  const Peaks peaks = {.memory = {.bytes_per_second = 1e9}, .f32_flops = 4e9, .dispatch_us = 0.5};
  const Floor of_memory = FloorOf({2000, 4000}, peaks, /*independent=*/false);
  EXPECT_EQ(of_memory.peak_us, 2);
  EXPECT_EQ(of_memory.us, 2.5);
  EXPECT_TRUE(of_memory.by_memory);
  const Floor of_arithmetic = FloorOf({2000, 12000}, peaks, /*independent=*/true);
  EXPECT_EQ(of_arithmetic.peak_us, 3);
  EXPECT_EQ(of_arithmetic.us, 3);
  EXPECT_FALSE(of_arithmetic.by_memory);
  EXPECT_EQ(FloorOf({2000, 12000}, {.memory = {.bytes_per_second = 1e9}}, false).us, 2);
}

// By the lines of the table in docs/speed.md.
TEST(Goals, GoByOpAndSize) {
  auto goal = [](std::string_view op, std::string_view shape, uint64_t bytes = 0,
                 Phase phase = Phase::kDecode) -> std::pair<double, double> {
    const auto found = GoalOf({std::string(op), "", phase, std::string(shape)}, {bytes, 0});
    if (!found) return {0, 0};
    EXPECT_EQ(found->is_time, found->goal > 1);
    return {found->goal, found->least};
  };
  using Pair = std::pair<double, double>;
  EXPECT_EQ(goal("matmul", "rows=1 cols=14336 depth=4096 format=f16"), Pair(0.92, 0.80));
  EXPECT_EQ(goal("matmul", "rows=1 cols=14336 depth=4096 format=q8_0"), Pair(0.80, 0.68));
  EXPECT_EQ(goal("matmul", "rows=1 cols=14336 depth=4096 format=q4_k"), Pair(0.62, 0.50));
  EXPECT_EQ(goal("matmul", "rows=1 cols=14336 depth=4096 format=q6_k"), Pair(0.55, 0.40));
  EXPECT_EQ(goal("matmul", "rows=1 cols=2048 depth=2048 format=f16"), Pair(0, 0));
  EXPECT_EQ(goal("matmul", "rows=16 cols=14336 depth=4096 format=f16"), Pair(0, 0));
  EXPECT_EQ(goal("matmul", "rows=256 cols=64 depth=64 format=f16"), Pair(0.50, 0.30));
  EXPECT_EQ(goal("matmul", "rows=256 cols=64 depth=64 format=q4_k"), Pair(0.45, 0.21));
  EXPECT_EQ(goal("attention", "rows=512 pos=0"), Pair(0.40, 0.20));
  EXPECT_EQ(goal("attention", "rows=1 pos=4095"), Pair(0.70, 0.45));
  EXPECT_EQ(goal("attention", "rows=1 pos=4094"), Pair(0, 0));
  EXPECT_EQ(goal("softmax", "outer=256 inner=9"), Pair(0.75, 0.55));
  EXPECT_EQ(goal("rms_norm", "rows=1 dim=4096"), Pair(5, 15));
  EXPECT_EQ(goal("rms_norm", "rows=2 dim=4096"), Pair(0, 0));
  EXPECT_EQ(goal("rope", "rows=1 heads=2"), Pair(5, 15));
  EXPECT_EQ(goal("silu", "size=64", 512), Pair(5, 15));
  EXPECT_EQ(goal("silu", "size=64", 512, Phase::kPrefill), Pair(0, 0));
  EXPECT_EQ(goal("add", "size=64", 16 << 20), Pair(0.85, 0.70));
  EXPECT_EQ(goal("kv_write", "rows=1"), Pair(0, 0));
}

// The shape with other numbers for its large ones, so that a case of it takes no memory.
std::string Small(std::string_view shape) {
  std::vector<std::string> items;
  for (const std::string_view item : Split(shape, ' ')) {
    const size_t equals = item.find('=');
    const auto value = ParseUint(item.substr(equals + 1));
    items.push_back(value && *value >= 4096 ? StrCat(item.substr(0, equals), "=4096")
                                            : std::string(item));
    if (items.back() == "rows=4096") items.back() = "rows=4";
  }
  return Join(items, " ");
}

TEST(Goals, EveryShapeOfTheirListHasOne) {
  for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
    for (const OpShape& shape : ShapesOf("goals", phase)) {
      SCOPED_TRACE(StrCat(shape.op, " ", shape.shape));
      EXPECT_TRUE(GoalOf(shape, {.bytes = uint64_t{1} << 26, .flops = 0}));
      // Some kernels are for few weight formats.
      EXPECT_TRUE(std::ranges::any_of(kernels::KernelsOf("webgpu"), [&](const auto* kernel) {
        return kernel->op == shape.op && verify::DescribeCase(*kernel, Small(shape.shape)).ok();
      }));
    }
  }
}

}  // namespace
}  // namespace ingot::tune
