#include "ingot/kernels/header.h"

#include <gtest/gtest.h>

#include <string>

#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

std::vector<wgsl::HeaderLine> Lines(std::string_view text) {
  std::vector<wgsl::HeaderLine> lines;
  for (const std::string_view line : Split(text, '\n')) {
    const uint32_t number = static_cast<uint32_t>(lines.size()) + 1;
    lines.push_back({std::string(line), {number, 1}});
  }
  return lines;
}

constexpr std::string_view kWhole =
    "op: matmul { HAS_BIAS = false }\n"
    "key: matmul\n"
    "formula: y = x * w\n"
    "bind: x act[rows,depth] r; w wt[cols,depth] r; bias f32[cols] r if HAS_BIAS; y rw\n"
    "grid: linear(ceil(cols, WG / LANES * ROWS)), 1, ceil(rows, BATCH_ROWS)\n"
    "phase: decode\n"
    "set: group = heads / kv_heads\n"
    "access: x rw if HAS_BIAS\n"
    "range: W_FORMAT = {0, 1, 2} bound\n"
    "range: LANES = 1..256, power of two, tune, where LANES <= WG\n"
    "range: HEAD_DIM = 4..512 step 4 bound\n"
    "alias: acc = array<vec4<f32>, ROWS * BATCH_ROWS>\n"
    "alias: comp_t = f32\n"
    "use: grid words reduce\n"
    "shared: 4 * WG\n"
    "require: invocations >= WG\n"
    "tolerance: dot(depth)\n"
    "variant: gemv { LANES = 32, HAS_BIAS = true }";

Result<Header> Read(std::string_view text) { return ReadHeader(Lines(text), "k.wgsl"); }
std::string ErrorOf(std::string_view text) { return Read(text).status().message(); }
// What is wrong once a line of the whole header is another one.
std::string ErrorWith(std::string_view from, std::string_view to) {
  std::string text(kWhole);
  text.replace(text.find(from), from.size(), to);
  return ErrorOf(text);
}

TEST(Header, ReadsEveryLineOfAKernel) {
  const auto read = Read(kWhole);
  ASSERT_TRUE(read.ok()) << read.status().message();
  const Header& header = *read;
  EXPECT_EQ(header.kind, FileKind::kKernel);
  ASSERT_EQ(header.ops.size(), 1u);
  EXPECT_EQ(header.ops[0].op, "matmul");
  EXPECT_EQ(header.ops[0].settings.at("HAS_BIAS"), 0);
  EXPECT_EQ(header.formula, "y = x * w");
  ASSERT_EQ(header.binds.size(), 4u);
  EXPECT_EQ(header.binds[1].type, "wt[cols,depth]");
  EXPECT_EQ(header.binds[1].access, Access::kRead);
  EXPECT_EQ(Print(header.binds[2].condition.value()), "HAS_BIAS");
  EXPECT_EQ(header.binds[3].type, "");
  EXPECT_EQ(header.binds[3].access, Access::kReadWrite);
  ASSERT_EQ(header.grid.size(), 3u);
  EXPECT_EQ(Print(header.grid[0]), "linear(ceil(cols, WG / LANES * ROWS))");
  EXPECT_EQ(header.phase, Phase::kDecode);
  EXPECT_EQ(header.sets.at(0).name, "group");
  EXPECT_EQ(header.accesses.at(0).access, Access::kReadWrite);
  ASSERT_EQ(header.ranges.size(), 3u);
  EXPECT_EQ(header.ranges[0].allowed, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(header.ranges[0].clazz, OverrideClass::kBound);
  EXPECT_TRUE(header.ranges[1].power_of_two);
  EXPECT_EQ(header.ranges[1].hi, 256);
  EXPECT_EQ(header.ranges[1].clazz, OverrideClass::kTune);
  EXPECT_EQ(Print(header.ranges[1].where.value()), "LANES <= WG");
  EXPECT_EQ(header.ranges[2].step, 4);
  ASSERT_EQ(header.aliases.size(), 2u);
  EXPECT_EQ(Print(header.aliases[0].length.value()), "ROWS * BATCH_ROWS");
  EXPECT_EQ(header.aliases[0].type.text, "vec4");
  EXPECT_FALSE(header.aliases[1].length.has_value());
  EXPECT_EQ(header.uses, (std::vector<std::string>{"grid", "words", "reduce"}));
  EXPECT_EQ(Print(header.shared.value()), "4 * WG");
  EXPECT_EQ(header.tolerance, "dot(depth)");
  EXPECT_EQ(header.variants.at(0).pins, (OverrideValues{{"HAS_BIAS", 1}, {"LANES", 32}}));
}

TEST(Header, RefusesUnknownAndRepeatedLines) {
  EXPECT_EQ(ErrorWith("formula:", "formulas:"),
            "k.wgsl:3: unknown header line (formulas), nearest is (formula)");
  EXPECT_EQ(ErrorWith("phase: decode", "key: matmul"),
            "k.wgsl:6: header line (key) is given twice");
  EXPECT_EQ(ErrorWith("range: HEAD_DIM", "range: LANES"),
            "k.wgsl:11: range: (LANES) is given twice");
  EXPECT_EQ(ErrorWith("key: matmul", "key matmul"),
            "k.wgsl:2: header line (key matmul) is not KIND: TEXT");
  EXPECT_EQ(ErrorWith("key: matmul", "key: "), "k.wgsl:2: header line (key) says nothing");
  EXPECT_EQ(ErrorWith("tolerance: dot(depth)", "key: x"),
            "k.wgsl:17: header line (key) is given twice");
  EXPECT_EQ(ErrorOf("op: x"), "k.wgsl:1: a kernel needs a header line (formula)");
  EXPECT_EQ(ErrorOf("fragment: x\nop: y"), "k.wgsl:2: a fragment has no header line (op)");
}

TEST(Header, RefusesLinesThatSayNothingPlain) {
  EXPECT_EQ(ErrorWith("y rw", "y w"), "k.wgsl:4: access (w) is neither r nor rw");
  EXPECT_EQ(ErrorWith("phase: decode", "phase: both"),
            "k.wgsl:6: phase (both) is neither prefill nor decode");
  EXPECT_EQ(ErrorWith("{0, 1, 2} bound", "{0, 2, 1} bound"),
            "k.wgsl:9: range: (1) follows (2), but values ascend");
  EXPECT_EQ(ErrorWith("{0, 1, 2} bound", "{0, 1, 2} fixed"),
            "k.wgsl:9: range: class (fixed) is none of bound, flag, tune");
  EXPECT_EQ(ErrorWith("4..512 step 4", "512..4"), "k.wgsl:11: range: (512) is more than (4)");
  EXPECT_EQ(ErrorWith("4..512 step 4", "4"),
            "k.wgsl:11: range: (4) is neither LOW..HIGH nor a list in braces");
  EXPECT_EQ(ErrorWith("LANES = 32", "LANES = x"), "k.wgsl:18: (x) is not a number");
  EXPECT_EQ(ErrorWith("alias: comp_t = f32", "alias: comp_t = f32; g"),
            "k.wgsl:13: (f32; g) is not a type");
  EXPECT_EQ(ErrorWith("4 * WG", "4 * + WG"), "k.wgsl:15: found (+), expected a number or a name");
  EXPECT_EQ(ErrorWith("ceil(rows, BATCH_ROWS)", "ceil(rows)"),
            "k.wgsl:5: ceil takes (2) arguments, not (1)");
  EXPECT_EQ(ErrorWith("ceil(rows, BATCH_ROWS)", "cel(rows, 4)"),
            "k.wgsl:5: unknown function (cel), nearest is (ceil)");
  EXPECT_EQ(ErrorWith("ceil(rows, BATCH_ROWS)", "linear(4)"),
            "k.wgsl:5: linear stands on the first axis of a grid only");
}

int64_t Value(std::string_view text, const HeaderNumbers& numbers = {}) {
  const auto expr = ParseHeaderExpr(text);
  EXPECT_TRUE(expr.ok()) << expr.status().message();
  const auto value = Evaluate(*expr, numbers);
  EXPECT_TRUE(value.ok()) << value.status().message();
  return *value;
}

TEST(HeaderExpr, FollowsTheOrderOfOperators) {
  EXPECT_EQ(Value("2 + 3 * 4"), 14);
  EXPECT_EQ(Value("(2 + 3) * 4"), 20);
  EXPECT_EQ(Value("20 - 5 - 4"), 11);
  EXPECT_EQ(Value("48 / 4 * 2"), 24);
  EXPECT_EQ(Value("7 / 2"), 3);
  EXPECT_EQ(Value("-7 / 2"), -3);
  EXPECT_EQ(Value("7 % 4 & 1 + 1"), 2);
  EXPECT_EQ(Value("1 + 1 == 2 and not false or 1 / 0 == 1"), 1);
  EXPECT_EQ(Value("ceil(7, 2) + min(3, 9) + max(3, 9)"), 16);
  EXPECT_EQ(Value("A >= 4 ? A : 1 / 0", {{"A", 5}}), 5);
}

TEST(HeaderExpr, PrintsWhatReadsBackEqual) {
  for (const std::string text :
       {"2 + 3 * 4", "(2 + 3) * 4", "20 - (5 - 4)", "48 / 4 * 2", "48 / (4 * 2)", "not A == 1",
        "not (A and B)", "(A == 1) == B", "A ? B : C ? D : E", "(A ? B : C) + 1", "ceil(A + 1, B)",
        "(A & 3) == 0 or B < 4"}) {
    const auto expr = ParseHeaderExpr(text);
    ASSERT_TRUE(expr.ok()) << text << ": " << expr.status().message();
    const auto again = ParseHeaderExpr(Print(*expr));
    ASSERT_TRUE(again.ok()) << Print(*expr);
    EXPECT_EQ(*again, *expr) << text << " became " << Print(*expr);
  }
}

TEST(HeaderExpr, RefusesWhatHasNoValue) {
  EXPECT_EQ(Evaluate(*ParseHeaderExpr("A + 1"), {}).status().message(), "(A) has no value");
  EXPECT_EQ(Evaluate(*ParseHeaderExpr("3 / A"), {{"A", 0}}).status().message(),
            "(3) is divided by 0");
  EXPECT_EQ(Evaluate(*ParseHeaderExpr("A * A"), {{"A", int64_t{1} << 40}}).status().message(),
            "a number does not fit 64 bits");
  EXPECT_FALSE(ParseHeaderExpr(std::string(1000, '(')).ok());
  EXPECT_FALSE(ParseHeaderExpr("1 < 2 < 3").ok());
  EXPECT_EQ(ParseHeaderExpr("1 +").status().message(),
            "found (the end), expected a number or a name");
}

Groups GridOf(std::string_view text, const HeaderNumbers& numbers) {
  const auto grid = ParseGrid(text);
  EXPECT_TRUE(grid.ok()) << grid.status().message();
  const auto groups = EvaluateGrid(*grid, numbers);
  EXPECT_TRUE(groups.ok()) << groups.status().message();
  return *groups;
}

TEST(Grid, LinearFoldsIntoTwoAxes) {
  EXPECT_EQ(GridOf("linear(n)", {{"n", 0}}), (Groups{0, 1, 1}));
  EXPECT_EQ(GridOf("linear(n)", {{"n", 1}}), (Groups{1, 1, 1}));
  EXPECT_EQ(GridOf("linear(n)", {{"n", 65535}}), (Groups{65535, 1, 1}));
  EXPECT_EQ(GridOf("linear(n)", {{"n", 65536}}), (Groups{32768, 2, 1}));
  EXPECT_EQ(GridOf("linear(n), 1, 3", {{"n", 131071}}), (Groups{43691, 3, 3}));
  EXPECT_EQ(GridOf("ONE ? 1 : linear(n)", {{"n", 70000}, {"ONE", 1}}), (Groups{1, 1, 1}));
  EXPECT_EQ(GridOf("ONE ? 1 : linear(n)", {{"n", 70000}, {"ONE", 0}}), (Groups{35000, 2, 1}));
}

TEST(Grid, RefusesWhatNoDeviceRuns) {
  EXPECT_EQ(EvaluateGrid(*ParseGrid("1, 70000"), {}).status().message(),
            "workgroups (70000) on axis 1 are more than (65535)");
  EXPECT_EQ(EvaluateGrid(*ParseGrid("0 - 2"), {}).status().message(),
            "workgroups (-2) on axis 0 are negative");
  EXPECT_EQ(EvaluateGrid(*ParseGrid("linear(4), 2"), {}).status().message(),
            "axis 1 beside linear is (2), not 1");
  EXPECT_EQ(ParseGrid("linear(4) * 2").status().message(),
            "linear is a part of an axis, not the whole");
  EXPECT_EQ(ParseGrid("1, 2, 3, 4").status().message(), "axes (4) are more than 3");
}

}  // namespace
}  // namespace ingot::kernels
