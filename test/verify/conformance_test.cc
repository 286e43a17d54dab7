// Every kernel of the CPU device through the gate, on the shapes of its row.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "test/verify/kernel_cases.h"

#include "ingot/kernels/registry.h"
#include "ingot/verify/cases.h"

namespace ingot::verify {
namespace {

constexpr uint64_t kSeed = 20;

std::unique_ptr<runtime::Device> OpenCpu(uint32_t threads) {
  runtime::DeviceOptions options;
  options.kind = "cpu";
  options.threads = threads;
  auto device = runtime::Open(options);
  EXPECT_TRUE(device.ok()) << device.status().message();
  return device.ok() ? std::move(*device) : nullptr;
}

void ExpectPass(runtime::Device& device, const Result<KernelCase>& kernel_case) {
  ASSERT_TRUE(kernel_case.ok()) << kernel_case.status().message();
  Report report = Judge(device, *kernel_case);
  EXPECT_TRUE(report.ok) << report.kernel << " " << report.name << ": " << report.message;
}

class ConformanceTest : public testing::TestWithParam<const kernels::KernelDesc*> {};

TEST_P(ConformanceTest, HoldsOnEveryShapeOfItsRow) {
  const kernels::KernelDesc& kernel = *GetParam();
  auto row = std::ranges::find(kKernelCases, kernel.name, &KernelCases::kernel);
  ASSERT_NE(row, kKernelCases.end()) << "no row in test/verify/kernel_cases.h";
  ASSERT_FALSE(row->shapes.empty());
  for (uint32_t threads : {1u, 3u}) {
    auto device = OpenCpu(threads);
    ASSERT_NE(device, nullptr);
    for (const std::string& feature : kernel.features) {
      if (!device->facts().Has(feature)) GTEST_SKIP() << "this processor lacks " << feature;
    }
    std::vector<std::string> variants = {""};
    for (const kernels::Variant& variant : kernel.variants) variants.push_back(variant.name);
    for (std::string_view shape : row->shapes) {
      for (const std::string& variant : variants) {
        ExpectPass(*device, MakeCase(kernel, variant, shape, kSeed));
      }
    }
  }
}

// The free overrides at their ends, one at a time.
TEST_P(ConformanceTest, HoldsAtTheEndsOfEveryRange) {
  const kernels::KernelDesc& kernel = *GetParam();
  auto row = std::ranges::find(kKernelCases, kernel.name, &KernelCases::kernel);
  ASSERT_NE(row, kKernelCases.end());
  auto device = OpenCpu(2);
  ASSERT_NE(device, nullptr);
  for (const std::string& feature : kernel.features) {
    if (!device->facts().Has(feature)) GTEST_SKIP() << "this processor lacks " << feature;
  }
  for (const kernels::OverrideDesc& override_desc : kernel.overrides) {
    if (override_desc.clazz != kernels::OverrideClass::kTune) continue;
    std::vector<double> values = override_desc.allowed;
    if (values.empty()) values = {override_desc.lo, override_desc.hi};
    for (double value : values) {
      for (size_t i = 0; i < row->shapes.size(); i += 4) {
        auto kernel_case = MakeCase(kernel, "", row->shapes[i], kSeed);
        ASSERT_TRUE(kernel_case.ok()) << kernel_case.status().message();
        kernel_case->overrides[override_desc.name] = value;
        ExpectPass(*device, kernel_case);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, ConformanceTest,
                         testing::ValuesIn(kernels::KernelsOf("cpu").begin(),
                                           kernels::KernelsOf("cpu").end()),
                         [](const auto& info) { return info.param->name; });

TEST(Conformance, EveryRowNamesAKernel) {
  for (const KernelCases& row : kKernelCases) {
    EXPECT_NE(kernels::FindKernel("cpu", row.kernel), nullptr) << row.kernel;
  }
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
