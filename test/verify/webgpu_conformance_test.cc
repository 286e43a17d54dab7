// Every WGSL kernel with each of its variants through the gate, on the GPU that there is.
// INGOT_CONFORMANCE=whole takes every shape and every value of the free overrides; without it a
// part of the shapes is taken, since a software GPU is slow.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "test/support/device.h"

#include "ingot/kernels/registry.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/conformance.h"

namespace ingot::verify {
namespace {

constexpr size_t kShortShapes = 3;  // of each variant
constexpr size_t kRepeats = 10;

class WebgpuConformanceTest : public testing::TestWithParam<const kernels::KernelDesc*> {};

TEST_P(WebgpuConformanceTest, Holds) {
  auto opened = test::OpenGpu();
  INGOT_NEED("gpu", opened.ok(), opened.status().message());
  const std::unique_ptr<runtime::Device> device = *std::move(opened);
  ConformanceOptions options;
  options.gate.compare_texts = true;
  if (test::IsWholeRun()) {
    options.combinations = options.large = true;
    options.gate.repeats = kRepeats;
  } else {
    options.shapes = kShortShapes;
  }
  const Result<Conformance> found = Conform(*device, *GetParam(), options);
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_GT(found->passed, 0u);
  for (const Report& report : found->failures) {
    ADD_FAILURE() << Describe(report);
  }
  // What needs a feature that this device has not.
  for (const std::string& variant : found->idle) {
    if (!device->facts().Has("subgroups")) continue;
    ADD_FAILURE() << "nothing ran of " << variant;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, WebgpuConformanceTest,
                         testing::ValuesIn(kernels::KernelsOf("webgpu").begin(),
                                           kernels::KernelsOf("webgpu").end()),
                         [](const auto& info) { return info.param->name; });

TEST(WebgpuSmokeTest, EveryFamilyPasses) {
  auto opened = test::OpenGpu();
  INGOT_NEED("gpu", opened.ok(), opened.status().message());
  const std::unique_ptr<runtime::Device> device = *std::move(opened);
  const std::vector<Report> reports = SmokeTest(*device);
  EXPECT_GE(reports.size(), 20u);
  for (const Report& report : reports) {
    EXPECT_TRUE(report.ok) << report.kernel << ": " << report.message;
  }
}

}  // namespace
}  // namespace ingot::verify
