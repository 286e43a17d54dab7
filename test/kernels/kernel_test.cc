#include "ingot/kernels/kernel.h"

#include <gtest/gtest.h>

#include <set>

#include "ingot/base/quant.h"
#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/kernels/registry.h"

namespace ingot::kernels {
namespace {

KernelDesc Example() {
  KernelDesc desc;
  desc.name = "example";
  OverrideDesc wide;
  wide.name = "WIDE";
  wide.kind = OverrideKind::kBool;
  OverrideDesc tile;
  tile.name = "TILE";
  tile.fallback = 8;
  tile.allowed = {8, 16};
  OverrideDesc count;
  count.name = "COUNT";
  count.fallback = 1;
  count.lo = 1;
  count.hi = 9;
  desc.overrides = {wide, tile, count};
  desc.variants = {{"wide", {{"WIDE", 1}}}};
  return desc;
}

std::string Refusal(std::string_view variant, const OverrideValues& given) {
  auto values = CompleteOverrides(Example(), variant, given);
  return values.ok() ? "" : values.status().message();
}

TEST(CompleteOverrides, DefaultsThenPinsThenGiven) {
  EXPECT_EQ(*CompleteOverrides(Example(), "", {}),
            (OverrideValues{{"COUNT", 1}, {"TILE", 8}, {"WIDE", 0}}));
  EXPECT_EQ(*CompleteOverrides(Example(), "wide", {{"TILE", 16}, {"WIDE", 1}}),
            (OverrideValues{{"COUNT", 1}, {"TILE", 16}, {"WIDE", 1}}));
}

TEST(CompleteOverrides, RefusesWhatIsNotLegal) {
  EXPECT_EQ(Refusal("wied", {}), "example: unknown variant (wied), nearest is (wide)");
  EXPECT_EQ(Refusal("", {{"TIEL", 8}}), "example: unknown override (TIEL), nearest is (TILE)");
  EXPECT_EQ(Refusal("", {{"TILE", 9}}), "example: TILE (9) is not one of (8, 16)");
  EXPECT_EQ(Refusal("", {{"WIDE", 2}}), "example: WIDE (2) is not 0 or 1");
  EXPECT_EQ(Refusal("", {{"COUNT", 10}}), "example: COUNT (10) is not in (1..9)");
  EXPECT_EQ(Refusal("", {{"COUNT", 1.5}}), "example: COUNT (1.5) is not whole");
  EXPECT_EQ(Refusal("wide", {{"WIDE", 0}}), "example/wide: WIDE is pinned to (1), not (0)");
}

// A kernel that takes 4 * WG bytes of workgroup memory for rows of `dim`.
KernelDesc Demanding() {
  KernelDesc desc;
  desc.name = "demanding";
  desc.overrides = {{.name = "WG", .fallback = 64, .allowed = {64, 128}}};
  desc.uniforms = {{.name = "dim"}};
  for (const char* text : {"invocations >= WG", "shared >= 4 * WG", "dim <= WG"}) {
    desc.requirements.push_back(*ParseHeaderExpr(text));
  }
  return desc;
}

std::string RequirementError(const HeaderNumbers& numbers, bool all) {
  const Status status = CheckRequirements(Demanding(), numbers, all);
  EXPECT_TRUE(status.ok() || status.code() == Code::kUnsupported);
  return status.message();
}

TEST(CheckRequirements, HoldOfOverridesUniformsAndFacts) {
  EXPECT_EQ(RequirementError({{"invocations", 64}, {"shared", 256}, {"WG", 64}, {"dim", 64}}, true),
            "");
}

TEST(CheckRequirements, TheFirstThatDoesNotHoldIsNamedWithItsNumbers) {
  HeaderNumbers numbers = {{"invocations", 100}, {"shared", 511}, {"WG", 128}, {"dim", 129}};
  EXPECT_EQ(RequirementError(numbers, true),
            "demanding: requires invocations >= WG, but has invocations (100), WG (128)");
  numbers["invocations"] = 128;
  EXPECT_EQ(RequirementError(numbers, true),
            "demanding: requires shared >= 4 * WG, but has shared (511), WG (128)");
  numbers["shared"] = 512;
  EXPECT_EQ(RequirementError(numbers, true),
            "demanding: requires dim <= WG, but has dim (129), WG (128)");
  numbers["dim"] = 128;
  EXPECT_EQ(RequirementError(numbers, true), "");
}

TEST(CheckRequirements, AUniformWithoutValueIsRefusedOnlyWhereAllMustHold) {
  const HeaderNumbers numbers = {{"invocations", 64}, {"shared", 256}, {"WG", 64}};
  EXPECT_EQ(RequirementError(numbers, false), "");
  EXPECT_EQ(RequirementError(numbers, true),
            "demanding: requires dim <= WG, but dim changes with each run");
}

TEST(CheckRequirements, AComputedOverrideIsPassedOver) {
  KernelDesc desc = Demanding();
  desc.requirements = {*ParseHeaderExpr("invocations >= 4 * COLUMNS")};
  EXPECT_TRUE(CheckRequirements(desc, {{"invocations", 1}}, true).ok());
}

TEST(CheckRequirements, ADivisionByZeroIsAnErrorOfTheHeader) {
  KernelDesc desc = Demanding();
  desc.requirements = {*ParseHeaderExpr("WG % subgroup_max == 0")};
  const Status status = CheckRequirements(desc, {{"WG", 64}, {"subgroup_max", 0}}, true);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message().find("demanding: require WG % subgroup_max == 0: "), 0u)
      << status.message();
}

TEST(CheckRequirements, SharedLinesOfShippedKernelsAreRequirements) {
  const KernelDesc* kernel = FindKernel("webgpu", "rmsnorm");
  ASSERT_NE(kernel, nullptr);
  HeaderNumbers numbers = {{"invocations", 256}, {"WG", 256},         {"USE_SUBGROUPS", 0},
                           {"subgroups", 0},     {"subgroup_max", 1}, {"shared", 1024}};
  EXPECT_TRUE(CheckRequirements(*kernel, numbers, false).ok());
  numbers["shared"] = 1023;
  EXPECT_EQ(CheckRequirements(*kernel, numbers, false).message(),
            "rmsnorm: requires shared >= 4 * WG, but has shared (1023), WG (256)");
}

TEST(WeightFormat, NumbersEveryFormatThatHasACodec) {
  EXPECT_EQ(WeightFormat(DType::kF32), 0u);
  EXPECT_EQ(WeightFormat(DType::kQ4_K), 5u);
  EXPECT_EQ(WeightFormat(DType::kQ2_K), 13u);
  EXPECT_EQ(DTypeOfWeightFormat(14), std::nullopt);
  for (const DTypeTraits& traits : AllDTypes()) {
    if (!HasCodec(traits.dtype)) continue;
    EXPECT_EQ(DTypeOfWeightFormat(WeightFormat(traits.dtype)), traits.dtype);
  }
}

TEST(Registry, FindsEveryKernelByName) {
  ASSERT_FALSE(KernelsOf("cpu").empty());
  EXPECT_EQ(KernelsOf("null").data(), KernelsOf("cpu").data());
  EXPECT_NE(FindKernel("webgpu", "matmul_gemv"), nullptr);
  EXPECT_TRUE(KernelsOf("metal").empty());
  for (const KernelDesc* kernel : KernelsOf("cpu")) {
    EXPECT_EQ(FindKernel("cpu", kernel->name), kernel);
  }
  EXPECT_EQ(FindKernel("cpu", "no_such"), nullptr);
  EXPECT_EQ(FindKernel("cpu", "zzz"), nullptr);
}

TEST(Registry, ServesEveryOp) {
  std::set<std::string> ops;
  for (const KernelDesc* kernel : KernelsOf("cpu")) ops.insert(kernel->op);
  for (const char* op :
       {"embed",     "rms_norm",  "layer_norm",    "matmul",      "add_bias",   "rope",
        "kv_write",  "attention", "softmax",       "silu",        "gelu_tanh",  "gelu",
        "relu",      "sigmoid",   "add",           "mul",         "scale",      "softcap",
        "last_rows", "top_k",     "expert_matmul", "expert_bias", "expert_sum", "swiglu_oai"}) {
    EXPECT_TRUE(ops.contains(op)) << op;
  }
}

TEST(Registry, DescriptionsAreWhole) {
  for (const cpu::CpuKernel& kernel : cpu::CpuKernels()) {
    SCOPED_TRACE(kernel.desc.name);
    EXPECT_NE(kernel.run, nullptr);
    EXPECT_EQ(kernel.desc.target, "cpu");
    EXPECT_FALSE(kernel.desc.formula.empty());
    EXPECT_TRUE(CompleteOverrides(kernel.desc, "", {}).ok()) << "defaults are legal";
    for (const Variant& variant : kernel.desc.variants) {
      EXPECT_TRUE(CompleteOverrides(kernel.desc, variant.name, {}).ok()) << variant.name;
    }
    std::vector<std::string> results = {kernel.desc.in_place.empty() ? "y" : kernel.desc.in_place};
    if (kernel.desc.op == "top_k") results.insert(results.begin(), "routes");
    std::vector<std::string> written;
    for (const BindingDesc& binding : kernel.desc.bindings) {
      EXPECT_FALSE(binding.layout.empty());
      if (binding.access == Access::kReadWrite) written.push_back(binding.name);
    }
    EXPECT_EQ(written, results);
  }
}

}  // namespace
}  // namespace ingot::kernels
