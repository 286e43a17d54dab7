// The selection table: its text, what it decides, and that the shipped one answers everything.
#include "ingot/kernels/select.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/kernels/registry.h"
#include "ingot/kernels/resolver.h"
#include "ingot/kernels/select_check.h"
#include "ingot/kernels/wgsl_registry.h"

namespace ingot::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string ErrorOf(std::string_view text) {
  const auto rows = ReadSelect(text, "s.txt");
  EXPECT_FALSE(rows.ok());
  return rows.ok() ? "" : rows.status().message();
}

TEST(Select, RowsAreReadInOrderWithTheirPlaces) {
  const auto rows = ReadSelect(
      "# what this is\n"
      "op matmul  # and why\n"
      "rows > 8 and\n  depth % 4 == 0 => tiled/large { WG = min(256, invocations), FAST = true }\n"
      "otherwise => plain\n"
      "op add\n"
      "f16 => add_half/wide\n",
      "s.txt");
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[0].op, "matmul");
  EXPECT_EQ((*rows)[0].kernel, "tiled");
  EXPECT_EQ((*rows)[0].variant, "large");
  EXPECT_EQ((*rows)[0].text, "rows > 8 and depth % 4 == 0");
  EXPECT_EQ((*rows)[0].place, "s.txt:3");
  EXPECT_EQ(Print((*rows)[0].overrides.at("WG")), "min(256, invocations)");
  EXPECT_EQ((*rows)[0].overrides.size(), 2u);
  EXPECT_EQ((*rows)[1].text, "otherwise");
  EXPECT_EQ((*rows)[1].variant, "");
  EXPECT_EQ((*rows)[2].op, "add");
  EXPECT_EQ((*rows)[2].order, 2);
}

TEST(Select, WrongTextIsRefusedWithItsLine) {
  EXPECT_EQ(ErrorOf("otherwise => a\n"), "s.txt:1: row before the first `op NAME`");
  EXPECT_EQ(ErrorOf("op add\nrows >\n"),
            "s.txt:2: row (rows >) has no end, expected CONDITION => KERNEL");
  EXPECT_EQ(ErrorOf("op add\n\nrows > => a\n"),
            "s.txt:3: found (the end), expected a number or a name");
  EXPECT_EQ(ErrorOf("op add\nrows > 1 =>\n"), "s.txt:2: row without a kernel");
  EXPECT_EQ(ErrorOf("op add\nrows > 1 => a { WG }\n"),
            "s.txt:2: override (WG) is not NAME = EXPRESSION");
  EXPECT_EQ(ErrorOf("op add\nrows > 1 => a { WG = 1, WG = 2 }\n"),
            "s.txt:2: override (WG) stands twice");
}

TEST(Select, FormatsHaveTheNumbersOfTheOverride) {
  HeaderNumbers numbers;
  AddSelectNumbers(Phase::kPrefill, 512, 0, 64, &numbers);
  EXPECT_EQ(numbers.at("Q4_K"), 5);
  EXPECT_EQ(numbers.at("F32"), 0);
  EXPECT_EQ(numbers.at("prefill"), 1);
  EXPECT_EQ(numbers.at("decode"), 0);
  EXPECT_EQ(numbers.at("rows"), 512);
  EXPECT_FALSE(numbers.contains("cols"));
  EXPECT_TRUE(IsSelectName("MXFP4"));
  EXPECT_FALSE(IsSelectName("mxfp4"));
}

TEST(Select, TheShippedTableAnswersEveryQuestionAndEveryRowDecides) {
  const SelectReport report = CheckSelect(KernelsOf("webgpu"), SampleDevices());
  EXPECT_GT(report.points, 5000u);
  EXPECT_THAT(report.problems, IsEmpty());
}

// A kernel of op `op` that wants WG invocations.
KernelDesc MakeKernel(std::string name, std::vector<SelectRow> rows) {
  KernelDesc kernel;
  kernel.name = std::move(name);
  kernel.op = "op";
  kernel.overrides = {{.name = "WG", .fallback = 64, .allowed = {64, 256}},
                      {.name = "FLAG", .kind = OverrideKind::kBool, .clazz = OverrideClass::kFlag}};
  kernel.variants = {{"wide", {{"WG", 256}}}};
  kernel.requirements = {*ParseHeaderExpr("invocations >= WG")};
  kernel.rows = std::move(rows);
  return kernel;
}

std::vector<SelectRow> Rows(std::string_view text) {
  auto rows = ReadSelect(text, "s.txt");
  EXPECT_TRUE(rows.ok()) << rows.status().message();
  return rows.ok() ? *rows : std::vector<SelectRow>();
}

DeviceFacts Small() {
  DeviceFacts facts;
  facts.name = "small";
  facts.max_workgroup_invocations = 128;
  return facts;
}

struct Two {
  explicit Two(std::string_view text) {
    std::vector<SelectRow> of_a, of_b;
    for (const SelectRow& row : Rows(text)) (row.kernel == "a" ? of_a : of_b).push_back(row);
    a = MakeKernel("a", of_a);
    b = MakeKernel("b", of_b);
  }
  KernelDesc a, b;
  std::vector<const KernelDesc*> kernels = {&a, &b};
};

TEST(Select, TheFirstRowThatHoldsDecidesAndIsNamed) {
  const Two two("op op\nrows > 8 => b { WG = 256 }\notherwise => a\n");
  OpQuery query{.op = "op", .rows = 9};
  DeviceFacts big = Small();
  big.max_workgroup_invocations = 256;
  auto choice = Resolve(query, {}, two.kernels, big, Numerics::kExact);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel->name, "b");
  EXPECT_EQ(choice->overrides.at("WG"), 256);
  EXPECT_EQ(choice->row, "s.txt:2: rows > 8");
  EXPECT_THAT(choice->reasons, IsEmpty());
  query.rows = 8;
  EXPECT_EQ(Resolve(query, {}, two.kernels, big, Numerics::kExact)->kernel->name, "a");
}

TEST(Select, ARowThatCannotServeIsPassedOverWithTheReason) {
  const Two two("op op\nrows > 8 => b/wide\notherwise => a\n");
  const OpQuery query{.op = "op", .rows = 9};
  const auto choice = Resolve(query, {}, two.kernels, Small(), Numerics::kExact);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->kernel->name, "a");
  EXPECT_THAT(choice->reasons,
              ElementsAre("s.txt:2: b: requires invocations >= WG, but has invocations (128), WG "
                          "(256)"));
}

TEST(Select, WhereNoRowDecidesThePriorityDoes) {
  Two two("op op\nrows > 8 => b\n");
  two.a.priority = 1;
  const auto choice = Resolve({.op = "op", .rows = 1}, {}, two.kernels, Small(), Numerics::kExact);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->kernel->name, "a");
  EXPECT_EQ(choice->row, "");
  EXPECT_THAT(choice->reasons, ElementsAre("no row of the selection table decides"));
}

TEST(Select, ARuleWinsOverWhatARowSets) {
  const Two two("op op\notherwise => b/wide\n");
  DeviceFacts big = Small();
  big.max_workgroup_invocations = 256;
  const std::vector<Rule> rules = {
      {.origin = Origin::kPlan, .op = "op", .overrides = {{"WG", 64}}}};
  auto choice = Resolve({.op = "op"}, {}, two.kernels, big, Numerics::kExact);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->variant, "wide");
  choice = Resolve({.op = "op"}, rules, two.kernels, big, Numerics::kExact);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->kernel->name, "b");
  EXPECT_EQ(choice->overrides.at("WG"), 64);
  EXPECT_EQ(choice->variant, "");
}

std::vector<std::string> Problems(std::string_view text) {
  const Two two(text);
  DeviceFacts big = Small();
  big.name = "big";
  big.max_workgroup_invocations = 256;
  const std::vector<DeviceFacts> devices = {Small(), big};
  return CheckSelect(two.kernels, devices).problems;
}

TEST(SelectCheck, ASoundTableHasNoProblem) {
  EXPECT_THAT(Problems("op op\nrows > 8 and invocations >= 256 => b/wide\notherwise => a\n"),
              IsEmpty());
}

TEST(SelectCheck, AGapIsFound) {
  EXPECT_THAT(Problems("op op\nrows > 8 => b\nrows < 8 => a\n"),
              ElementsAre(HasSubstr("rows = 8} on small: no row of the selection table decides")));
}

TEST(SelectCheck, ARowThatHoldsWhereItsKernelMayNotRunIsFound) {
  EXPECT_THAT(Problems("op op\nrows > 8 => b/wide\notherwise => a\n"),
              ElementsAre(HasSubstr("on small: s.txt:2: b: requires invocations >= WG")));
}

TEST(SelectCheck, ARowThatNeverDecidesIsFound) {
  EXPECT_THAT(Problems("op op\nrows > 8 => b\notherwise => a\nrows > 20 => b\n"),
              ElementsAre("s.txt:4: (rows > 20) never decides"));
  EXPECT_THAT(Problems("op op\nrows > 8 => b\nrows > 20 => a\notherwise => a\n"),
              ElementsAre("s.txt:3: (rows > 20) never decides"));
}

TEST(SelectCheck, SeveralKernelsWithoutRowsAreFound) {
  EXPECT_THAT(Problems(""), ElementsAre("op: no row, but several kernels"));
}

TEST(Select, AFolderBringsRowsThatComeFirst) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/select.txt";
  ASSERT_TRUE(WriteFileAtomic(path, "op rms_norm\ndim == 4096 => rmsnorm { WG = 64 }\n").ok());
  const std::vector<std::string> folders = {folder.path()};
  const auto registry = WgslRegistry::Load(folders);
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  OpQuery query{.op = "rms_norm", .uniforms = {{"dim", 4096}}};
  const DeviceFacts device = SampleDevices()[0];
  auto choice = Resolve(query, {}, (*registry)->Kernels(), device, Numerics::kExact);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_EQ(choice->row, path + ":2: dim == 4096");
  EXPECT_EQ(choice->overrides.at("WG"), 64);
  query.uniforms["dim"] = 4097;
  choice = Resolve(query, {}, (*registry)->Kernels(), device, Numerics::kExact);
  ASSERT_TRUE(choice.ok());
  EXPECT_THAT(choice->row, HasSubstr("select.txt:"));
  EXPECT_THAT(choice->row, testing::Not(HasSubstr(folder.path())));
}

// Its own rows would have to fit; those of the binary that do not are left out.
TEST(Select, AKernelThatTakesTheShippedOnesPlaceNeedNotFitItsRows) {
  const test::TempDir folder;
  std::string text = WgslFiles::Shipped()->Find(FileKind::kKernel, "rmsnorm")->text;
  const std::string variant = "//! variant: rmsnorm_small { KEEP = 1, WG = 64 }\n";
  ASSERT_NE(text.find(variant), std::string::npos);
  text.erase(text.find(variant), variant.size());
  ASSERT_TRUE(WriteFileAtomic(folder.Path("rmsnorm.wgsl"), text).ok());
  const std::vector<std::string> folders = {folder.path()};
  const auto registry = WgslRegistry::Load(folders);
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  const OpQuery query{.op = "rms_norm", .uniforms = {{"dim", 8}}};
  const auto choice =
      Resolve(query, {}, (*registry)->Kernels(), SampleDevices()[0], Numerics::kExact);
  ASSERT_TRUE(choice.ok()) << choice.status().message();
  EXPECT_THAT(choice->row, HasSubstr("otherwise"));
}

TEST(Select, ARowThatNamesWhatIsNotThereIsRefused) {
  const test::TempDir folder;
  const std::string path = folder.path() + "/select.txt";
  const std::vector<std::string> folders = {folder.path()};
  auto refusal = [&](std::string_view text) {
    EXPECT_TRUE(WriteFileAtomic(path, text).ok());
    const auto registry = WgslRegistry::Load(folders);
    EXPECT_FALSE(registry.ok());
    return registry.ok() ? "" : registry.status().message();
  };
  EXPECT_EQ(refusal("op rms_norm\notherwise => rmsnrm\n"),
            path + ":2: no kernel (rmsnrm) serves op (rms_norm), nearest is (rmsnorm)");
  EXPECT_EQ(refusal("op rms_norm\ndims > 4 => rmsnorm\n"),
            path + ":2: (dims) is nothing that op (rms_norm) or a device has, nearest is (dim)");
  EXPECT_EQ(refusal("op rms_norm\ndim > 4 => rmsnorm { TILE = 4 }\n"),
            path + ":2: (TILE) is no free override of kernel (rmsnorm)");
  EXPECT_EQ(refusal("op rms_norm\ndim > 4 => rmsnorm/big\n"),
            path + ":2: rmsnorm: unknown variant (big)");
}

}  // namespace
}  // namespace ingot::kernels
