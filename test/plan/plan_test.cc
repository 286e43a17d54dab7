#include "ingot/plan/plan.h"

#include <gtest/gtest.h>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::plan {
namespace {

constexpr char kWhole[] = R"({
  "format": "ingot-plan",
  "version": 1,
  "target": "cpu",
  "reasoning": "small tiles for a small cache",
  "pass_order": [
    "fold-constants",
    "eliminate-dead-ops"
  ],
  "knobs": {
    "tile_m": 16,
    "tile_n": 64,
    "tile_k": 512,
    "threads": 3,
    "enable_fold_constants": false
  }
}
)";

Plan Whole() {
  return {
      .target = "cpu",
      .reasoning = "small tiles for a small cache",
      .pass_order = {"fold-constants", "eliminate-dead-ops"},
      .knobs = {
          .tile_m = 16, .tile_n = 64, .tile_k = 512, .threads = 3, .enable_fold_constants = false}};
}

// kWhole with one piece of it replaced.
std::string With(std::string_view piece, std::string_view other) {
  std::string text = kWhole;
  const size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return text.replace(at, piece.size(), other);
}

std::string Error(std::string_view text) {
  Result<Plan> plan = Parse(text);
  return plan.ok() ? "no error" : plan.status().message();
}

TEST(Plan, PrintsEveryKnobAndReadsBackEqual) {
  EXPECT_EQ(Print(Whole()), kWhole);
  Result<Plan> plan = Parse(kWhole);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_TRUE(*plan == Whole());
  for (const Knob& knob : KnobRows()) {
    EXPECT_NE(Print({}).find(StrCat('"', knob.name, '"')), std::string::npos) << knob.name;
  }
  EXPECT_TRUE(Parse(Print({})).value() == Plan());
}

TEST(Plan, BoundsAndOddTextReadBackEqual) {
  Plan plan;
  plan.reasoning = "\"quoted\"\n\xC3\xA4 " + std::string(3900, 'x');
  plan.pass_order = {"a\\b", ""};
  for (bool high : {false, true}) {
    for (const Knob& knob : KnobRows()) {
      if (const auto* member = std::get_if<int64_t Knobs::*>(&knob.member)) {
        plan.knobs.** member = high ? knob.hi : knob.lo;
      } else {
        plan.knobs.*std::get<bool Knobs::*>(knob.member) = high;
      }
    }
    EXPECT_EQ(Check(plan), Status());
    EXPECT_TRUE(Parse(Print(plan)).value() == plan);
  }
}

TEST(Plan, WhatIsLeftOutKeepsItsDefault) {
  Result<Plan> plan = Parse(
      R"({"format": "ingot-plan", "version": 1, "target": " CPU ", "pass_order": [],
          "knobs": {"tile_n": 7}})");
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  Plan want;
  want.knobs.tile_n = 7;
  EXPECT_TRUE(*plan == want);
}

TEST(Plan, KeysAreTheKnownOnes) {
  EXPECT_EQ(Error(With(R"("knobs")", R"("knob")")),
            "plan: key (knob) is unknown, nearest is (knobs)");
  EXPECT_EQ(Error(With(R"("tile_m")", R"("tile_x_m")")),
            "plan.knobs: key (tile_x_m) is unknown, nearest is (tile_m)");
  EXPECT_EQ(Error("{}"),
            "plan: key (format) is missing\nplan: key (version) is missing\n"
            "plan: key (target) is missing\nplan: key (pass_order) is missing");
  EXPECT_EQ(Error(With(R"("version": 1)", R"("format": "x")")),
            "plan:3: key (format) stands twice");
  EXPECT_TRUE(Error(With("\"knobs\": {", "\"knobs\": }")).starts_with("plan:10: syntax error"));
}

TEST(Plan, TypesAreNamed) {
  EXPECT_EQ(Error("[]"), "plan: (array) is not an object");
  EXPECT_EQ(Error(With("\"tile_m\": 16", R"("tile_m": "64")")),
            R"(plan.knobs.tile_m: ("64") is not an integer)");
  EXPECT_EQ(Error(With("\"threads\": 3", "\"threads\": 3.0")),
            "plan.knobs.threads: (3.0) is not an integer");
  EXPECT_EQ(Error(With("false", "0")), "plan.knobs.enable_fold_constants: (0) is not a boolean");
  EXPECT_EQ(Error(With(R"("cpu")", "null")), "plan.target: (null) is not a string");
  EXPECT_EQ(Error(With(R"("eliminate-dead-ops")", "{}")),
            "plan.pass_order[1]: (object) is not a string");
  EXPECT_EQ(Error(With(R"("ingot-plan")", R"("plan")")),
            "plan.format: (plan) is not one of ingot-plan");
}

TEST(Plan, RangesNameValueAndBounds) {
  EXPECT_EQ(Error(With("512", "513")), "plan.knobs.tile_k: (513) is not in 1..512");
  EXPECT_EQ(Error(With(": 3,", ": 5000000000,")),
            "plan.knobs.threads: (5000000000) is not in 0..256");
  EXPECT_EQ(Error(With("\"version\": 1", "\"version\": 2")),
            "plan.version: (2) is newer than this build reads (1)");
  EXPECT_EQ(Error(With("\"version\": 1", "\"version\": 0")), "plan.version: (0) is not in 1..1");
  EXPECT_EQ(Error(With(R"("cpu")", R"("TPU ")")), "plan.target: (tpu) is not one of cpu");
  EXPECT_EQ(Error(With("small tiles", std::string(4000, 'x'))),
            "plan.reasoning: bytes (4018) are more than (4000)");
}

TEST(Plan, AllErrorsAreReportedSortedByPath) {
  Plan plan = Whole();
  plan.target = "gpu";
  plan.knobs.tile_m = 0;
  plan.knobs.threads = -1;
  const std::string want =
      "plan.knobs.threads: (-1) is not in 0..256\nplan.knobs.tile_m: (0) is not in 1..512\n"
      "plan.target: (gpu) is not one of cpu";
  EXPECT_EQ(Check(plan), Status(Code::kInvalidArgument, want));
  EXPECT_EQ(Error(Print(plan)), want);
}

TEST(Plan, LoadNamesTheFile) {
  test::TempDir dir;
  ASSERT_TRUE(WriteFileAtomic(dir.Path("a.json"), kWhole).ok());
  EXPECT_TRUE(Load(dir.Path("a.json")).value() == Whole());
  ASSERT_TRUE(WriteFileAtomic(dir.Path("b.json"), "[]").ok());
  EXPECT_EQ(Load(dir.Path("b.json")).status().message(),
            dir.Path("b.json") + ": plan: (array) is not an object");
  EXPECT_EQ(Load(dir.Path("none.json")).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace ingot::plan
