// Conformance: pipelines, recording and submission.
#include <algorithm>

#include "test/runtime/cts/cts.h"

#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"
#include "ingot/runtime/recorder.h"

namespace ingot::runtime::cts {
namespace {

class PipelineTest : public DeviceTest {};
INGOT_CTS(PipelineTest);

class CommandTest : public DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (device_ == nullptr) return;
    add_ = MakePipeline("residual");
    a_ = MakeFilled({1, 2, 3, 4}, "a");
    b_ = MakeFilled({10, 20, 30, 40}, "b");
    y_ = Make(16, "y");
  }
  // The message for a legal command with one thing changed.
  std::string Refused(const std::function<void(Command&)>& change) {
    Command command = Add(*add_, *a_, *b_, *y_, 4);
    change(command);
    Result<std::unique_ptr<CommandList>> list = device().Record({command});
    EXPECT_FALSE(list.ok());
    EXPECT_EQ(list.status().code(), Code::kInvalidArgument);
    return list.status().message();
  }

  std::shared_ptr<Pipeline> add_;
  std::unique_ptr<Buffer> a_, b_, y_;
};
INGOT_CTS(CommandTest);

TEST_P(PipelineTest, OfAnUnknownKernelIsNotFound) {
  EXPECT_EQ(device().CreatePipeline("last_row", {}).status(),
            Status(Code::kNotFound, "unknown kernel (last_row), nearest is (last_rows)"));
}

TEST_P(PipelineTest, HoldsItsOverridesAgainstTheDescription) {
  EXPECT_TRUE(device().CreatePipeline("kv_write", {{"F16_KV", 1}}).ok());
  EXPECT_EQ(device().CreatePipeline("kv_write", {}).status(),
            Status(Code::kInvalidArgument, "kv_write: override F16_KV is missing"));
  EXPECT_EQ(device().CreatePipeline("kv_write", {{"F16_KV", 2}}).status(),
            Status(Code::kInvalidArgument, "kv_write: F16_KV (2) is not 0 or 1"));
  EXPECT_EQ(
      device().CreatePipeline("kv_write", {{"F16_KV", 1}, {"F16_K", 1}}).status(),
      Status(Code::kInvalidArgument, "kv_write: unknown override (F16_K), nearest is (F16_KV)"));
}

TEST_P(PipelineTest, NeedsItsFeatures) {
  for (const kernels::KernelDesc* desc : kernels::KernelsOf(device().facts().kind)) {
    if (desc->features.empty()) continue;
    std::unique_ptr<Device> poor = GetParam().open({.hide_features = desc->features});
    EXPECT_FALSE(poor->facts().Has(desc->features[0]));
    Result<OverrideValues> overrides = kernels::CompleteOverrides(*desc, "", {});
    ASSERT_TRUE(overrides.ok());
    EXPECT_EQ(poor->CreatePipeline(desc->name, *overrides).status(),
              Status(Code::kUnsupported, StrCat(desc->name, ": feature (", desc->features[0],
                                                ") is missing on ", poor->facts().name)));
    return;
  }
  GTEST_SKIP() << "no kernel of this device asks for a feature";
}

TEST_P(PipelineTest, IsSharedByEqualRequests) {
  std::shared_ptr<Pipeline> first = MakePipeline("kv_write", {{"F16_KV", 1}});
  EXPECT_EQ(MakePipeline("kv_write", {{"F16_KV", 1}}), first);
  EXPECT_NE(MakePipeline("kv_write", {{"F16_KV", 0}}), first);
  EXPECT_EQ(first->desc().name, "kv_write");
  EXPECT_EQ(device().counts().pipelines, 1u);
}

TEST_P(CommandTest, RunInTheOrderOfSubmission) {
  std::unique_ptr<Buffer> z = Make(16, "z");
  ASSERT_TRUE(Run({Add(*add_, *a_, *b_, *y_, 4), Add(*add_, *y_, *a_, *z, 4)}).ok());
  ASSERT_TRUE(Run({Add(*add_, *z, *z, *y_, 4)}).ok());
  ASSERT_TRUE(device().Finish().ok());
  ExpectFloats(*z, {12, 24, 36, 48});
  ExpectFloats(*y_, {24, 48, 72, 96});
}

TEST_P(CommandTest, RunAsOftenAsSubmitted) {
  std::unique_ptr<Buffer> z = Make(16, "z");
  Result<std::unique_ptr<CommandList>> list =
      device().Record({Add(*add_, *y_, *a_, *z, 4), Add(*add_, *z, *b_, *y_, 4)});
  ASSERT_TRUE(list.ok()) << list.status().message();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(device().Submit(**list).ok());
  ExpectFloats(*y_, {33, 66, 99, 132});
}

TEST_P(CommandTest, SeeWhatWasWrittenBeforeEachSubmission) {
  std::unique_ptr<CommandList> sum = std::move(*device().Record({Add(*add_, *a_, *b_, *y_, 4)}));
  std::unique_ptr<Buffer> z = Make(16, "z");
  std::unique_ptr<CommandList> more = std::move(*device().Record({Add(*add_, *y_, *b_, *z, 4)}));
  for (int round = 0; round < 5; ++round) {
    const std::vector<float> a(4, static_cast<float>(round));
    ASSERT_TRUE(device().Write(*a_, 0, std::as_bytes(std::span(a))).ok());
    ASSERT_TRUE(device().Submit(*sum).ok());
    ASSERT_TRUE(device().Submit(*more).ok());
    if (round % 2 == 1) continue;  // without a wait in between
    std::vector<float> want;
    for (float b : {10.0f, 20.0f, 30.0f, 40.0f}) want.push_back(a[0] + 2 * b);
    ExpectFloats(*z, want);
  }
}

TEST_P(CommandTest, MayGoBetweenItsSubmissionAndTheEndOfIt) {
  std::unique_ptr<CommandList> sum = std::move(*device().Record({Add(*add_, *a_, *b_, *y_, 4)}));
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(device().Submit(*sum).ok());
  sum.reset();
  EXPECT_TRUE(device().Finish().ok());
  ExpectFloats(*y_, {11, 22, 33, 44});
}

TEST_P(CommandTest, SeeTheBoundRangeOnly) {
  uint64_t offset = std::max(16u, device().facts().binding_offset_alignment);
  std::vector<float> want(offset / 4 + 16, 1.0f);
  std::unique_ptr<Buffer> wide = MakeFilled(want, "wide");
  Command command = Add(*add_, *a_, *b_, *wide, 4);
  command.bindings[2].offset = offset;
  command.bindings[2].bytes = 16;
  ASSERT_TRUE(Run({command}).ok());
  if (!computes()) return;
  for (size_t i = 0; i < 4; ++i) want[offset / 4 + i] = 11.0f * static_cast<float>(i + 1);
  EXPECT_EQ(Floats(*wide), want);
}

TEST_P(CommandTest, AreCounted) {
  Command first = Add(*add_, *a_, *b_, *y_, 4);
  Command second = first;
  second.barrier = true;
  Result<std::unique_ptr<CommandList>> list = device().Record({first, second});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(device().counts().submissions, 0u);
  ASSERT_TRUE(device().Submit(**list).ok());
  ASSERT_TRUE(device().Submit(**list).ok());
  EXPECT_EQ(device().counts().submissions, 2u);
  EXPECT_EQ(device().counts().dispatches, 4u);
  EXPECT_EQ(device().counts().barriers, 2u);
}

TEST_P(CommandTest, OfNothingAreLegal) {
  ASSERT_TRUE(Run({}).ok());
  EXPECT_EQ(device().counts().submissions, 1u);
}

TEST_P(CommandTest, AreHeldAgainstTheDescription) {
  EXPECT_EQ(Refused([](Command& c) { c.pipeline = nullptr; }), "sum: has no pipeline");
  EXPECT_EQ(Refused([](Command& c) { c.bindings.pop_back(); }), "sum: bindings (2) are not (3)");
  EXPECT_EQ(Refused([](Command& c) { c.bindings[1].buffer = nullptr; }),
            "sum: binding b: has no buffer");
  EXPECT_EQ(Refused([](Command& c) { c.bindings[2].access = Access::kRead; }),
            "sum: binding y: access (read) is not (read_write)");
  EXPECT_EQ(Refused([](Command& c) { c.bindings[0].access = Access::kReadWrite; }),
            "sum: binding a: access (read_write) is not (read)");
  EXPECT_EQ(Refused([](Command& c) { c.uniforms.clear(); }), "sum: uniforms (0) are not (1)");
}

TEST_P(CommandTest, BindRangesInsideTheirBuffers) {
  EXPECT_EQ(Refused([](Command& c) { c.bindings[0].bytes = 20; }),
            "sum: binding a: (20) bytes at (0) are not inside buffer a (16)");
  EXPECT_EQ(Refused([](Command& c) { c.bindings[0].bytes = 0; }),
            "sum: binding a: (0) bytes at (0) are not inside buffer a (16)");
  uint32_t alignment = device().facts().binding_offset_alignment;
  EXPECT_EQ(Refused([&](Command& c) { c.bindings[0].offset = uint64_t{alignment} << 32; }),
            StrCat("sum: binding a: (16) bytes at (", uint64_t{alignment} << 32,
                   ") are not inside buffer a (16)"));
  EXPECT_EQ(Refused([](Command& c) { c.bindings[0].offset = 4; }),
            StrCat("sum: binding a: offset (4) is not a multiple of (", alignment, ")"));
}

TEST_P(CommandTest, BindNoBufferTwiceWhereOneWrites) {
  EXPECT_EQ(Refused([&](Command& c) { c.bindings[2].buffer = a_.get(); }),
            "sum: binding y: buffer a is also bound as a");
  Command twice_read = Add(*add_, *a_, *a_, *y_, 4);
  EXPECT_TRUE(Run({twice_read}).ok());
}

TEST_P(CommandTest, WriteNoImportedBuffer) {
  auto owner = std::make_shared<std::vector<float>>(4);
  Result<std::unique_ptr<Buffer>> imported =
      device().ImportBuffer(std::as_bytes(std::span(*owner)), owner, "w");
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(Refused([&](Command& c) { c.bindings[2].buffer = imported->get(); }),
            "sum: binding y: buffer w is read-only");
}

TEST_P(CommandTest, AreOfOneDevice) {
  std::unique_ptr<Device> other = GetParam().open({});
  std::unique_ptr<Buffer> foreign = std::move(*other->CreateBuffer(16, "foreign"));
  std::shared_ptr<Pipeline> pipeline = std::move(*other->CreatePipeline("residual", {}));
  EXPECT_EQ(Refused([&](Command& c) { c.bindings[0].buffer = foreign.get(); }),
            "sum: binding a: buffer foreign is of another device");
  EXPECT_EQ(Refused([&](Command& c) { c.pipeline = pipeline.get(); }),
            "sum: pipeline is of another device");
  Result<std::unique_ptr<CommandList>> list = other->Record({});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(device().Submit(**list),
            Status(Code::kInvalidArgument, "command list is of another device"));
}

TEST_P(CommandTest, OneBadCommandRefusesTheList) {
  Command good = Add(*add_, *a_, *b_, *y_, 4);
  Command bad = good;
  bad.label = "bad";
  bad.uniforms.push_back(1);
  EXPECT_EQ(device().Record({good, bad}).status().message(), "bad: uniforms (2) are not (1)");
}

TEST_P(CommandTest, DivideTheirOwnWorkOnTheHost) {
  if (device().facts().kind != "cpu" && device().facts().kind != "null")
    GTEST_SKIP() << "not a host device";
  EXPECT_EQ(Refused([](Command& c) {
              c.grid = {2, 1, 1};
            }),
            "sum: grid (2, 1, 1) is not (1, 1, 1)");
}

}  // namespace
}  // namespace ingot::runtime::cts
