// Combinations of override values: which there are, and that what links keeps to its header.
#include "ingot/verify/combinations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "ingot/base/text.h"
#include "ingot/kernels/link.h"
#include "ingot/kernels/registry.h"

namespace ingot::verify {
namespace {

DeviceFacts LargeGpu() {
  DeviceFacts facts;
  facts.features = {"exact_unpack", "f16", "subgroups"};
  facts.max_workgroup_invocations = 1024;
  facts.max_workgroup_bytes = 49152;
  facts.subgroup_min = facts.subgroup_max = 32;
  return facts;
}

kernels::KernelDesc Small() {
  kernels::KernelDesc kernel;
  kernel.name = "small";
  kernel.overrides = {{.name = "WG", .fallback = 64, .allowed = {64, 128, 256}},
                      {.name = "FLAG", .kind = kernels::OverrideKind::kBool},
                      {.name = "LANES", .fallback = 4, .lo = 1, .hi = 256, .power_of_two = true}};
  kernel.requirements = {*kernels::ParseHeaderExpr("LANES <= WG"),
                         *kernels::ParseHeaderExpr("FLAG == false or LANES >= 4"),
                         *kernels::ParseHeaderExpr("size % WG == 0")};
  return kernel;
}

TEST(Combinations, FewAreAllTaken) {
  const Combinations found = Combine(Small(), LargeGpu());
  // 7, 8 and 9 powers of two up to WG; two fewer of each with FLAG.
  EXPECT_EQ(found.legal.size(), 7u + 8 + 9 + 5 + 6 + 7);
  // LANES 128 and 256 with WG 64, 256 with 128; 1 and 2 with FLAG.
  EXPECT_EQ(found.illegal.size(), 5u);
  for (const OverrideValues& values : found.illegal) {
    EXPECT_TRUE(values.at("LANES") > values.at("WG") || values.at("LANES") < 4);
  }
}

TEST(Combinations, NoneHasNone) {
  EXPECT_EQ(Combine({}, LargeGpu()).legal, (std::vector<OverrideValues>{{}}));
}

// Whether one of the combinations has both values.
bool Holds(const std::vector<OverrideValues>& combinations, const std::string& a, double value_a,
           const std::string& b, double value_b) {
  return std::ranges::any_of(combinations, [&](const OverrideValues& values) {
    return values.at(a) == value_a && values.at(b) == value_b;
  });
}

TEST(Combinations, EveryTwoValuesStandTogetherOrAreKeptApart) {
  for (const char* name : {"matmul", "matmul_gemv", "attention_split"}) {
    const kernels::KernelDesc& kernel = *kernels::FindKernel("webgpu", name);
    const Combinations found = Combine(kernel, LargeGpu());
    EXPECT_GT(found.legal.size(), 30u) << name;
    EXPECT_LT(found.legal.size(), 300u) << name;
    size_t missing = 0;
    for (const kernels::OverrideDesc& a : kernel.overrides) {
      for (const kernels::OverrideDesc& b : kernel.overrides) {
        if (a.name >= b.name) continue;
        for (const double value_a : ValuesOf(a)) {
          for (const double value_b : ValuesOf(b)) {
            const bool stands = Holds(found.legal, a.name, value_a, b.name, value_b);
            if (!stands && !Holds(found.illegal, a.name, value_a, b.name, value_b)) ++missing;
          }
        }
      }
    }
    // What three values forbid only together.
    EXPECT_LE(missing, 8u) << name;
  }
}

TEST(Combinations, ValuesOfARangeAreItsEndsDefaultAndMiddle) {
  kernels::OverrideDesc desc{.name = "HEAD_DIM", .fallback = 64, .lo = 4, .hi = 512, .step = 4};
  EXPECT_EQ(ValuesOf(desc), (std::vector<double>{4, 64, 256, 512}));
  EXPECT_EQ(ValueOutside(desc), 513);
  desc = {.name = "W_FORMAT", .fallback = 0, .lo = 0, .hi = 3};
  EXPECT_EQ(ValuesOf(desc), (std::vector<double>{0, 1, 2, 3}));
}

// What WebGPU promises of every device: no features, 256 invocations, 16 KiB.
TEST(Combinations, EveryKernelLinksAtDefaultLimits) {
  DeviceFacts facts;
  facts.max_workgroup_invocations = 256;
  facts.max_workgroup_bytes = 16384;
  facts.max_storage_bindings = 8;
  for (const kernels::KernelDesc* kernel : kernels::KernelsOf("webgpu")) {
    const kernels::LinkRequest request{.kernel = kernel->name};
    const Status status = Link(kernels::WgslRegistry::Shipped(), request, facts).status();
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_FALSE(Combine(*kernel, facts).legal.empty()) << kernel->name;
  }
}

// A device with less workgroup memory than the text declares must be refused by the header.
TEST(Combinations, HeadersStateTheMemoryOfEveryChoice) {
  constexpr uint64_t kRounding = 16;
  for (const kernels::KernelDesc* kernel : kernels::KernelsOf("webgpu")) {
    const Combinations found = Combine(*kernel, LargeGpu());
    for (size_t i = 0; i < found.legal.size(); i += 5) {
      kernels::LinkRequest request{.kernel = kernel->name, .overrides = found.legal[i]};
      DeviceFacts facts = LargeGpu();
      const auto linked = Link(kernels::WgslRegistry::Shipped(), request, facts);
      ASSERT_TRUE(linked.ok()) << linked.status().message();
      if (linked->workgroup_bytes == 0) continue;
      facts.max_workgroup_bytes = static_cast<uint32_t>(linked->workgroup_bytes - kRounding);
      const Status status = Link(kernels::WgslRegistry::Shipped(), request, facts).status();
      EXPECT_TRUE(status.message().starts_with(StrCat(kernel->name, ": requires shared >= ")))
          << status.message();
    }
  }
}

}  // namespace
}  // namespace ingot::verify
