#include "ingot/kernels/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingot::kernels {
namespace {

using testing::ElementsAre;

KernelDesc Kernel(std::string name, int priority) {
  KernelDesc desc;
  desc.name = std::move(name);
  desc.op = "matmul";
  desc.target = "cpu";
  desc.priority = priority;
  desc.weight_formats = {DType::kF32, DType::kQ4_K};
  OverrideDesc format;
  format.name = "W_FORMAT";
  format.clazz = OverrideClass::kBound;
  format.hi = 13;
  OverrideDesc tile;
  tile.name = "TILE_M";
  tile.fallback = 16;
  tile.allowed = {16, 32, 64};
  desc.overrides = {format, tile};
  desc.variants = {{"large", {{"TILE_M", 64}}}, {"q4k_only", {{"W_FORMAT", 5}}}};
  return desc;
}

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    fast_.numerics = Numerics::kFast;
    wide_.features = {"avx512"};
    decode_.phase = Phase::kDecode;
    decode_.weight_formats = {DType::kF32};
    decode_.variants = {{"single", {}}};
    norm_.op = "rms_norm";
    norm_.key = "norm";
    norm_.weight_formats = {};
    query_.op = "matmul";
    query_.role = "q_proj";
    query_.layer = 3;
    query_.phase = Phase::kPrefill;
    query_.format = DType::kQ4_K;
    query_.bound = {{"W_FORMAT", 5}, {"HEAD_DIM", 64}};
  }

  Result<Choice> Run(std::vector<Rule> rules = {}, Numerics numerics = Numerics::kExact) {
    return Resolve(query_, rules, kernels_, facts_, numerics);
  }

  KernelDesc plain_ = Kernel("plain", 0);
  KernelDesc fast_ = Kernel("fast", 30);
  KernelDesc wide_ = Kernel("wide", 20);
  KernelDesc decode_ = Kernel("decode", 10);
  KernelDesc norm_ = Kernel("norm", 99);
  std::vector<const KernelDesc*> kernels_ = {&decode_, &fast_, &norm_, &plain_, &wide_};
  OpQuery query_;
  DeviceFacts facts_;
};

TEST_F(ResolverTest, AutomaticChoiceTakesTheHighestPriorityThatServes) {
  auto choice = Run();
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel, &plain_);
  EXPECT_EQ(choice->origin, Origin::kAutomatic);
  EXPECT_EQ(choice->overrides, (OverrideValues{{"TILE_M", 16}, {"W_FORMAT", 5}}));
  EXPECT_THAT(choice->reasons, ElementsAre("fast: its numerics are (fast), wanted are (exact)",
                                           "wide: the device lacks (avx512)",
                                           "decode: serves phase (decode), not (prefill)"));
}

TEST_F(ResolverTest, FeaturesAndNumericsOpenTheirKernels) {
  facts_.features = {"avx2", "avx512"};
  EXPECT_EQ(Run()->kernel, &wide_);
  EXPECT_EQ(Run({}, Numerics::kFast)->kernel, &fast_);
  EXPECT_TRUE(Run({}, Numerics::kFast)->reasons.empty());
}

TEST_F(ResolverTest, ExactNumericsNeverTakeAFastKernel) {
  Rule rule = {.kernel = "fast"};
  auto choice = Run({rule});
  EXPECT_EQ(choice.status().code(), Code::kUnsupported);
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: fast: its numerics are (fast), wanted are "
            "(exact)");
  rule.strict = false;
  ASSERT_TRUE(Run({rule}).ok());
  EXPECT_EQ(Run({rule})->kernel, &plain_);
}

TEST_F(ResolverTest, HigherOriginWinsWhateverTheOrderOfRules) {
  facts_.features = {"avx512"};
  std::vector<Rule> rules = {
      {.origin = Origin::kPlan, .kernel = "wide", .overrides = {{"TILE_M", 64}}},
      {.origin = Origin::kProfileKernel, .kernel = "wide"},
      {.origin = Origin::kProfileLayer, .layer = 3, .kernel = "plain"},
      {.origin = Origin::kCaller, .layer = 4, .kernel = "wide"},
  };
  auto choice = Run(rules);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel, &plain_);
  EXPECT_EQ(choice->origin, Origin::kProfileLayer);
  EXPECT_EQ(choice->overrides["TILE_M"], 16) << "what another kernel's rule sets is not for it";
  rules.erase(rules.begin() + 2);
  EXPECT_EQ(Run(rules)->origin, Origin::kProfileKernel);
  EXPECT_EQ(Run(rules)->overrides["TILE_M"], 64) << "a lower rank may add to the same kernel";
}

TEST_F(ResolverTest, SelectorsMatchRoleLayerPhaseOpAndKey) {
  auto matches = [&](Rule rule) {
    rule.overrides = {{"TILE_M", 32}};
    return Run({rule})->overrides["TILE_M"] == 32;
  };
  EXPECT_TRUE(matches({}));
  EXPECT_TRUE(matches({.op = "matmul", .role = "q_proj", .layer = 3, .phase = Phase::kPrefill}));
  EXPECT_FALSE(matches({.op = "rms_norm"}));
  EXPECT_FALSE(matches({.role = "k_proj"}));
  EXPECT_FALSE(matches({.layer = -1}));
  EXPECT_FALSE(matches({.phase = Phase::kDecode}));
  query_.op = "rms_norm";
  query_.format.reset();
  EXPECT_TRUE(matches({.op = "norm"})) << "by the profile key";
}

TEST_F(ResolverTest, KernelWithoutOpSpeaksOfItsOwn) {
  EXPECT_EQ(Run({{.kernel = "norm"}})->kernel, &plain_);
  EXPECT_EQ(Run({{.op = "matmul", .kernel = "norm"}}).status().message(),
            "matmul q_proj layer 3 (prefill): caller: norm: serves op (rms_norm), not (matmul)");
  query_.op = "rms_norm";
  query_.format.reset();
  EXPECT_TRUE(Run({{.variant = "single"}}).ok());
}

TEST_F(ResolverTest, OverridesAloneLeaveTheKernelToLowerRanks) {
  std::vector<Rule> rules = {
      {.overrides = {{"TILE_M", 32}, {"OTHER", 1}}},
      {.origin = Origin::kProfileKernel, .kernel = "plain", .overrides = {{"TILE_M", 64}}},
  };
  auto choice = Run(rules);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->origin, Origin::kProfileKernel);
  EXPECT_EQ(choice->overrides["TILE_M"], 32) << "the higher rank decides each override";
}

TEST_F(ResolverTest, VariantPinsStandAboveLowerRanks) {
  std::vector<Rule> rules = {
      {.kernel = "plain", .variant = "large"},
      {.origin = Origin::kPlan, .overrides = {{"TILE_M", 32}}},
  };
  auto choice = Run(rules);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->variant, "large");
  EXPECT_EQ(choice->overrides["TILE_M"], 64);
}

TEST_F(ResolverTest, VariantAgainstAHigherRankIsRefused) {
  std::vector<Rule> rules = {
      {.overrides = {{"TILE_M", 32}}},
      {.origin = Origin::kPlan, .kernel = "plain", .variant = "large", .strict = false},
  };
  auto choice = Run(rules);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->origin, Origin::kAutomatic);
  EXPECT_EQ(choice->overrides["TILE_M"], 32);
  EXPECT_EQ(choice->reasons[0], "plan: plain/large: TILE_M is pinned to (64), not (32)");
}

TEST_F(ResolverTest, VariantAlonePicksAKernelThatHasIt) {
  query_.phase = Phase::kDecode;
  query_.format = DType::kF32;
  query_.bound = {{"W_FORMAT", 0}};
  auto choice = Run({{.variant = "single"}});
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel, &decode_);
  EXPECT_EQ(
      Run({{.variant = "singel"}}).status().message(),
      "matmul q_proj layer 3 (decode): caller: unknown variant (singel), nearest is (single)");
}

TEST_F(ResolverTest, PinThatContradictsTheModelIsRefused) {
  query_.bound["W_FORMAT"] = 0;
  query_.format = DType::kF32;
  auto choice = Run({{.kernel = "plain", .variant = "q4k_only"}});
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: plain/q4k_only: W_FORMAT is pinned to (5), "
            "not (0)");
}

TEST_F(ResolverTest, WishAgainstABoundValueIsRefused) {
  auto choice = Run({{.kernel = "plain", .overrides = {{"W_FORMAT", 0}}}});
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: plain: W_FORMAT is (5) here, the caller "
            "wants (0)");
}

TEST_F(ResolverTest, AFlagOfWhichTheOpSaysNothingKeepsItsDefault) {
  OverrideDesc in_place;
  in_place.name = "IN_PLACE";
  in_place.kind = OverrideKind::kBool;
  in_place.clazz = OverrideClass::kFlag;
  plain_.overrides.push_back(in_place);
  plain_.variants.push_back({"inplace", {{"IN_PLACE", 1}}});
  EXPECT_EQ(Run()->overrides["IN_PLACE"], 0);
  EXPECT_EQ(Run({{.kernel = "plain", .variant = "inplace"}}).status().message(),
            "matmul q_proj layer 3 (prefill): caller: plain/inplace: IN_PLACE is pinned to (1), "
            "not (0)");
  EXPECT_EQ(Run({{.kernel = "plain", .overrides = {{"IN_PLACE", 1}}}}).status().message(),
            "matmul q_proj layer 3 (prefill): caller: plain: IN_PLACE is (0) here, the caller "
            "wants (1)");
  query_.bound["IN_PLACE"] = 1;
  EXPECT_EQ(Run({{.kernel = "plain", .variant = "inplace"}})->overrides["IN_PLACE"], 1);
}

TEST_F(ResolverTest, StrictRuleFailsWhereItNamesNoKernel) {
  auto choice = Run({{.kernel = "plane"}});
  EXPECT_EQ(choice.status().code(), Code::kNotFound);
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: unknown kernel (plane), nearest is (plain)");
}

TEST_F(ResolverTest, LaxRuleGivesWayAndItsReasonIsKept) {
  std::vector<Rule> rules = {
      {.kernel = "decode", .strict = false},
      {.origin = Origin::kPlan, .overrides = {{"TILE_M", 17}}, .strict = false},
  };
  auto choice = Run(rules);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel, &plain_);
  EXPECT_THAT(choice->reasons, ElementsAre("caller: decode: serves phase (decode), not (prefill)",
                                           "fast: its numerics are (fast), wanted are (exact)",
                                           "wide: the device lacks (avx512)",
                                           "decode: serves phase (decode), not (prefill)",
                                           "plain: TILE_M (17) is not one of (16, 32, 64)"));
}

TEST_F(ResolverTest, StrictIllegalOverrideFails) {
  auto choice = Run({{.kernel = "plain", .overrides = {{"TILE_M", 17}}}});
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: plain: TILE_M (17) is not one of (16, 32, "
            "64)");
}

TEST_F(ResolverTest, NoKernelNamesEveryReason) {
  query_.format = DType::kQ6_K;
  query_.bound = {{"W_FORMAT", 6}};
  auto choice = Run({}, Numerics::kFast);
  EXPECT_EQ(choice.status().code(), Code::kUnsupported);
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): no kernel serves: "
            "fast: weight format (q6_k) is not one of (f32, q4_k); "
            "wide: weight format (q6_k) is not one of (f32, q4_k); "
            "decode: serves phase (decode), not (prefill); "
            "plain: weight format (q6_k) is not one of (f32, q4_k)");
  query_.op = "conv";
  query_.role.clear();
  query_.layer = -1;
  EXPECT_EQ(Run().status().message(),
            "conv (prefill): no kernel serves: there is none for this op");
}

TEST_F(ResolverTest, EqualPriorityGoesByName) {
  KernelDesc twin = Kernel("aaa", 0);
  kernels_.push_back(&twin);
  EXPECT_EQ(Run()->kernel, &twin);
}

TEST_F(ResolverTest, AKernelWhoseRequirementDoesNotHoldIsPassedOver) {
  KernelDesc picky = Kernel("picky", 99);
  picky.uniforms = {{.name = "depth"}};
  picky.requirements = {*ParseHeaderExpr("depth % TILE_M == 0"),
                        *ParseHeaderExpr("invocations >= TILE_M")};
  kernels_.push_back(&picky);
  query_.uniforms = {{"depth", 40}};
  auto choice = Run();
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->kernel, &plain_);
  EXPECT_EQ(choice->reasons[0],
            "picky: requires depth % TILE_M == 0, but has depth (40), TILE_M (16)");
  query_.uniforms = {};
  EXPECT_EQ(Run()->reasons[0],
            "picky: requires depth % TILE_M == 0, but depth changes with each run");
  query_.uniforms = {{"depth", 32}};
  EXPECT_EQ(Run()->reasons[0],
            "picky: requires invocations >= TILE_M, but has invocations (1), TILE_M (16)");
}

TEST_F(ResolverTest, ARequirementCountsForTheOverridesThatARuleSets) {
  KernelDesc picky = Kernel("picky", 99);
  picky.requirements = {*ParseHeaderExpr("TILE_M <= 32")};
  kernels_.push_back(&picky);
  EXPECT_EQ(Run()->kernel, &picky);
  auto choice = Run({{.kernel = "picky", .overrides = {{"TILE_M", 64}}}});
  EXPECT_EQ(choice.status().message(),
            "matmul q_proj layer 3 (prefill): caller: picky: requires TILE_M <= 32, but has TILE_M "
            "(64)");
}

}  // namespace
}  // namespace ingot::kernels
