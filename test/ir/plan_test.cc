// A plan reaches the Programs: its order of passes, and every knob.
#include "ingot/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "test/ir/layers.h"

#include "ingot/ir/compiler.h"
#include "ingot/kernels/registry.h"

namespace ingot::ir {
namespace {

CompileOptions Blocked() {
  CompileOptions options;
  options.rules = {{.op = "matmul", .kernel = "matmul_blocked"}};
  return options;
}

Result<Programs> CompileWith(const plan::Plan& plan, CompileOptions options = Blocked()) {
  INGOT_TRY(ApplyPlan(plan, options));
  INGOT_ASSIGN(Graph graph, Llama());
  return Compile(graph, options);
}

plan::Plan WithPasses(std::vector<std::string> passes) {
  plan::Plan plan;
  plan.pass_order = std::move(passes);
  return plan;
}

const program::Dispatch& FirstMatmul(const Programs& programs) {
  return *std::ranges::find(programs.decode.dispatches, "matmul", &program::Dispatch::op);
}

// Threads belong to the device, which is opened before anything is compiled.
TEST(PlanKnobs, EachChangesThePrograms) {
  const plan::Plan base = WithPasses({"fold-constants", "eliminate-dead-ops"});
  Result<Programs> programs = CompileWith(base);
  ASSERT_TRUE(programs.ok()) << programs.status().message();
  for (const plan::Knob& knob : plan::KnobRows()) {
    plan::Plan other = base;
    if (const auto* member = std::get_if<int64_t plan::Knobs::*>(&knob.member)) {
      other.knobs.** member = 16;
    } else {
      other.knobs.*std::get<bool plan::Knobs::*>(knob.member) = false;
    }
    Result<Programs> changed = CompileWith(other);
    ASSERT_TRUE(changed.ok()) << knob.name << ": " << changed.status().message();
    const bool same = changed->decode == programs->decode && changed->prefill == programs->prefill;
    EXPECT_EQ(same, std::string_view(knob.name) == "threads") << knob.name;
  }
}

TEST(PlanKnobs, TilesAreTheOverridesOfTheBlockedKernel) {
  plan::Plan plan;
  plan.knobs.tile_m = 8;
  plan.knobs.tile_n = 24;
  plan.knobs.tile_k = 128;
  Result<Programs> programs = CompileWith(plan);
  ASSERT_TRUE(programs.ok()) << programs.status().message();
  OverrideValues overrides = FirstMatmul(*programs).overrides;
  EXPECT_EQ(overrides["TILE_M"], 8);
  EXPECT_EQ(overrides["TILE_N"], 24);
  EXPECT_EQ(overrides["TILE_K"], 128);
}

TEST(PlanKnobs, DefaultsAreThoseOfTheBlockedKernel) {
  const kernels::KernelDesc* blocked = kernels::FindKernel("cpu", "matmul_blocked");
  ASSERT_NE(blocked, nullptr);
  const plan::Knobs defaults;
  int compared = 0;
  for (const plan::Knob& knob : plan::KnobRows()) {
    if (knob.matmul_override == nullptr) continue;
    auto tile =
        std::ranges::find(blocked->overrides, knob.matmul_override, &kernels::OverrideDesc::name);
    ASSERT_NE(tile, blocked->overrides.end()) << knob.name;
    const auto value = static_cast<double>(defaults.*std::get<int64_t plan::Knobs::*>(knob.member));
    EXPECT_EQ(value, tile->fallback) << knob.name;
    EXPECT_EQ(static_cast<double>(knob.lo), tile->lo) << knob.name;
    EXPECT_EQ(static_cast<double>(knob.hi), tile->hi) << knob.name;
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(PlanKnobs, TilesLeaveOtherKernelsAsTheyAre) {
  plan::Plan plan;
  plan.knobs.tile_m = 8;
  CompileOptions options;
  options.passes = {"none"};
  Result<Programs> with = CompileWith(plan, options);
  Result<Programs> without = Compile(Llama().value(), options);
  ASSERT_TRUE(with.ok() && without.ok());
  EXPECT_NE(FirstMatmul(*without).kernel, "matmul_blocked");
  EXPECT_TRUE(with->decode == without->decode);
}

TEST(PlanKnobs, TheCallersTileWins) {
  plan::Plan plan;
  plan.knobs.tile_m = 8;
  CompileOptions options = Blocked();
  options.rules[0].overrides = {{"TILE_M", 64}};
  Result<Programs> programs = CompileWith(plan, options);
  ASSERT_TRUE(programs.ok()) << programs.status().message();
  EXPECT_EQ(FirstMatmul(*programs).overrides.find("TILE_M")->second, 64);
}

TEST(PlanPasses, OnlyThoseNamedRun) {
  // In decode, the choice of the one row is folded away.
  auto dispatches = [](const plan::Plan& plan) {
    Result<Programs> programs = CompileWith(plan);
    return programs.ok() ? programs->decode.dispatches.size() : 0;
  };
  plan::Plan off = WithPasses({"fold-constants"});
  off.knobs.enable_fold_constants = false;
  EXPECT_EQ(dispatches(WithPasses({})), dispatches(WithPasses({"fold-constants"})) + 1);
  EXPECT_EQ(dispatches(off), dispatches(WithPasses({})));
}

TEST(PlanPasses, TheCallersPassesWin) {
  CompileOptions options;
  options.passes = {"fold-constants"};
  ASSERT_TRUE(ApplyPlan(WithPasses({}), options).ok());
  EXPECT_EQ(options.passes, std::vector<std::string>{"fold-constants"});
}

TEST(PlanPasses, TheFrameAlwaysRuns) {
  CompileOptions options;
  ASSERT_TRUE(ApplyPlan(WithPasses({}), options).ok());
  EXPECT_EQ(
      PassesToRun(options).value(),
      (std::vector<std::string>{"enter-phase", "expand-fused", "split-attention", "group-experts",
                                "select-kernels", "place-buffers", "emit-program"}));
  options.passes = {"fold-constants"};
  EXPECT_EQ(PassesToRun(options).value()[1], "fold-constants");
}

TEST(PlanPasses, IllegalOrdersNameTheirPlace) {
  auto error = [](std::vector<std::string> passes) {
    CompileOptions options;
    return ApplyPlan(WithPasses(std::move(passes)), options).message();
  };
  EXPECT_EQ(error({"fold-constants", "eliminate-dead-op"}),
            "plan.pass_order[1]: pass (eliminate-dead-op) is unknown, nearest is "
            "(eliminate-dead-ops)");
  EXPECT_EQ(error({"fold-constants", "eliminate-dead-ops", "fold-constants"}),
            "plan.pass_order[2]: pass (fold-constants) stands twice, first at [0]");
  EXPECT_EQ(error({"place-buffers"}),
            "plan.pass_order[0]: pass (place-buffers) always runs and cannot be named");
  EXPECT_EQ(error({"none", "fold-constants"}), "plan.pass_order[0]: pass (none) is unknown");
}

TEST(PlanTarget, IsTheOneCompiledFor) {
  CompileOptions options;
  options.target = "webgpu";
  EXPECT_EQ(ApplyPlan({}, options).message(),
            "plan.target: (cpu) is not the target compiled for (webgpu)");
  options.target = "null";
  EXPECT_EQ(ApplyPlan({}, options), Status()) << "the null device has the kernels of the cpu";
}

TEST(PlanValues, AreChecked) {
  plan::Plan plan;
  plan.knobs.tile_k = 0;
  CompileOptions options;
  EXPECT_EQ(ApplyPlan(plan, options).message(), "plan.knobs.tile_k: (0) is not in 1..512");
}

}  // namespace
}  // namespace ingot::ir
