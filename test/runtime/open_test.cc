#include <gtest/gtest.h>

#include "ingot/runtime/device.h"

namespace ingot::runtime {
namespace {

TEST(Open, KnowsItsKinds) {
  EXPECT_EQ((*Open({.kind = "cpu", .threads = 1}))->facts().threads, 1u);
  EXPECT_EQ((*Open({.kind = "null"}))->facts().kind, "null");
}

TEST(Open, AutoSaysWhyItIsTheCpu) {
  std::string why;
  Result<std::unique_ptr<Device>> device = Open({.webgpu_library = "nowhere/libwebgpu.so"}, &why);
  ASSERT_TRUE(device.ok()) << device.status().message();
  EXPECT_EQ((*device)->facts().kind, "cpu");
  EXPECT_EQ(why,
            Open({.kind = "webgpu", .webgpu_library = "nowhere/libwebgpu.so"}).status().message());
  EXPECT_NE(why, "");
}

TEST(Open, RefusesUnknownKindsAndTooManyThreads) {
  EXPECT_EQ(Open({.kind = "gpu"}).status(),
            Status(Code::kInvalidArgument,
                   "unknown device kind (gpu), there are auto, cpu, webgpu, null"));
  EXPECT_EQ(Open({.kind = "cpu", .threads = 1025}).status(),
            Status(Code::kInvalidArgument, "threads (1025) are more than (1024)"));
}

TEST(Open, HidesFeatures) {
  DeviceFacts all = (*Open({.kind = "cpu"}))->facts();
  if (all.features.empty()) GTEST_SKIP() << "this processor has no features to hide";
  DeviceFacts less = (*Open({.kind = "cpu", .hide_features = {all.features[0]}}))->facts();
  EXPECT_FALSE(less.Has(all.features[0]));
  EXPECT_EQ(less.features.size() + 1, all.features.size());
}

}  // namespace
}  // namespace ingot::runtime
