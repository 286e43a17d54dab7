// What only a GPU can do or get wrong: grids, limits, shader text, memory, loss.
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "test/runtime/webgpu/shaders.h"
#include "test/support/resident.h"

#include "ingot/base/text.h"

// Short memory is told to who asked for it, as it is without the sanitizer.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

namespace ingot::runtime::webgpu {
namespace {

uint32_t Bits(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

class GpuDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    INGOT_NEEDS_GPU();
    Result<std::unique_ptr<Device>> device = Open({}, Shaders());
    ASSERT_TRUE(device.ok()) << device.status().message();
    device_ = std::move(*device);
  }

  Device& device() { return *device_; }

  std::unique_ptr<Buffer> Make(uint64_t bytes, std::string label = "b") {
    Result<std::unique_ptr<Buffer>> buffer = device_->CreateBuffer(bytes, std::move(label));
    EXPECT_TRUE(buffer.ok()) << buffer.status().message();
    return std::move(*buffer);
  }
  std::unique_ptr<Buffer> MakeFilled(const std::vector<float>& values) {
    std::unique_ptr<Buffer> buffer = Make(values.size() * 4);
    EXPECT_TRUE(device_->Write(*buffer, 0, std::as_bytes(std::span(values))).ok());
    return buffer;
  }
  std::vector<float> Floats(Buffer& buffer) {
    std::vector<float> values(buffer.bytes() / 4, -1.0f);
    EXPECT_TRUE(device_->Read(buffer, 0, std::as_writable_bytes(std::span(values))).ok());
    return values;
  }
  Status PipelineStatus(std::string_view kernel, OverrideValues overrides = {}) {
    return device_->CreatePipeline(kernel, overrides).status();
  }
  std::shared_ptr<Pipeline> MakePipeline(std::string_view kernel, OverrideValues overrides = {}) {
    Result<std::shared_ptr<Pipeline>> pipeline = device_->CreatePipeline(kernel, overrides);
    EXPECT_TRUE(pipeline.ok()) << pipeline.status().message();
    return std::move(*pipeline);
  }
  static Command On(Pipeline& pipeline, std::vector<Buffer*> buffers,
                    std::vector<uint32_t> uniforms, std::array<uint32_t, 3> grid = {1, 1, 1}) {
    Command command;
    command.pipeline = &pipeline;
    for (size_t i = 0; i < buffers.size(); ++i) {
      command.bindings.push_back(
          {buffers[i], 0, buffers[i]->bytes(), pipeline.desc().bindings[i].access});
    }
    command.uniforms = std::move(uniforms);
    command.grid = grid;
    command.label = "blk.0 " + pipeline.desc().name;
    return command;
  }
  Status Run(std::vector<Command> commands) {
    INGOT_ASSIGN(std::unique_ptr<CommandList> list, device_->Record(std::move(commands)));
    return device_->Submit(*list);
  }

  std::unique_ptr<Device> device_;
};

TEST_F(GpuDeviceTest, RunsAWholeGrid) {
  std::shared_ptr<Pipeline> fill = MakePipeline("fill", {{"WG", 128}, {"VALUE", 2.5}});
  std::unique_ptr<Buffer> y = Make(1001 * 4);
  ASSERT_TRUE(Run({On(*fill, {y.get()}, {1000}, {8, 1, 1})}).ok());
  std::vector<float> want(1001, 2.5f);
  want.back() = 0;
  EXPECT_EQ(Floats(*y), want);
}

TEST_F(GpuDeviceTest, KeepsTheUniformsOfEveryDispatchApart) {
  std::shared_ptr<Pipeline> scale = MakePipeline("scale");
  std::unique_ptr<Buffer> y = MakeFilled(std::vector<float>(100, 1.0f));
  std::vector<Command> commands;
  for (uint32_t i = 1; i <= 20; ++i) {
    commands.push_back(On(*scale, {y.get()}, {5 * i, Bits(2.0f)}, {2, 1, 1}));
  }
  ASSERT_TRUE(Run(commands).ok());
  std::vector<float> want;
  for (int i = 0; i < 100; ++i) want.push_back(std::ldexp(1.0f, 20 - i / 5));
  EXPECT_EQ(Floats(*y), want);
}

TEST_F(GpuDeviceTest, MultipliesMatrices) {
  constexpr uint32_t kRows = 3, kCols = 5, kDepth = 70;
  std::vector<float> x(kRows * kDepth), w(kCols * kDepth);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
  for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i % 11) - 5;
  std::vector<float> want;
  for (uint32_t r = 0; r < kRows; ++r) {
    for (uint32_t c = 0; c < kCols; ++c) {
      want.push_back(std::inner_product(x.begin() + r * kDepth, x.begin() + (r + 1) * kDepth,
                                        w.begin() + c * kDepth, 0.0f));
    }
  }
  std::unique_ptr<Buffer> xs = MakeFilled(x), ws = MakeFilled(w), y = Make(want.size() * 4);
  for (double lanes : {1, 32, 64}) {
    std::shared_ptr<Pipeline> matmul = MakePipeline("matmul", {{"WG", lanes}});
    Command command =
        On(*matmul, {xs.get(), ws.get(), y.get()}, {kRows, kCols, kDepth}, {kCols, kRows, 1});
    ASSERT_TRUE(Run({command}).ok());
    EXPECT_EQ(Floats(*y), want) << lanes;
  }
}

TEST_F(GpuDeviceTest, CarriesMoreThanOnePartUpAndBack) {
  // Once around the ring of an upload and on, with a tail that is no whole word.
  std::vector<std::byte> bytes((uint64_t{330} << 20) + 3);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i * 2654435761u >> 24);
  Result<std::unique_ptr<Buffer>> buffer = device().ImportBuffer(bytes, nullptr, "w");
  ASSERT_TRUE(buffer.ok()) << buffer.status().message();
  std::vector<std::byte> back(bytes.size());
  ASSERT_TRUE(device().Read(**buffer, 0, back).ok());
  EXPECT_TRUE(back == bytes);
  std::vector<std::byte> odd(uint64_t{17} << 20);
  ASSERT_TRUE(device().Read(**buffer, 5, odd).ok());
  EXPECT_TRUE(std::equal(odd.begin(), odd.end(), bytes.begin() + 5));
}

TEST_F(GpuDeviceTest, RefusesAGridAboveItsLimit) {
  std::shared_ptr<Pipeline> fill = MakePipeline("fill", {{"WG", 64}, {"VALUE", 1}});
  std::unique_ptr<Buffer> y = Make(64);
  EXPECT_EQ(device().Record({On(*fill, {y.get()}, {16}, {1, 70000, 1})}).status(),
            Status(Code::kInvalidArgument,
                   "blk.0 fill: grid (1, 70000, 1) is more than the "
                   "device's limit (65535) on an axis"));
}

TEST_F(GpuDeviceTest, RefusesABindingAboveItsLimit) {
  uint64_t limit = device().facts().max_binding_bytes;
  if (limit + 16 > device().facts().max_buffer_bytes || limit > uint64_t{1} << 30) {
    GTEST_SKIP() << "whole buffers can be bound";
  }
  std::shared_ptr<Pipeline> scale = MakePipeline("scale");
  std::unique_ptr<Buffer> y = Make(limit + 16, "cache");
  EXPECT_EQ(
      device().Record({On(*scale, {y.get()}, {1, 0})}).status(),
      Status(Code::kUnsupported, StrCat("blk.0 scale: binding y: bytes (", limit + 16,
                                        ") are more than the device binds at once (", limit, ")")));
}

TEST_F(GpuDeviceTest, HoldsWorkgroupsAgainstItsLimits) {
  const DeviceFacts& facts = device().facts();
  uint32_t lanes = facts.max_workgroup_invocations;
  EXPECT_TRUE(PipelineStatus("fill", {{"WG", double(lanes)}, {"VALUE", 0}}).ok());
  Status wide = PipelineStatus("fill", {{"WG", double(lanes + 1)}, {"VALUE", 0}});
  EXPECT_EQ(wide.code(), Code::kUnsupported);
  // An adapter may have the same limit for an axis and for the whole.
  EXPECT_THAT((std::vector<std::string>{"fill: workgroup size", "fill: workgroup size on axis 0"}),
              ::testing::Contains(wide.message().substr(0, wide.message().find(" ("))));
  uint32_t words = facts.max_workgroup_bytes / 4;
  EXPECT_TRUE(PipelineStatus("roomy", {{"WORDS", double(words)}}).ok());
  EXPECT_EQ(
      PipelineStatus("roomy", {{"WORDS", double(words + 1)}}),
      Status(Code::kUnsupported, StrCat("roomy: workgroup memory (", words * 4 + 4,
                                        ") is more than the device's limit (", words * 4, ")")));
}

TEST_F(GpuDeviceTest, SaysWhereAShaderDoesNotCompile) {
  EXPECT_EQ(
      PipelineStatus("broken"),
      Status(
          Code::kInvalidArgument,
          "broken: line 3 column 11 (let x = undeclared;): no definition in scope for identifier: "
          "`undeclared`"));
  EXPECT_EQ(PipelineStatus("broken"), PipelineStatus("broken"));
  EXPECT_EQ(device().counts().pipelines, 0u);
}

TEST_F(GpuDeviceTest, CompilesManyPipelinesAtOnce) {
  std::vector<PipelineRequest> requests = {{"scale", {}}, {"scale", {}}, {"residual", {}}};
  for (double lanes : {32, 64, 128}) requests.push_back({"fill", {{"WG", lanes}, {"VALUE", 7}}});
  std::vector<std::shared_ptr<Pipeline>> ready = device().Precompile(requests);
  EXPECT_EQ(ready.size(), requests.size());
  const uint64_t alive = device().counts().pipelines;
  std::shared_ptr<Pipeline> fill = MakePipeline("fill", {{"WG", 128}, {"VALUE", 7}});
  EXPECT_EQ(fill, ready.back());
  EXPECT_EQ(device().counts().pipelines, alive);
  std::unique_ptr<Buffer> y = Make(16);
  ASSERT_TRUE(Run({On(*fill, {y.get()}, {3})}).ok());
  EXPECT_EQ(Floats(*y), (std::vector<float>{7, 7, 7, 0}));
  EXPECT_EQ(device().Precompile(requests).back(), fill);
  ready.clear();
  fill.reset();
  EXPECT_EQ(device().counts().pipelines, 0u);
}

TEST_F(GpuDeviceTest, LeavesWhatDoesNotCompileToWhoAsksForIt) {
  const double lanes = device().facts().max_workgroup_invocations + 1.0;
  const PipelineRequest illegal[] = {{"unknown", {}},
                                     {"fill", {{"WG", 1}}},
                                     {"fill", {{"WG", lanes}, {"VALUE", 0}}},
                                     {"scale", {}}};
  EXPECT_EQ(device().Precompile(illegal).size(), 1u);
  const PipelineRequest faulty[] = {{"residual", {}}, {"broken", {}}, {"stubborn", {}}};
  EXPECT_TRUE(device().Precompile(faulty).empty());
  EXPECT_EQ(PipelineStatus("broken").message(),
            "broken: line 3 column 11 (let x = undeclared;): no definition in scope for "
            "identifier: `undeclared`");
  EXPECT_TRUE(PipelineStatus("residual").ok());
  DestroyUnderneath(device());
  EXPECT_TRUE(device().Precompile(illegal).empty());
  EXPECT_EQ(device().Finish().code(), Code::kUnavailable);
}

TEST_F(GpuDeviceTest, RefusesAConstantThatTheTextHasNot) {
  EXPECT_EQ(PipelineStatus("mislaid", {{"WG", 64}}),
            Status(Code::kInvalidArgument,
                   "mislaid: wgpuDeviceCreateComputePipeline: Pipeline constant error: "
                   "pipeline-overridable constant 'TILE' not found in the shader"));
}

TEST_F(GpuDeviceTest, RefusesATextThatWritesWhatIsOnlyRead) {
  Status status = PipelineStatus("stubborn");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  std::string begin =
      "stubborn: wgpuDeviceCreateComputePipeline: Error matching shader requirements";
  EXPECT_EQ(status.message().substr(0, begin.size()), begin);
}

TEST_F(GpuDeviceTest, HoldsOverridesAgainstTheDescription) {
  EXPECT_EQ(PipelineStatus("fill", {{"WG", 1.5}, {"VALUE", 0}}),
            Status(Code::kInvalidArgument, "fill: WG (1.5) is not whole"));
  EXPECT_EQ(PipelineStatus("fill", {{"WG", 64}, {"VALUES", 0}}),
            Status(Code::kInvalidArgument, "fill: unknown override (VALUES), nearest is (VALUE)"));
}

TEST_F(GpuDeviceTest, HasNoFeatureThatIsHidden) {
  std::unique_ptr<Device> poor = std::move(*Open({.hide_features = {"f16"}}, Shaders()));
  EXPECT_EQ(
      poor->CreatePipeline("half", {}).status(),
      Status(Code::kUnsupported, StrCat("half: feature (f16) is missing on ", poor->facts().name)));
}

TEST_F(GpuDeviceTest, TimesEachDispatchByItsOwnClock) {
  if (!device().facts().Has("timestamps")) GTEST_SKIP() << "no clock";
  std::shared_ptr<Pipeline> matmul = MakePipeline("matmul", {{"WG", 32}});
  std::unique_ptr<Buffer> x = Make(64 * 4096), w = Make(64 * 4096), y = Make(64 * 64 * 4);
  auto product = [&](uint32_t cols) {
    return On(*matmul, {x.get(), w.get(), y.get()}, {64, cols, 1024}, {cols, 64, 1});
  };
  std::unique_ptr<CommandList> list =
      std::move(*device().Record({product(1), product(64), product(1)}));
  Result<std::vector<double>> times = device().Time(*list);
  ASSERT_TRUE(times.ok()) << times.status().message();
  ASSERT_EQ(times->size(), 3u);
  for (double time : *times) EXPECT_GE(time, 0);
  EXPECT_GT(times->at(1), 0);
  EXPECT_EQ(device().counts().submissions, 1u);
  EXPECT_EQ(device().counts().dispatches, 3u);
  std::vector<Command> many(4096, product(1));
  std::unique_ptr<CommandList> long_list = std::move(*device().Record(many));
  EXPECT_EQ(
      device().Time(*long_list).status(),
      Status(Code::kInvalidArgument, "dispatches (4096) are more than are timed at once (4095)"));
  Result<double> all = device().TimeAll(*long_list);
  ASSERT_TRUE(all.ok()) << all.status().message();
  EXPECT_GT(*all, times->at(0));
}

TEST_F(GpuDeviceTest, HasNoClockWhereItIsHidden) {
  std::unique_ptr<Device> poor = std::move(*Open({.hide_features = {"timestamps"}}, Shaders()));
  std::unique_ptr<CommandList> list = std::move(*poor->Record({}));
  EXPECT_EQ(poor->Time(*list).status(),
            Status(Code::kUnsupported,
                   StrCat("device ", poor->facts().name, " has no clock of its own")));
  EXPECT_EQ(poor->TimeAll(*list).status(), poor->Time(*list).status());
}

TEST_F(GpuDeviceTest, ShortMemoryIsAnErrorAndNotTheEnd) {
  if (device().facts().name.find("llvmpipe") == std::string::npos) {
    GTEST_SKIP() << "memory of this adapter is not the process's";
  }
  const Result<std::unique_ptr<Buffer>> large = [&] {
    const MemoryLimit limit(uint64_t{512} << 20);
    return device().CreateBuffer(uint64_t{1} << 30, "cache");
  }();
  EXPECT_EQ(large.status(), Status(Code::kUnavailable,
                                   StrCat("cache: 1073741824 bytes do not fit in the memory of ",
                                          device().facts().name)));
  EXPECT_EQ(Floats(*MakeFilled({1, 2})), (std::vector<float>{1, 2}));
}

TEST_F(GpuDeviceTest, LostUnderneathFailsEveryCallTheSameWay) {
  std::shared_ptr<Pipeline> scale = MakePipeline("scale");
  std::unique_ptr<Buffer> a = MakeFilled(std::vector<float>(64, 1.0f)), b = Make(256);
  std::unique_ptr<CommandList> list =
      std::move(*device().Record({On(*scale, {a.get()}, {64, Bits(2.0f)})}));
  ASSERT_TRUE(device().Submit(*list).ok());
  DestroyUnderneath(device());
  const Status lost = device().Submit(*list);
  EXPECT_EQ(lost.code(), Code::kUnavailable);
  std::string begin = StrCat("device ", device().facts().name, " is lost: ");
  EXPECT_EQ(lost.message().substr(0, begin.size()), begin);

  std::array<std::byte, 4> four{};
  EXPECT_EQ(device().Submit(*list), lost);
  EXPECT_EQ(device().Finish(), lost);
  EXPECT_EQ(device().Record({}).status(), lost);
  EXPECT_EQ(device().CreateBuffer(64, "c").status(), lost);
  EXPECT_EQ(device().ImportBuffer(four, nullptr, "d").status(), lost);
  EXPECT_EQ(device().CreatePipeline("scale", {}).status(), lost);
  EXPECT_EQ(device().CreatePipeline("residual", {}).status(), lost);
  EXPECT_EQ(device().Write(*a, 0, four), lost);
  EXPECT_EQ(device().Read(*a, 0, four), lost);
  EXPECT_EQ(device().Copy(*a, 0, *b, 0, 4), lost);
  EXPECT_EQ(device().PackedBytes("blocks", DType::kF32, 1, 1).status(), lost);
  EXPECT_EQ(device().PackWeight("blocks", DType::kF32, 1, 1, four, "e").status().code(),
            Code::kUnavailable);
  EXPECT_EQ(device().counts().submissions, 1u);
  list.reset();
  scale.reset();
  a.reset();
  b.reset();
  EXPECT_EQ(device().counts().buffers, 0u);
  EXPECT_EQ(device().counts().pipelines, 0u);
}

// Whichever call comes first after the loss must notice it and end nothing.
TEST_F(GpuDeviceTest, AnyCallNoticesTheLoss) {
  using Call = std::function<Status(Device&, Buffer&, Buffer&, CommandList&)>;
  static std::array<std::byte, 4> four{};
  const std::vector<std::pair<std::string, Call>> calls = {
      {"submit", [](Device& d, Buffer&, Buffer&, CommandList& l) { return d.Submit(l); }},
      {"finish", [](Device& d, Buffer&, Buffer&, CommandList&) { return d.Finish(); }},
      {"write", [](Device& d, Buffer& a, Buffer&, CommandList&) { return d.Write(a, 0, four); }},
      {"read", [](Device& d, Buffer& a, Buffer&, CommandList&) { return d.Read(a, 0, four); }},
      {"copy", [](Device& d, Buffer& a, Buffer& b, CommandList&) { return d.Copy(a, 0, b, 0, 4); }},
      {"create",
       [](Device& d, Buffer&, Buffer&, CommandList&) { return d.CreateBuffer(64, "c").status(); }},
      {"pipeline", [](Device& d, Buffer&, Buffer&,
                      CommandList&) { return d.CreatePipeline("residual", {}).status(); }},
  };
  for (const auto& [name, call] : calls) {
    SetUp();
    std::shared_ptr<Pipeline> scale = MakePipeline("scale");
    std::unique_ptr<Buffer> a = Make(256), b = Make(256);
    std::unique_ptr<CommandList> list =
        std::move(*device().Record({On(*scale, {a.get()}, {64, Bits(2.0f)})}));
    // Submitted three times, so that it is encoded for the next time.
    for (int round = 0; round < 3; ++round) ASSERT_TRUE(device().Submit(*list).ok());
    ASSERT_TRUE(device().Finish().ok());
    DestroyUnderneath(device());
    Status status = call(device(), *a, *b, *list);
    EXPECT_EQ(status.code(), Code::kUnavailable) << name << ": " << status.message();
    EXPECT_NE(status.message().find(" is lost: "), std::string::npos) << status.message();
    list.reset();
    scale.reset();
  }
}

TEST_F(GpuDeviceTest, AThousandRoundsLeaveNothingBehind) {
  uint64_t at_first = 0;
  for (int round = 0; round < 1000; ++round) {
    std::shared_ptr<Pipeline> scale = MakePipeline("scale");
    std::unique_ptr<Buffer> y = Make(256 + 16 * (round % 3));
    ASSERT_TRUE(Run({On(*scale, {y.get()}, {64, Bits(2.0f)})}).ok());
    if (round % 100 != 99) continue;
    scale.reset();
    y.reset();
    ASSERT_TRUE(device().Finish().ok());
    uint64_t now = CountNativeObjects(device());
    if (at_first == 0) at_first = now;
    EXPECT_EQ(now, at_first) << round;
  }
  EXPECT_EQ(device().counts().buffers, 0u);
  EXPECT_EQ(device().counts().pipelines, 0u);
}

// A list that is submitted again and again is encoded for a next time, which may not come.
TEST_F(GpuDeviceTest, WhatWasPreparedInVainIsFreed) {
  std::shared_ptr<Pipeline> scale = MakePipeline("scale");
  std::unique_ptr<Buffer> y = Make(256);
  uint64_t at_first = 0;
  for (int round = 0; round < 20; ++round) {
    std::unique_ptr<CommandList> list =
        std::move(*device().Record({On(*scale, {y.get()}, {64, Bits(2.0f)})}));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(device().Submit(*list).ok());
    ASSERT_TRUE(device().Finish().ok());
    list.reset();
    ASSERT_TRUE(device().Finish().ok());
    if (round == 1) at_first = CountNativeObjects(device());
  }
  EXPECT_EQ(CountNativeObjects(device()), at_first);
}

TEST_F(GpuDeviceTest, FreesWhatALivingListStillNames) {
  std::shared_ptr<Pipeline> scale = MakePipeline("scale");
  constexpr uint64_t kBytes = uint64_t{48} << 20;
  uint64_t at_first = 0;
  std::vector<std::unique_ptr<CommandList>> lists;
  for (int round = 0; round < 20; ++round) {
    std::unique_ptr<Buffer> large = Make(kBytes);
    lists.push_back(std::move(*device().Record({On(*scale, {large.get()}, {64, Bits(2.0f)})})));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(device().Submit(*lists.back()).ok());
    if (round % 2 == 0) large.reset();  // before the wait, and after it
    ASSERT_TRUE(device().Finish().ok());
    large.reset();
    ASSERT_TRUE(device().Finish().ok());
    if (round == 1) at_first = ProcessMemory().resident;
  }
  EXPECT_LT(ProcessMemory().resident, at_first + 4 * kBytes);
}

TEST_F(GpuDeviceTest, IsOpenedAndClosedAgainAndAgain) {
  constexpr int kRounds = 30;
  uint64_t at_first = 0;
  for (int round = 0; round < kRounds; ++round) {
    Result<std::unique_ptr<Device>> other = Open({}, Shaders());
    ASSERT_TRUE(other.ok()) << other.status().message();
    ASSERT_TRUE((*other)->CreateBuffer(64, "b").ok());
    if (round == kRounds / 3) at_first = ProcessMemory().resident;
  }
  EXPECT_LT(ProcessMemory().resident, at_first + (uint64_t{8} << 20));
}

}  // namespace
}  // namespace ingot::runtime::webgpu
