// The gate against kernels that lie: each fault that it exists to catch must be caught.
#include "ingot/verify/gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "ingot/kernels/registry.h"
#include "ingot/verify/cases.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

using runtime::BoundBuffer;

struct HostBuffer : runtime::Buffer {
  explicit HostBuffer(uint64_t size, std::string name) : memory(size), name(std::move(name)) {}
  uint64_t bytes() const override { return memory.size(); }
  const std::string& label() const override { return name; }
  std::vector<std::byte> memory;
  std::string name;
};

struct HostPipeline : runtime::Pipeline {
  const kernels::KernelDesc& desc() const override { return *kernel; }
  const kernels::KernelDesc* kernel = nullptr;
};

struct HostCommands : runtime::CommandList {
  std::vector<runtime::Command> commands;
};

// A device whose every kernel is `body`, given the first bytes of each binding; it runs them as
// they are and protects nothing.
class LyingDevice : public runtime::Device {
 public:
  using Body = std::function<void(const std::vector<std::byte*>& bindings, int run)>;
  explicit LyingDevice(Body body) : body_(std::move(body)) {}

  const DeviceFacts& facts() const override { return facts_; }
  std::span<const kernels::KernelDesc* const> kernels() const override { return {}; }
  Result<std::unique_ptr<runtime::Buffer>> CreateBuffer(uint64_t bytes,
                                                        std::string label) override {
    return std::unique_ptr<runtime::Buffer>(new HostBuffer(bytes, std::move(label)));
  }
  Result<std::unique_ptr<runtime::Buffer>> ImportBuffer(std::span<const std::byte>,
                                                        std::shared_ptr<const void>,
                                                        std::string label) override {
    return Status(Code::kUnsupported, std::move(label));
  }
  Result<std::shared_ptr<runtime::Pipeline>> CreatePipeline(std::string_view kernel,
                                                            const OverrideValues&) override {
    auto pipeline = std::make_shared<HostPipeline>();
    pipeline->kernel = kernels::FindKernel("cpu", kernel);
    return std::shared_ptr<runtime::Pipeline>(pipeline);
  }
  Status Write(runtime::Buffer& buffer, uint64_t offset,
               std::span<const std::byte> bytes) override {
    std::memcpy(Memory(buffer) + offset, bytes.data(), bytes.size());
    return {};
  }
  Status Read(runtime::Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) override {
    std::memcpy(bytes.data(), Memory(buffer) + offset, bytes.size());
    return {};
  }
  Status Copy(runtime::Buffer&, uint64_t, runtime::Buffer&, uint64_t, uint64_t) override {
    return {};
  }
  Result<uint64_t> PackedBytes(std::string_view layout, DType, uint64_t, uint64_t) override {
    return Status(Code::kNotFound, std::string(layout));
  }
  Result<std::unique_ptr<runtime::Buffer>> PackWeight(std::string_view layout, DType, uint64_t,
                                                      uint64_t, std::span<const std::byte>,
                                                      std::string) override {
    return Status(Code::kNotFound, std::string(layout));
  }
  Result<std::unique_ptr<runtime::CommandList>> Record(
      std::vector<runtime::Command> commands) override {
    auto list = std::make_unique<HostCommands>();
    list->commands = std::move(commands);
    return std::unique_ptr<runtime::CommandList>(std::move(list));
  }
  Status Submit(runtime::CommandList& list) override {
    for (const runtime::Command& command : static_cast<HostCommands&>(list).commands) {
      std::vector<std::byte*> bindings;
      for (const BoundBuffer& bound : command.bindings) {
        bindings.push_back(Memory(*bound.buffer) + bound.offset);
      }
      body_(bindings, runs_++);
    }
    return {};
  }
  Status Finish() override { return {}; }
  runtime::DeviceCounts counts() const override { return {}; }

 private:
  static std::byte* Memory(runtime::Buffer& buffer) {
    return static_cast<HostBuffer&>(buffer).memory.data();
  }
  Body body_;
  DeviceFacts facts_;
  int runs_ = 0;
};

constexpr size_t kSize = 20;

// y = max(x, 0) over 20 elements, with `fault` after it.
Report JudgeRelu(const std::function<void(float* x, float* y, int run)>& fault) {
  LyingDevice device([&](const std::vector<std::byte*>& bindings, int run) {
    auto* x = reinterpret_cast<float*>(bindings[0]);
    auto* y = reinterpret_cast<float*>(bindings[1]);
    for (size_t i = 0; i < kSize; ++i) y[i] = std::max(x[i], 0.0f);
    fault(x, y, run);
  });
  auto kernel_case = MakeCase(*kernels::FindKernel("cpu", "relu"), "", "size=20", 3);
  EXPECT_TRUE(kernel_case.ok()) << kernel_case.status().message();
  return Judge(device, *kernel_case);
}

TEST(Gate, HonestKernelPasses) {
  Report report = JudgeRelu([](float*, float*, int) {});
  EXPECT_TRUE(report.ok) << report.message;
  EXPECT_EQ(report.kernel, "relu");
  EXPECT_EQ(report.name, "size=20");
  EXPECT_EQ(report.max_error, 0);
}

TEST(Gate, WrongElementIsRefusedWithItsPlace) {
  Report report = JudgeRelu([](float*, float* y, int) { y[7] = 99; });
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.message.substr(0, 31), "element (7) is (99), wanted (0)");
}

TEST(Gate, ErrorJustAboveTheBoundIsRefused) {
  EXPECT_TRUE(JudgeRelu([](float*, float* y, int) { y[3] += 0.9e-5f; }).ok);
  EXPECT_FALSE(JudgeRelu([](float*, float* y, int) { y[3] += 1.5e-5f; }).ok);
}

TEST(Gate, AllNanIsRefused) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  Report report = JudgeRelu([=](float*, float* y, int) { std::fill_n(y, kSize, nan); });
  EXPECT_FALSE(report.ok);
}

TEST(Gate, ElementLeftUnwrittenIsRefused) {
  LyingDevice device([](const std::vector<std::byte*>&, int) {});
  auto kernel_case = MakeCase(*kernels::FindKernel("cpu", "relu"), "", "size=20", 3);
  Report report = Judge(device, *kernel_case);
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.message, "word (0) was not written");
}

TEST(Gate, WriteOutsideIsRefused) {
  Report after = JudgeRelu([](float*, float* y, int) { y[kSize] = 0; });
  EXPECT_EQ(after.message, "binding y: byte (80) of (80), outside of it, was written");
  Report before = JudgeRelu([](float*, float* y, int) { y[-1] = 0; });
  EXPECT_EQ(before.message, "binding y: byte (-4) of (80), outside of it, was written");
}

TEST(Gate, WrittenInputIsRefused) {
  Report report = JudgeRelu([](float* x, float*, int) { x[2] += 1; });
  EXPECT_EQ(report.message.substr(0, 17), "binding x: byte (");
}

TEST(Gate, RunThatDiffersIsRefused) {
  Report report = JudgeRelu([](float*, float* y, int run) {
    if (run == 3) y[5] += 1e-7f;
  });
  EXPECT_EQ(report.message,
            "run (3) differs from the first at word (5): it is (0x33d6bf95), it was (0x0)");
}

TEST(Gate, DispatchThatDiffersBesideOthersIsRefused) {
  Report report = JudgeRelu([](float*, float* y, int run) {
    if (run == 5) y[5] = 4;  // the second of those side by side
  });
  EXPECT_EQ(report.message,
            "dispatch (1) of (2) side by side differs from the first at word (5): it is "
            "(0x40800000), it was (0x0)");
}

TEST(Gate, RepeatsAsOftenAsItIsTold) {
  int runs = 0;
  LyingDevice device([&](const std::vector<std::byte*>& bindings, int) {
    ++runs;
    auto* x = reinterpret_cast<float*>(bindings[0]);
    auto* y = reinterpret_cast<float*>(bindings[1]);
    for (size_t i = 0; i < kSize; ++i) y[i] = std::max(x[i], 0.0f);
  });
  auto kernel_case = MakeCase(*kernels::FindKernel("cpu", "relu"), "", "size=20", 3);
  EXPECT_TRUE(Gate(device, {.repeats = 10}).Judge(*kernel_case).ok);
  EXPECT_EQ(runs, 20);  // ten alone, ten side by side
}

TEST(Gate, WhatIsPastAnInputIsNotTrusted) {
  Report report = JudgeRelu([](float* x, float* y, int) { y[3] += 0 * x[kSize]; });
  EXPECT_EQ(report.message.substr(0, 16), "element (3) is (");
}

TEST(Tolerance, NothingToCompareFails) {
  EXPECT_EQ(Compare({}, {}, {}).message, "elements are (0), wanted (0)");
  std::vector<float> got(3);
  EXPECT_FALSE(Compare(got, {0, 0}, {0, 0}).ok);
}

TEST(Tolerance, SpecialValuesCompareByClass) {
  float inf = std::numeric_limits<float>::infinity();
  float nan = std::nanf("");
  EXPECT_TRUE(Compare(std::vector{inf, nan}, {inf, nan}, {0, 0}).ok);
  EXPECT_FALSE(Compare(std::vector{inf}, {-inf}, {1e300}).ok);
  EXPECT_FALSE(Compare(std::vector{nan}, {0}, {1e300}).ok);
  EXPECT_FALSE(Compare(std::vector{0.0f}, {nan}, {1e300}).ok);
}

TEST(Cases, RefuseWhatTheyDoNotKnow) {
  const kernels::KernelDesc& relu = *kernels::FindKernel("cpu", "relu");
  auto refusal = [&](const kernels::KernelDesc& kernel, std::string_view shape) {
    return MakeCase(kernel, "", shape, 1).status().message();
  };
  EXPECT_EQ(refusal(relu, "sise=3"), "relu sise=3: (sise=3) fits nothing of the op");
  EXPECT_EQ(refusal(relu, "size=three"), "relu size=three: (size=three) fits nothing of the op");
  EXPECT_EQ(refusal(relu, "size"), "shape (size): (size) is not one more NAME=VALUE");
  const kernels::KernelDesc& gather = *kernels::FindKernel("cpu", "gather");
  EXPECT_EQ(refusal(gather, "dim=100 format=q4_k"),
            "gather dim=100 format=q4_k: (format=q4_k) fits nothing of the op");
}

TEST(Cases, SeedsAndTensorsHaveStreamsOfTheirOwn) {
  const kernels::KernelDesc& add = *kernels::FindKernel("cpu", "residual");
  auto one = MakeCase(add, "", "size=8", 1);
  auto same = MakeCase(add, "", "size=8", 1);
  auto other = MakeCase(add, "", "size=8", 2);
  EXPECT_EQ(one->bindings[0].bytes, same->bindings[0].bytes);
  EXPECT_NE(one->bindings[0].bytes, other->bindings[0].bytes);
  EXPECT_NE(one->bindings[0].bytes, one->bindings[1].bytes);
}

TEST(Cases, CommandFollowsFromOverrides) {
  kernels::KernelDesc kernel;
  kernel.name = "counted";
  kernel.uniforms.resize(2);
  kernel.uniforms[0].name = "vocab";
  kernel.uniforms[1].name = "parts";
  kernel.uniforms[1].value = *kernels::ParseHeaderExpr("ceil(vocab, WG)");
  kernel.grid = *kernels::ParseGrid("linear(parts), 1, WG / 32");
  HostPipeline pipeline;
  pipeline.kernel = &kernel;
  KernelCase counted;
  counted.kernel = &kernel;
  counted.uniforms = {1000, 0};
  Result<runtime::Command> command = MakeCommand(counted, {{"WG", 64}}, DeviceFacts(), pipeline);
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->uniforms, (std::vector<uint32_t>{1000, 16}));
  EXPECT_EQ(command->grid, (std::array<uint32_t, 3>{16, 1, 2}));
  // An axis ends at 65535.
  counted.uniforms = {64 * 65536, 0};
  command = MakeCommand(counted, {{"WG", 64}}, DeviceFacts(), pipeline);
  EXPECT_EQ(command->grid, (std::array<uint32_t, 3>{32768, 2, 2}));
  counted.uniforms = {};
  EXPECT_EQ(MakeCommand(counted, {{"WG", 64}}, DeviceFacts(), pipeline).status().message(),
            "bindings (0) and uniforms (0) are not the kernel's (0, 2)");
}

TEST(Cases, TimedWeightRepeatsItsFirstRows) {
  const kernels::KernelDesc& matmul = *kernels::FindKernel("cpu", "matmul_reference");
  constexpr std::string_view kShape = "rows=1 cols=2000 depth=256 format=q8_0";
  Result<KernelCase> timed = MakeTimedCase(matmul, kShape, 1);
  ASSERT_TRUE(timed.ok()) << timed.status().message();
  auto weight = std::ranges::find(timed->bindings, 2000u, &CaseBinding::rows);
  ASSERT_NE(weight, timed->bindings.end());
  ASSERT_EQ(weight->bytes.size(), 2000u * 8 * 34);
  for (const CaseResult& result : timed->results) EXPECT_TRUE(result.want.empty());
  const size_t period = 1025 * 8 * 34;  // 2^18 values, and a row
  EXPECT_TRUE(std::ranges::equal(std::span(weight->bytes).subspan(period),
                                 std::span(weight->bytes).first(weight->bytes.size() - period)));
  auto described = DescribeCase(matmul, kShape);
  EXPECT_EQ(described->work, timed->work);
  EXPECT_TRUE(std::ranges::find(described->bindings, 2000u, &CaseBinding::rows)->bytes.empty());
}

}  // namespace
}  // namespace ingot::verify
