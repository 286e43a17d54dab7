// The reference against results worked out by hand.
#include "ingot/verify/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ingot::verify {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

void ExpectNear(const Values& got, const Values& want) {
  EXPECT_THAT(got, Pointwise(DoubleNear(1e-12), want));
}

TEST(Reference, EmbedTakesRowsAndGivesZerosForUnknownIds) {
  std::vector<uint32_t> ids = {1, 2, 0};
  EXPECT_THAT(Embed(ids, {1, 2, 3, 4}, 2, 10), ElementsAre(30, 40, 0, 0, 10, 20));
}

TEST(Reference, NormsOfSmallRows) {
  ExpectNear(RmsNorm({3, 4, 0, 0}, {1, 2}, 0.5), {3 / std::sqrt(13), 8 / std::sqrt(13), 0, 0});
  ExpectNear(LayerNorm({1, 3}, {2, 2}, {5, 6}, 3), {4, 7});
  ExpectNear(LayerNorm({1, 3}, {2, 2}, {}, 0), {-2, 2});
}

TEST(Reference, MatMulIsRowsAgainstRows) {
  EXPECT_THAT(MatMul({1, 2, 3, 4}, {1, 0, 0, 1, 1, 1}, 2, 2), ElementsAre(2, 4, 6, 6, 8, 14));
}

TEST(Reference, RopeTurnsByTheTablesRow) {
  // Position 1 is a quarter turn, position 0 none.
  Values table = {1, 0, 0, 1};
  RopeShape shape = {.heads = 1, .head_dim = 3, .rot = 2, .pos = 0};
  EXPECT_THAT(Rope({1, 2, 9, 1, 2, 9}, table, shape), ElementsAre(1, 2, 9, -2, 1, 9));
  shape = {.heads = 1, .head_dim = 4, .rot = 4, .pos = 0};
  Values turns = {0, 1, 1, 0};  // the first pair a quarter turn, the second none
  EXPECT_THAT(Rope({1, 2, 3, 4}, turns, shape), ElementsAre(-3, 2, 1, 4));
  shape.interleaved = true;
  EXPECT_THAT(Rope({1, 2, 3, 4}, turns, shape), ElementsAre(-2, 1, 3, 4));
}

TEST(Reference, KvWriteFillsBothHalvesAndStopsAtTheCapacity) {
  CacheShape shape = {.kv_heads = 1, .capacity = 2, .head_dim = 1};
  EXPECT_THAT(KvWrite({0, 0, 0, 0}, {5, 6}, {7, 8}, shape, 1), ElementsAre(0, 5, 0, 7));
}

TEST(Reference, AttentionIsCausalWindowedAndGrouped) {
  AttentionShape shape;
  shape.cache = {.kv_heads = 1, .capacity = 3, .head_dim = 1};
  shape.group = 2;
  // Equal keys: the mean of the values seen.
  Values cache = {1, 1, 1, 10, 20, 60};
  EXPECT_THAT(Attention({1, 1, 1, 1, 1, 1}, cache, shape), ElementsAre(10, 10, 15, 15, 30, 30));
  shape.window = 2;
  EXPECT_THAT(Attention({1, 1, 1, 1, 1, 1}, cache, shape), ElementsAre(10, 10, 15, 15, 40, 40));
  shape.window = 1;
  shape.pos = 9;
  EXPECT_THAT(Attention({1, 1}, cache, shape), ElementsAre(0, 0));
}

TEST(Reference, AttentionWeighsByTheCappedScore) {
  AttentionShape shape;
  shape.cache = {.kv_heads = 1, .capacity = 2, .head_dim = 1};
  shape.pos = 1;
  shape.scale = 3;
  shape.softcap = 2;
  Values cache = {0, 1, 0, 1};
  double score = 2 * std::tanh(1.5);
  ExpectNear(Attention({1}, cache, shape), {std::exp(score) / (1 + std::exp(score))});
}

TEST(Reference, SplitAttentionMergesToTheWhole) {
  AttentionShape shape;
  shape.cache = {.kv_heads = 2, .capacity = 80, .head_dim = 3};
  shape.group = 2;
  shape.pos = 69;
  shape.window = 67;
  Values q(2 * 4 * 3), cache(2 * 2 * 80 * 3);
  for (size_t i = 0; i < q.size(); ++i) q[i] = std::sin(static_cast<double>(7 * i));
  for (size_t i = 0; i < cache.size(); ++i) cache[i] = std::cos(static_cast<double>(5 * i));
  Values whole = Attention(q, cache, shape);
  for (size_t splits : {1, 2, 3, 5}) {
    Values part = AttentionSplit(q, cache, shape, splits);
    EXPECT_EQ(part.size(), 2 * 4 * splits * 7);
    ExpectNear(AttentionMerge(part, splits, 3, {}), whole);
  }
  shape.sinks = {0.5, -1, 40, -1e30};
  whole = Attention(q, cache, shape);
  ExpectNear(AttentionMerge(AttentionSplit(q, cache, shape, 3), 3, 3, shape.sinks), whole);
}

TEST(Reference, ASplitWithoutKeysSaysSo) {
  AttentionShape shape;
  shape.cache = {.kv_heads = 1, .capacity = 40, .head_dim = 1};
  shape.pos = 32;  // 33 keys: a run of 32, one of 1, and none
  Values part = AttentionSplit({0}, Values(80, 1), shape, 3);
  EXPECT_THAT(part, ElementsAre(0, 32, 0, 0, 32, 0, 1, 0, 0, 1, kMasked, 0, 0, 0, 0));
  EXPECT_THAT(AttentionMerge({kMasked, 0, 0, 0, 0}, 1, 1, {}), ElementsAre(0));
}

TEST(Reference, SoftmaxGivesMaskedEntriesNothing) {
  double masked = -3.4028234663852886e38;
  ExpectNear(Softmax({masked, 0, 0, masked, masked, masked}, 3), {0, .5, .5, 0, 0, 0});
  ExpectNear(Softmax({1e4, 1e4 + std::log(3)}, 2), {.25, .75});
}

TEST(Reference, ActivationsAtKnownPoints) {
  double sigmoid = 1 / (1 + std::exp(-1.0));
  ExpectNear(Silu({0, 1, -1}), {0, sigmoid, sigmoid - 1});
  ExpectNear(Sigmoid({0, 1, -1}), {.5, sigmoid, 1 - sigmoid});
  ExpectNear(Relu({-2, 0, 3}), {0, 0, 3});
  EXPECT_NEAR(Gelu({1})[0], 0.841344746068543, 1e-12);
  EXPECT_NEAR(GeluTanh({1})[0], 0.841191990608276, 1e-12);
  ExpectNear(Softcap({0, 1e9}, 30), {0, 30});
}

TEST(Reference, PlainArithmetic) {
  EXPECT_THAT(Add({1, 2}, {3, 4}), ElementsAre(4, 6));
  EXPECT_THAT(Mul({1, 2}, {3, 4}), ElementsAre(3, 8));
  EXPECT_THAT(Scale({1, 2}, 3), ElementsAre(3, 6));
  EXPECT_THAT(AddBias({1, 2, 3, 4}, {10, 20}), ElementsAre(11, 22, 13, 24));
  EXPECT_THAT(LastRows({1, 2, 3, 4, 5, 6}, 1, 2), ElementsAre(5, 6));
}

}  // namespace
}  // namespace ingot::verify
