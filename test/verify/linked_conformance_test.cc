// Every stage in a slot of matmul_gemv that it fits, and stages over stages, through the gate on
// the GPU that there is: recipes of a user's folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "test/support/device.h"

#include "ingot/kernels/kernel.h"
#include "ingot/verify/conformance.h"

namespace ingot::verify {
namespace {

const std::string kFolder = INGOT_SOURCE_DIR "/test/kernels/stages";

// What argmax_partial leaves depends on how the columns are dealt out, and formats that differ from
// head to head are no choice of a case.
bool IsLeftOut(const std::string& name) { return name == "gemv_argmax" || name == "gemv_mixed"; }

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (!IsLeftOut(entry.path().stem())) names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

std::unique_ptr<runtime::Device> OpenGpu(Status* why) {
  runtime::DeviceOptions options = test::DeviceOptionsUnderTest();
  options.kind = "webgpu";
  options.kernel_dirs = {kFolder};
  auto opened = runtime::Open(options);
  *why = opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

class LinkedTest : public testing::TestWithParam<std::string> {};

TEST_P(LinkedTest, IsWhatItsOpsAre) {
  Status why;
  const std::unique_ptr<runtime::Device> device = OpenGpu(&why);
  INGOT_NEED("gpu", device != nullptr, why.message());
  auto kernel = std::ranges::find(device->kernels(), GetParam(), &kernels::KernelDesc::name);
  ASSERT_NE(kernel, device->kernels().end());
  const Result<Conformance> found = Conform(*device, **kernel, {.shapes = 3});
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_GT(found->passed, 2u);
  for (const Report& report : found->failures) ADD_FAILURE() << Describe(report);
}

TEST(LinkedPipelines, CompileWhereNoCaseRunsThem) {
  Status why;
  const std::unique_ptr<runtime::Device> device = OpenGpu(&why);
  INGOT_NEED("gpu", device != nullptr, why.message());
  for (const kernels::KernelDesc* kernel : device->kernels()) {
    if (!IsLeftOut(kernel->name)) continue;
    const auto overrides = kernels::CompleteOverrides(*kernel, "plain", {});
    ASSERT_TRUE(overrides.ok()) << overrides.status().message();
    const Status status = device->CreatePipeline(kernel->name, *overrides).status();
    EXPECT_TRUE(status.ok()) << status.message();
  }
}

INSTANTIATE_TEST_SUITE_P(Stages, LinkedTest, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ingot::verify
