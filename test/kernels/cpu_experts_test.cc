// The kernels of experts against their definitions in double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "test/kernels/cpu_call.h"
#include "test/kernels/matmul_case.h"

namespace ingot::kernels::cpu {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Routes of `tokens` rows to `top_k` different experts each.
std::vector<uint32_t> DrawRoutes(uint64_t tokens, uint32_t top_k, uint32_t experts) {
  Stream stream(11, "routes");
  std::vector<uint32_t> routes;
  for (uint64_t t = 0; t < tokens; ++t) {
    const auto first = static_cast<uint32_t>(stream.Below(experts));
    for (uint32_t j = 0; j < top_k; ++j) routes.push_back((first + j * 3) % experts);
  }
  return routes;
}

class ExpertMatmul : public testing::TestWithParam<DType> {};

// Against the matmul of each expert's weights with all rows.
TEST_P(ExpertMatmul, TakesTheWeightsOfTheRoutedExpert) {
  constexpr uint32_t kExperts = 5, kTopK = 2, kCols = 19;
  const uint64_t depth = Traits(GetParam()).block == 256 ? 512 : 96;
  for (uint64_t tokens : {1, 3, 40}) {
    for (bool shared : {true, false}) {
      const uint64_t pairs = tokens * kTopK, rows = shared ? tokens : pairs;
      MatmulCase all({GetParam(), rows, kExperts * kCols, depth}, 5, 1, OrdinaryScale);
      std::vector<uint32_t> routes = DrawRoutes(tokens, kTopK, kExperts);
      routes.back() = tokens == 3 ? kExperts : routes.back();  // nobody
      for (std::string_view kernel : {"expert_matmul", "expert_matmul_fast"}) {
        const bool fast = kernel.ends_with("fast");
        if (fast && std::ranges::count(CpuFeatures(), "avx2") == 0) continue;
        std::vector<float> y(pairs * kCols, kNaN);
        CallKernel(kernel, {{"W_FORMAT", WeightFormat(GetParam())}},
                   {BytesOf(all.x), BytesOf(routes), all.w, BytesOf(y)},
                   {static_cast<uint32_t>(pairs), kCols, static_cast<uint32_t>(depth), kExperts,
                    shared ? kTopK : 1},
                   3);
        for (uint64_t i = 0; i < y.size(); ++i) {
          const uint64_t pair = i / kCols, row = shared ? pair / kTopK : pair;
          if (routes[pair] == kExperts) {
            ASSERT_EQ(y[i], 0) << "pair " << pair;
            continue;
          }
          const uint64_t at = (row * kExperts + routes[pair]) * kCols + i % kCols;
          const double bound = fast ? 1.5e-2 : 1e-6;
          ASSERT_LE(std::abs(y[i] - all.y[at]), bound * all.magnitude[at] + 1e-30)
              << kernel << ", " << tokens << " tokens, pair " << pair << ", column " << i % kCols;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ExpertMatmul,
                         testing::Values(DType::kF32, DType::kF16, DType::kBF16, DType::kQ4_0,
                                         DType::kQ5_1, DType::kQ8_0, DType::kQ4_K, DType::kQ6_K,
                                         DType::kMXFP4),
                         [](const auto& info) { return std::string(Name(info.param)); });

struct Chosen {
  std::vector<uint32_t> routes;
  std::vector<float> weights;
};

Chosen Choose(std::vector<float> scores, uint32_t experts, uint32_t top_k, bool renorm) {
  const auto rows = static_cast<uint32_t>(scores.size() / experts);
  Chosen chosen{std::vector<uint32_t>(rows * top_k, 99), std::vector<float>(rows * top_k, kNaN)};
  CallKernel("top_k", {{"RENORM", renorm}},
             {BytesOf(scores), BytesOf(chosen.routes), BytesOf(chosen.weights)},
             {rows, experts, top_k});
  return chosen;
}

TEST(TopK, TakesTheGreatestAndTiesGoToTheLowerIndex) {
  Chosen chosen = Choose({1, 3, 3, 2, /**/ 5, 5, 5, 5, /**/ -1, -4, -2, -3}, 4, 3, false);
  EXPECT_EQ(chosen.routes, (std::vector<uint32_t>{1, 2, 3, 0, 1, 2, 0, 2, 3}));
  EXPECT_EQ(chosen.weights, (std::vector<float>{3, 3, 2, 5, 5, 5, -1, -2, -3}));
}

TEST(TopK, NanIsChosenLast) {
  Chosen chosen = Choose({kNaN, -3, kNaN, -1e30f}, 4, 3, false);
  EXPECT_EQ(chosen.routes, (std::vector<uint32_t>{1, 3, 0}));
}

TEST(TopK, RenormalisedWeightsAddUpToOne) {
  Chosen chosen = Choose({0.5f, 0.25f, 0.125f, 0.125f, /**/ 0, 0, 0, 0}, 4, 2, true);
  EXPECT_EQ(chosen.weights, (std::vector<float>{0.5f / 0.75f, 0.25f / 0.75f, 0, 0}));
}

TEST(ExpertBias, IsThatOfTheRoutedExpert) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, vectors = {9, 10, 20, 30, 40}, y(6, kNaN);
  std::vector<uint32_t> routes = {1, 0, 7};
  CallKernel("expert_bias", {}, {BytesOf(x), BytesOf(routes), BytesOf(vectors), BytesOf(y)},
             {3, 2, 2, 1});
  EXPECT_EQ(y, (std::vector<float>{31, 42, 13, 24, 5, 6}));
}

TEST(ExpertSum, WeighsTheExpertsOfEachRow) {
  std::vector<float> x = {1, 2, 10, 20, 3, 4, 30, 40}, weights = {0.5f, 2, -1, 0.25f};
  std::vector<float> y(4, kNaN);
  CallKernel("expert_sum", {}, {BytesOf(x), BytesOf(weights), BytesOf(y)}, {2, 2, 2});
  EXPECT_EQ(y, (std::vector<float>{20.5f, 41, 4.5f, 6}));
}

TEST(SwigluOai, ClampsBothAndAddsOne) {
  std::vector<float> x = NormalFloats("gate", 300, 0, 6), up = NormalFloats("up", 300, 0, 6);
  x[0] = 1e4f, x[1] = -1e4f, up[2] = -1e4f, x[3] = kNaN;
  std::vector<float> y(300, kNaN);
  CallKernel("swiglu_oai", {}, {BytesOf(x), BytesOf(up), BytesOf(y)}, {300, Bits(7), Bits(1.702f)});
  EXPECT_TRUE(std::isnan(y[3]));
  for (size_t i = 0; i < y.size(); ++i) {
    if (i == 3) continue;
    const double gate = std::min<double>(x[i], 7), linear = std::clamp<double>(up[i], -7, 7);
    const double want = gate / (1 + std::exp(-double{1.702f} * gate)) * (linear + 1);
    EXPECT_NEAR(y[i], want, 1e-6 * std::abs(want) + 1e-30) << i;
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
