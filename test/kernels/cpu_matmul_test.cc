// Every CPU matmul kernel on every weight format against sums in double over scalar-decoded
// weights, on each instruction set of this machine and on several numbers of threads.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "test/kernels/matmul_case.h"

#include "ingot/kernels/cpu/matmul.h"

namespace ingot::kernels::cpu {
namespace {

constexpr DType kFormats[] = {DType::kF32,  DType::kF16,  DType::kBF16, DType::kQ4_0, DType::kQ4_1,
                              DType::kQ5_0, DType::kQ5_1, DType::kQ8_0, DType::kQ2_K, DType::kQ3_K,
                              DType::kQ4_K, DType::kQ5_K, DType::kQ6_K, DType::kMXFP4};

std::vector<MatmulShape> Shapes(DType format) {
  std::vector<MatmulShape> shapes;
  uint64_t block = Traits(format).block;
  std::vector<uint64_t> depths = {block, 3 * block};
  if (block == 32) depths = {32, 96, 544};
  if (block == 1) depths = {1, 31, 257, 640};
  for (uint64_t depth : depths) {
    for (uint64_t rows : {1, 2, 3, 7, 16, 33}) {
      for (uint64_t cols : {1, 3, 16, 17}) shapes.push_back({format, rows, cols, depth});
    }
    shapes.push_back({format, 1, 255, depth});
    shapes.push_back({format, 5, 255, depth});
  }
  return shapes;
}

// A way to compute a matmul: a kernel on one instruction set.
struct Way {
  std::string name;
  std::vector<double> overrides;  // after W_FORMAT
  std::function<void(const Args&)> run;
};

std::vector<const FloatPath*> FloatPathsHere() {
  std::vector<const FloatPath*> paths;
  for (const FloatPath& path : FloatPaths()) {
    if (HasAll(CpuFeatures(), path.features)) paths.push_back(&path);
  }
  return paths;
}

std::vector<Way> ExactWays() {
  std::vector<Way> ways;
  for (const CpuKernel& kernel : MatmulKernels()) {
    if (kernel.desc.numerics != Numerics::kExact) continue;
    std::vector<double> overrides;
    for (size_t i = 1; i < kernel.desc.overrides.size(); ++i) {
      overrides.push_back(kernel.desc.overrides[i].fallback);
    }
    ways.push_back({kernel.desc.name, overrides, kernel.run});
    if (kernel.desc.name != "matmul_blocked") continue;
    ways.push_back({"matmul_blocked with least tiles", {1, 1, 1}, kernel.run});
    ways.push_back({"matmul_blocked with odd tiles", {5, 7, 33}, kernel.run});
    ways.push_back({"matmul_blocked with greatest tiles", {512, 512, 512}, kernel.run});
  }
  for (const FloatPath* path : FloatPathsHere()) {
    ways.push_back({StrCat("matmul_parallel on ", path->name), {}, [path](const Args& args) {
                      MatmulParallel(Matmul(args), *path);
                    }});
  }
  return ways;
}

// Ways that round, by what they round to.
struct FastWays {
  std::vector<Way> dots, panels, any;
};

Way FastWay(std::string_view name, FastFunctions functions) {
  return {StrCat("matmul_fast on ", name), {}, [functions](const Args& args) {
            MatmulFast(Matmul(args), functions);
          }};
}

FastWays AllFastWays() {
  FastWays ways;
  const FloatPath* floats = &BestFloatPath();
  for (const DotPath& path : DotPaths()) {
    if (!HasAll(CpuFeatures(), path.features)) continue;
    ways.dots.push_back(FastWay(path.name, {floats, &path.functions, nullptr}));
  }
  for (const PanelPath& path : PanelPaths()) {
    if (!HasAll(CpuFeatures(), path.features)) continue;
    ways.panels.push_back(FastWay(path.name, {floats, nullptr, &path.functions}));
  }
  for (const CpuKernel& kernel : MatmulKernels()) {
    std::vector<std::string_view> needed(kernel.desc.features.begin(), kernel.desc.features.end());
    if (kernel.desc.numerics == Numerics::kFast && HasAll(CpuFeatures(), needed)) {
      ways.any.push_back({kernel.desc.name, {}, kernel.run});
    }
  }
  return ways;
}

class CpuMatmul : public testing::TestWithParam<DType> {
 protected:
  CpuMatmul() {
    for (uint32_t threads : {1, 2, 3}) pools_.push_back(std::make_unique<ThreadPool>(threads));
  }

  // Runs `way` on the pools in turn. `bound(i)` is the greatest difference that result i may have.
  template <typename Bound>
  void Expect(const MatmulCase& problem, const Way& way, Bound bound) {
    ThreadPool& pool = *pools_[turn_++ % pools_.size()];
    std::string place =
        StrCat(way.name, ", ", problem.shape.Text(), ", ", pool.threads(), " threads");
    std::string fault;
    std::vector<float> got = RunMatmul(problem, pool, way.overrides, way.run, &fault);
    ASSERT_EQ(fault, "") << place;
    for (size_t i = 0; i < got.size(); ++i) {
      double want = problem.y[i];
      if (!std::isfinite(want)) {
        ASSERT_FALSE(std::isfinite(got[i])) << place << ", result " << i;
        continue;
      }
      ASSERT_TRUE(std::isfinite(got[i])) << place << ", result " << i;
      ASSERT_LE(std::fabs(got[i] - want), bound(i)) << place << ", result " << i;
    }
  }

  void ExpectExact(const MatmulCase& problem, const Way& way) {
    // Products and their sums may fall below the normal numbers of f32.
    double least = 1e-37 * static_cast<double>(problem.shape.depth);
    Expect(problem, way, [&](size_t i) { return 1e-6 * problem.magnitude[i] + least; });
  }

  // One and a half steps of each 16-bit activation, or of the eight bits of both bf16 operands,
  // and the rounding of the sums.
  void ExpectFast(const MatmulCase& problem, const FastWays& ways) {
    double least = 1e-29 * static_cast<double>(problem.shape.depth);
    auto rounding = [&](size_t i) { return 1e-5 * problem.magnitude[i] + least; };
    auto dots = [&](size_t i) { return 3.0 / 256 * problem.step[i] + rounding(i); };
    auto panels = [&](size_t i) { return 1.01 * 0x1p-7 * problem.magnitude[i] + rounding(i); };
    for (const Way& way : ways.dots) ASSERT_NO_FATAL_FAILURE(Expect(problem, way, dots));
    for (const Way& way : ways.panels) ASSERT_NO_FATAL_FAILURE(Expect(problem, way, panels));
    auto either = [&](size_t i) { return std::max(dots(i), panels(i)); };
    for (const Way& way : ways.any) ASSERT_NO_FATAL_FAILURE(Expect(problem, way, either));
  }

  std::vector<std::unique_ptr<ThreadPool>> pools_;
  size_t turn_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Formats, CpuMatmul, testing::ValuesIn(kFormats),
                         [](const auto& info) { return std::string(Name(info.param)); });

TEST_P(CpuMatmul, DecodersOfEveryPathEqualTheScalarOnes) {
  for (auto scale : {OrdinaryScale, ExtremeScale}) {
    MatmulCase problem({GetParam(), 1, 40, 512}, 7, 1, scale);
    std::vector<float> want(40 * 512), got(want.size());
    DecodeRow(GetParam(), problem.w, want.data(), want.size());
    for (const FloatPath* path : FloatPathsHere()) {
      std::fill(got.begin(), got.end(), -1);
      path->functions.decode(GetParam(), reinterpret_cast<const uint8_t*>(problem.w.data()),
                             got.size(), got.data());
      for (size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(std::bit_cast<uint32_t>(got[i]), std::bit_cast<uint32_t>(want[i]))
            << path->name << ", element " << i << ": " << got[i] << " for " << want[i];
      }
    }
  }
}

TEST_P(CpuMatmul, ExactKernelsEqualDoubleSums) {
  std::vector<Way> ways = ExactWays();
  uint32_t seed = 0;
  for (const MatmulShape& shape : Shapes(GetParam())) {
    MatmulCase problem(shape, ++seed, 1, OrdinaryScale);
    for (const Way& way : ways) ASSERT_NO_FATAL_FAILURE(ExpectExact(problem, way));
  }
}

TEST_P(CpuMatmul, ExactKernelsTakeExtremeScalesAndActivations) {
  for (float spread : {0.0f, 1e-6f, 1e4f}) {
    MatmulCase problem({GetParam(), 5, 37, 512}, 3, spread, ExtremeScale);
    for (const Way& way : ExactWays()) ASSERT_NO_FATAL_FAILURE(ExpectExact(problem, way));
  }
}

TEST_P(CpuMatmul, ExactKernelsKeepInfinityAndNan) {
  for (uint64_t rows : {1, 4, 20}) {
    MatmulCase problem({GetParam(), rows, 19, 512}, 3, 1, OrdinaryScale);
    problem.x[300] = std::numeric_limits<float>::infinity();
    problem.x[problem.x.size() - 1] = std::numeric_limits<float>::quiet_NaN();
    problem.Solve();
    for (const Way& way : ExactWays()) ASSERT_NO_FATAL_FAILURE(ExpectExact(problem, way));
  }
}

TEST_P(CpuMatmul, FastKernelsStayWithinTheirRounding) {
  FastWays ways = AllFastWays();
  uint32_t seed = 0;
  for (const MatmulShape& shape : Shapes(GetParam())) {
    MatmulCase problem(shape, ++seed, 1, OrdinaryScale);
    ASSERT_NO_FATAL_FAILURE(ExpectFast(problem, ways));
  }
  // More than a pass of rows, and a depth of several panels.
  MatmulCase problem({GetParam(), 515, 34, 1280}, ++seed, 1, OrdinaryScale);
  ASSERT_NO_FATAL_FAILURE(ExpectFast(problem, ways));
}

TEST_P(CpuMatmul, FastKernelsTakeExtremeScalesAndActivations) {
  for (float spread : {0.0f, 1e-6f, 1e4f}) {
    for (uint64_t rows : {1, 5, 20}) {
      MatmulCase problem({GetParam(), rows, 37, 512}, 3, spread, ExtremeScale);
      ASSERT_NO_FATAL_FAILURE(ExpectFast(problem, AllFastWays()));
    }
  }
}

TEST_P(CpuMatmul, FastKernelsKeepInfinityAndNan) {
  for (uint64_t rows : {1, 4, 20}) {
    MatmulCase problem({GetParam(), rows, 19, 512}, 3, 1, OrdinaryScale);
    problem.x[300] = std::numeric_limits<float>::infinity();
    problem.x[problem.x.size() - 1] = std::numeric_limits<float>::quiet_NaN();
    problem.Solve();
    ASSERT_NO_FATAL_FAILURE(ExpectFast(problem, AllFastWays()));
  }
}

TEST(CpuMatmulKernels, DescribeThemselves) {
  for (const CpuKernel& kernel : MatmulKernels()) {
    EXPECT_EQ(kernel.desc.op, "matmul");
    EXPECT_EQ(kernel.desc.target, "cpu");
    EXPECT_NE(kernel.run, nullptr);
    ASSERT_FALSE(kernel.desc.overrides.empty());
    EXPECT_EQ(kernel.desc.overrides[0].name, "W_FORMAT");
    EXPECT_EQ(kernel.desc.overrides[0].allowed.size(), kernel.desc.weight_formats.size());
  }
}

TEST(CpuMatmulKernels, PathsAreChosenByTheFeaturesGiven) {
  std::vector<std::string> none, old = {"avx2"};
  EXPECT_EQ(ChoosePath(FloatPaths(), std::span<const std::string>(none))->name, "portable");
#if defined(__x86_64__)
  EXPECT_EQ(ChoosePath(FloatPaths(), std::span<const std::string>(old))->name, "avx2");
#endif
}

}  // namespace
}  // namespace ingot::kernels::cpu
