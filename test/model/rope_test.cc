#include "ingot/model/rope.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace ingot::model {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

TEST(Rope, PlainFrequencies) {
  RopeFrequencies rope = ComputeRope({.rot = 4, .base = 100}).value();
  ASSERT_EQ(rope.turns.size(), 2u);
  EXPECT_DOUBLE_EQ(rope.turns[0] * kTwoPi, 1);
  EXPECT_DOUBLE_EQ(rope.turns[1] * kTwoPi, 0.1);
  EXPECT_EQ(rope.factor, 1);
  std::vector<float> table;
  AppendRopeRows(rope, 0, 3, table);
  ASSERT_EQ(table.size(), 12u);
  EXPECT_EQ(table[0], 1);
  EXPECT_EQ(table[1], 0);
  EXPECT_FLOAT_EQ(table[8], static_cast<float>(std::cos(2.0)));
  EXPECT_FLOAT_EQ(table[11], static_cast<float>(std::sin(0.2)));
}

TEST(Rope, FactorsAndLinearScalingDivide) {
  RopeFrequencies rope =
      ComputeRope({.rot = 4, .base = 100, .scaling = "linear", .factor = 4, .factors = {1, 2}})
          .value();
  EXPECT_DOUBLE_EQ(rope.turns[0] * kTwoPi, 0.25);
  EXPECT_DOUBLE_EQ(rope.turns[1] * kTwoPi, 0.1 / 2 / 4);
}

// With base e^2, rot 8 and L = 2 pi e^2, the edge of beta is 8 * (2 - ln beta) / 4.
TEST(Rope, YarnRampsBetweenTheEdges) {
  double e = std::numbers::e;
  RopeParams params{.rot = 8,
                    .base = e * e,
                    .scaling = "yarn",
                    .factor = 4,
                    .orig_ctx = kTwoPi * e * e,
                    .beta_fast = std::exp(1.5),
                    .beta_slow = std::exp(0.5),
                    .yarn_round = false};
  RopeFrequencies rope = ComputeRope(params).value();  // low = 1, high = 3
  const double keep[] = {1, 1, 0.5, 0};
  for (int j = 0; j < 4; ++j) {
    double theta = std::pow(params.base, -2.0 * j / 8);
    EXPECT_NEAR(rope.turns[static_cast<size_t>(j)] * kTwoPi,
                theta * keep[j] + theta / 4 * (1 - keep[j]), 1e-12)
        << j;
  }
  EXPECT_NEAR(rope.factor, 1 + 0.1 * std::log(4.0), 1e-12);
}

TEST(Rope, RefusesWithNumbers) {
  EXPECT_EQ(ComputeRope({.rot = 3}).status().message(), "rope dimensions (3) are not even");
  EXPECT_EQ(ComputeRope({.rot = 4, .scaling = "longrope"}).status().message(),
            "rope scaling (longrope) is not one of none, linear, yarn");
  EXPECT_EQ(ComputeRope({.rot = 4, .factors = {1}}).status().message(),
            "rope factors (1) are not one a pair (2)");
  EXPECT_FALSE(ComputeRope({.rot = 4, .base = -1}).ok());
  EXPECT_FALSE(ComputeRope({.rot = 4, .factor = -2}).ok());
}

// A position of a million keeps its phase: the whole turns are taken off in double before the
// cosine.
TEST(Rope, FarPositionsStayExact) {
  RopeFrequencies rope = ComputeRope({.rot = 2}).value();
  std::vector<float> table;
  AppendRopeRows(rope, 1000000, 1000001, table);
  EXPECT_NEAR(table[0], std::cos(1000000.0), 1e-6);
  EXPECT_NEAR(table[1], std::sin(1000000.0), 1e-6);
}

}  // namespace
}  // namespace ingot::model
