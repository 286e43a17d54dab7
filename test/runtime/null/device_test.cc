#include "ingot/runtime/null/device.h"

#include <gtest/gtest.h>

namespace ingot::runtime::null {
namespace {

TEST(NullDevice, FailsTheChosenAllocation) {
  std::unique_ptr<Device> device =
      std::move(*Open({.memory_bytes = 1000, .fail_at_allocation = 2}));
  auto first = device->CreateBuffer(600, "first");
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(
      device->CreateBuffer(100, "second").status(),
      Status(Code::kUnavailable, "second: 100 bytes do not fit in the available memory (400)"));
  EXPECT_TRUE(device->CreateBuffer(100, "third").ok());
  EXPECT_EQ(
      device->CreateBuffer(401, "fourth").status(),
      Status(Code::kUnavailable, "fourth: 401 bytes do not fit in the available memory (400)"));
}

TEST(NullDevice, HasEveryFeatureThatAKernelAsksFor) {
  DeviceFacts facts = (*Open({}))->facts();
  for (const kernels::cpu::CpuKernel& kernel : kernels::cpu::CpuKernels()) {
    for (const std::string& feature : kernel.desc.features) EXPECT_TRUE(facts.Has(feature));
  }
}

TEST(NullDevice, LacksTheFeaturesThatAreHidden) {
  kernels::KernelDesc desc;
  desc.name = "tiled";
  desc.features = {"amx_bf16", "amx_int8"};
  const std::vector<kernels::cpu::CpuKernel> kernels = {{desc, nullptr}};
  std::unique_ptr<Device> rich = std::move(*Open({}, kernels));
  EXPECT_EQ(rich->facts().features, desc.features);
  EXPECT_TRUE(rich->CreatePipeline("tiled", {}).ok());
  std::unique_ptr<Device> poor = std::move(*Open({.hide_features = {"amx_int8"}}, kernels));
  EXPECT_EQ(poor->CreatePipeline("tiled", {}).status(),
            Status(Code::kUnsupported, "tiled: feature (amx_int8) is missing on null"));
}

TEST(NullDevice, OnceLostFailsEveryCallTheSameWay) {
  std::unique_ptr<Device> device = std::move(*Open({.lose_at_submission = 2}));
  auto a = device->CreateBuffer(64, "a");
  auto b = device->CreateBuffer(64, "b");
  auto pipeline = device->CreatePipeline("last_rows", {});
  auto list = device->Record({});
  ASSERT_TRUE(a.ok() && b.ok() && pipeline.ok() && list.ok());
  EXPECT_TRUE(device->Submit(**list).ok());
  const Status lost(Code::kUnavailable, "device null is lost at submission (2)");
  EXPECT_EQ(device->Submit(**list), lost);

  std::array<std::byte, 4> four{};
  EXPECT_EQ(device->Submit(**list), lost);
  EXPECT_EQ(device->Finish(), lost);
  EXPECT_EQ(device->Record({}).status(), lost);
  EXPECT_EQ(device->CreateBuffer(64, "c").status(), lost);
  EXPECT_EQ(device->ImportBuffer(four, nullptr, "d").status(), lost);
  EXPECT_EQ(device->CreatePipeline("last_rows", {}).status(), lost);
  EXPECT_EQ(device->Write(**a, 0, four), lost);
  EXPECT_EQ(device->Read(**a, 0, four), lost);
  EXPECT_EQ(device->Copy(**a, 0, **b, 0, 4), lost);
  EXPECT_EQ(device->PackedBytes("blocks", DType::kF32, 1, 1).status(), lost);
  EXPECT_EQ(device->PackWeight("blocks", DType::kF32, 1, 1, four, "e").status(), lost);

  EXPECT_EQ(device->counts().submissions, 1u);
  list->reset();
  pipeline->reset();
  a->reset();
  b->reset();
  EXPECT_EQ(device->counts().buffers, 0u);
  EXPECT_EQ(device->counts().pipelines, 0u);
}

}  // namespace
}  // namespace ingot::runtime::null
