// The bench of kernels on the CPU: which rows there are, and why some are not.
#include "ingot/tune/kernel_bench.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ingot/kernels/registry.h"
#include "ingot/tune/model_shape.h"
#include "ingot/verify/cases.h"

namespace ingot::tune {
namespace {

const OpShape kShape = {"matmul", "", Phase::kDecode, "rows=1 cols=64 depth=256 format=q8_0"};

class KernelBench : public testing::Test {
 protected:
  void SetUp() override {
    auto device = runtime::Open({.kind = "cpu", .threads = 1});
    ASSERT_TRUE(device.ok()) << device.status().message();
    device_ = std::move(*device);
    options_.timing = {.seconds = 0.05, .cold_bytes = 1 << 20};
  }
  Result<BenchResult> Run(const OpShape& shape = kShape) {
    return BenchKernels(*device_, shape, options_, [](uint64_t, uint64_t) { return true; });
  }
  std::unique_ptr<runtime::Device> device_;
  BenchOptions options_;
};

TEST_F(KernelBench, TimesEveryKernelThatServes) {
  Result<BenchResult> result = Run();
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_GE(result->rows.size(), 4u);
  EXPECT_EQ(result->work.flops, 2u * 64 * 256);
  double last = 0;
  for (const BenchRow& row : result->rows) {
    EXPECT_TRUE(row.status.ok()) << row.kernel << ": " << row.status.message();
    EXPECT_GT(row.timing.min_us, 0);
    EXPECT_GE(row.timing.median_us, row.timing.min_us);
    EXPECT_GE(row.timing.median_us, last);
    EXPECT_GE(row.timing.rounds, 3u);
    last = row.timing.median_us;
  }
  EXPECT_EQ(std::ranges::count_if(result->rows, &BenchRow::chosen), 1);
}

TEST_F(KernelBench, TriesEveryLegalCombination) {
  options_.kernels = {"matmul_blocked"};
  options_.values = {{"TILE_M", {32, 64}}, {"TILE_N", {32, 64, 1e6}}};
  Result<BenchResult> result = Run();
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->rows.size(), 4u);
  EXPECT_EQ(result->skipped, 2u);
  EXPECT_EQ(result->rows[0].tuned.size(), 2u);
}

TEST_F(KernelBench, EqualChoicesAreOneRow) {
  options_.kernels = {"matmul_blocked"};
  options_.values = {{"TILE_M", {32, 32}}};
  EXPECT_EQ(Run()->rows.size(), 1u);
}

TEST_F(KernelBench, TheChosenKernelAlone) {
  options_.chosen_only = true;
  Result<BenchResult> result = Run();
  ASSERT_EQ(result->rows.size(), 1u);
  EXPECT_TRUE(result->rows[0].chosen);
}

TEST_F(KernelBench, StopsWhenAsked) {
  int asked = 0;
  Result<BenchResult> result =
      BenchKernels(*device_, kShape, options_, [&](uint64_t, uint64_t) { return ++asked < 3; });
  EXPECT_EQ(result->rows.size(), 2u);
}

TEST_F(KernelBench, NamesWhatItDoesNotKnow) {
  auto error = [&](const OpShape& shape) { return Run(shape).status().message(); };
  EXPECT_EQ(error({"matmull", "", Phase::kDecode, ""}),
            "matmull : unknown op (matmull), nearest is (matmul)");
  EXPECT_EQ(error({"matmul", "", Phase::kDecode, "row=1"}),
            "matmul row=1: matmul_reference row=1: (row=1) fits nothing of the op");
  options_.kernels = {"matmul_blockd"};
  EXPECT_EQ(error({"matmul", "", Phase::kDecode, ""}),
            "matmul : unknown kernel (matmul_blockd), nearest is (matmul_blocked)");
  options_.kernels = {};
  options_.values = {{"TILE_X", {1}}};
  EXPECT_EQ(error({"matmul", "", Phase::kDecode, ""}),
            "matmul : unknown override (TILE_X), nearest is (TILE_M)");
}

TEST(ModelShape, EveryShapeFitsItsOp) {
  for (const std::string_view target : {"cpu", "webgpu"}) {
    for (const std::string_view list : ShapeLists()) {
      if (list == "goals") continue;  // work_test.cc has them, made small
      for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
        for (const OpShape& shape : ShapesOf(list, phase)) {
          // Some kernels are for few weight formats.
          const bool fits =
              std::ranges::any_of(kernels::KernelsOf(target), [&](const auto* kernel) {
                return kernel->op == shape.op && verify::DescribeCase(*kernel, shape.shape).ok();
              });
          EXPECT_TRUE(fits) << target << " has no kernel for " << shape.op << " " << shape.shape;
        }
      }
    }
  }
}

TEST(ModelShape, EqualShapesShareARow) {
  std::vector<OpShape> shapes = ShapesOf("llama-1b", Phase::kDecode);
  auto square =
      std::ranges::find(shapes, "rows=1 cols=2048 depth=2048 format=f16", &OpShape::shape);
  ASSERT_NE(square, shapes.end());
  EXPECT_EQ(square->role, "q_proj, o_proj");
}

TEST(Median, OfEvenAndOddCounts) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
}

}  // namespace
}  // namespace ingot::tune
