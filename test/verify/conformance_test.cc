// Every kernel of the CPU device through the gate, on the shapes of its op.
#include "ingot/verify/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "ingot/kernels/registry.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

std::unique_ptr<runtime::Device> OpenCpu(uint32_t threads) {
  runtime::DeviceOptions options;
  options.kind = "cpu";
  options.threads = threads;
  auto device = runtime::Open(options);
  EXPECT_TRUE(device.ok()) << device.status().message();
  return device.ok() ? std::move(*device) : nullptr;
}

void ExpectConforms(runtime::Device& device, const kernels::KernelDesc& kernel,
                    const ConformanceOptions& options) {
  const Result<Conformance> found = Conform(device, kernel, options);
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_GT(found->passed, 0u);
  for (const Report& report : found->failures) {
    ADD_FAILURE() << Describe(report);
  }
  for (const std::string& variant : found->idle) ADD_FAILURE() << "nothing ran of " << variant;
}

class ConformanceTest : public testing::TestWithParam<const kernels::KernelDesc*> {};

TEST_P(ConformanceTest, HoldsOnEveryShapeOfItsOp) {
  const kernels::KernelDesc& kernel = *GetParam();
  for (uint32_t threads : {1u, 3u}) {
    auto device = OpenCpu(threads);
    ASSERT_NE(device, nullptr);
    for (const std::string& feature : kernel.features) {
      if (!device->facts().Has(feature)) GTEST_SKIP() << "this processor lacks " << feature;
    }
    ExpectConforms(*device, kernel, {.combinations = threads == 3});
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, ConformanceTest,
                         testing::ValuesIn(kernels::KernelsOf("cpu").begin(),
                                           kernels::KernelsOf("cpu").end()),
                         [](const auto& info) { return info.param->name; });

TEST(Conformance, EveryOpWithCasesHasShapesAndAKernel) {
  for (const std::string_view op : CaseOps()) {
    EXPECT_FALSE(ShapesOf(op).empty()) << op;
    auto serves = [&](const kernels::KernelDesc* kernel) { return kernel->op == op; };
    EXPECT_TRUE(std::ranges::any_of(kernels::KernelsOf("cpu"), serves) ||
                std::ranges::any_of(kernels::KernelsOf("webgpu"), serves))
        << op;
  }
}

TEST(Conformance, KernelOfAnotherOpIsRefused) {
  auto device = OpenCpu(1);
  kernels::KernelDesc kernel = *kernels::FindKernel("cpu", "relu");
  kernel.op = "rolu";
  const Result<Conformance> found = Conform(*device, kernel, {});
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.status().message(), "relu: no cases for op (rolu)");
}

TEST(SmokeTest, PassesOnTheCpu) {
  auto device = OpenCpu(2);
  ASSERT_NE(device, nullptr);
  std::vector<Report> reports = SmokeTest(*device);
  EXPECT_GE(reports.size(), 20u);
  for (const Report& report : reports) {
    EXPECT_TRUE(report.ok) << report.kernel << ": " << report.message;
    EXPECT_LE(report.max_error, 1) << report.kernel;
  }
}

}  // namespace
}  // namespace ingot::verify
