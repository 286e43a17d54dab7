#include "ingot/runtime/cpu/device.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ingot/base/text.h"
#include "ingot/runtime/cpu/memory.h"

namespace ingot::runtime::cpu {
namespace {

using kernels::cpu::Args;
using kernels::cpu::CpuKernel;

// Writes where its bindings lie, and how much of them it is given.
void ShowBindings(const Args& args) {
  for (size_t i = 0; i < args.bindings.size(); ++i) {
    args.Out<uint64_t>(1)[2 * i] = reinterpret_cast<uintptr_t>(args.bindings[i].data());
    args.Out<uint64_t>(1)[2 * i + 1] = args.bindings[i].size();
  }
  args.Out<double>(1)[4] = args.overrides[0] + 10 * args.overrides[1];
  args.Out<double>(1)[5] = args.F32(0);
  args.Out<double>(1)[6] = args.pool->threads();
}

std::vector<CpuKernel> ShowKernel() {
  kernels::KernelDesc desc;
  desc.name = "show";
  desc.target = "cpu";
  desc.bindings = {{"x", "rows", Access::kRead}, {"y", "rows", Access::kReadWrite}};
  desc.uniforms = {{"f", kernels::UniformKind::kF32}};
  desc.overrides.resize(2);
  desc.overrides[0].name = "B";
  desc.overrides[1].name = "A";
  for (kernels::OverrideDesc& row : desc.overrides) row.hi = 9;
  return {{desc, ShowBindings}};
}

TEST(CpuDevice, GivesKernelsWhatTheirDescriptionSays) {
  std::vector<CpuKernel> kernels = ShowKernel();
  std::unique_ptr<Device> device = std::move(*Open({.threads = 2}, kernels));
  alignas(64) static const std::array<float, 32> kHost = {};
  auto x = device->ImportBuffer(std::as_bytes(std::span(kHost)), nullptr, "x");
  auto y = device->CreateBuffer(100, "y");
  auto show = device->CreatePipeline("show", {{"A", 7}, {"B", 3}});
  ASSERT_TRUE(x.ok() && y.ok() && show.ok());
  Command command;
  command.pipeline = show->get();
  command.bindings = {{x->get(), 16, 48, Access::kRead}, {y->get(), 0, 100, Access::kReadWrite}};
  float number = 0.1f;
  command.uniforms.resize(1);
  std::memcpy(command.uniforms.data(), &number, sizeof number);
  auto list = device->Record({command});
  ASSERT_TRUE(list.ok()) << list.status().message();
  ASSERT_TRUE(device->Submit(**list).ok());
  std::array<uint64_t, 4> places;
  std::array<double, 3> values;
  ASSERT_TRUE(device->Read(**y, 0, std::as_writable_bytes(std::span(places))).ok());
  ASSERT_TRUE(device->Read(**y, 32, std::as_writable_bytes(std::span(values))).ok());
  // What was imported is used where it lies.
  EXPECT_EQ(places[0], reinterpret_cast<uintptr_t>(kHost.data()) + 16);
  EXPECT_EQ(places[1], 48u);
  EXPECT_EQ(places[2] % 64, 0u);
  EXPECT_EQ(places[3], 100u);
  EXPECT_EQ(values, (std::array<double, 3>{73, static_cast<double>(0.1f), 2}));
}

TEST(CpuDevice, HasTheFeaturesOfTheProcessor) {
  std::span<const std::string> features = kernels::cpu::CpuFeatures();
  EXPECT_EQ((*Open({}))->facts().features,
            std::vector<std::string>(features.begin(), features.end()));
}

TEST(CpuDevice, BuffersThatTogetherPassTheMemoryAreRefused) {
  uint64_t available = AvailableMemory();
  if (available == UINT64_MAX) GTEST_SKIP() << "this system does not say how much memory it has";
  std::unique_ptr<Device> device = std::move(*Open({.threads = 1}));
  // Untouched, so the system itself would still promise the second.
  auto first = device->CreateBuffer(available / 10 * 6, "first");
  ASSERT_TRUE(first.ok()) << first.status().message();
  uint64_t bytes = available / 10 * 6;
  auto second = device->CreateBuffer(bytes, "second");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Code::kUnavailable);
  std::string begin = StrCat("second: ", bytes, " bytes do not fit in the available memory (");
  EXPECT_EQ(second.status().message().substr(0, begin.size()), begin);
  first->reset();
  EXPECT_TRUE(device->CreateBuffer(bytes, "second").ok());
}

// What is imported is not copied, but a model whose weights do not fit would read its file anew for
// every token.
TEST(CpuDevice, ImportsThatTogetherPassTheMemoryAreRefused) {
  uint64_t available = AvailableMemory();
  if (available == UINT64_MAX) GTEST_SKIP() << "this system does not say how much memory it has";
  std::unique_ptr<Device> device = std::move(*Open({.threads = 1}));
  alignas(64) static const std::byte start{};  // never read
  auto import = [&](const char* label) {
    return device->ImportBuffer({&start, available / 10 * 6}, nullptr, label);
  };
  auto first = import("first");
  ASSERT_TRUE(first.ok()) << first.status().message();
  Status second = import("second").status();
  EXPECT_EQ(second.code(), Code::kUnavailable);
  std::string begin =
      StrCat("second: ", available / 10 * 6, " bytes do not fit in the available memory (");
  EXPECT_EQ(second.message().substr(0, begin.size()), begin);
  first->reset();
  EXPECT_TRUE(import("second").ok());
}

TEST(CpuDevice, BuffersMayBeFreedAfterwardsInAnyOrder) {
  std::unique_ptr<Device> device = std::move(*Open({.threads = 1}));
  auto a = device->CreateBuffer(uint64_t{4} << 20, "a");
  auto b = device->CreateBuffer(uint64_t{4} << 20, "b");
  a->reset();
  b->reset();
  EXPECT_EQ(device->counts(), DeviceCounts());
}

}  // namespace
}  // namespace ingot::runtime::cpu
