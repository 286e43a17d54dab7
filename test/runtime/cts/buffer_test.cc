// Conformance: buffers.
#include <array>
#include <numeric>

#include "test/runtime/cts/cts.h"

#include "ingot/base/text.h"

namespace ingot::runtime::cts {
namespace {

class BufferTest : public DeviceTest {};
INGOT_CTS(BufferTest);

std::span<const std::byte> Bytes(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

TEST_P(BufferTest, IsZeroAtFirst) {
  for (uint64_t bytes : {4u, 60u, 4096u, 3u << 20}) {
    std::unique_ptr<Buffer> buffer = Make(bytes, "zeros");
    EXPECT_EQ(buffer->bytes(), bytes);
    EXPECT_EQ(buffer->label(), "zeros");
    EXPECT_EQ(Floats(*buffer), std::vector<float>(bytes / 4, 0.0f));
  }
}

TEST_P(BufferTest, IsZeroAgainAfterAnotherWasFreed) {
  for (int round = 0; round < 3; ++round) {
    std::unique_ptr<Buffer> buffer = Make(4096);
    EXPECT_EQ(Floats(*buffer), std::vector<float>(1024, 0.0f));
    ASSERT_TRUE(device().Write(*buffer, 0, Bytes(std::vector<float>(1024, 1.0f))).ok());
  }
}

TEST_P(BufferTest, OfNothingIsRefused) {
  EXPECT_EQ(device().CreateBuffer(0, "none").status(),
            Status(Code::kInvalidArgument, "none: a buffer of (0) bytes"));
}

TEST_P(BufferTest, HasAnIdOfItsOwn) {
  uint64_t first = Make(64)->id();
  EXPECT_NE(Make(64)->id(), first);
}

TEST_P(BufferTest, GivesBackWhatWasWritten) {
  std::unique_ptr<Buffer> buffer = Make(32);
  ASSERT_TRUE(device().Write(*buffer, 8, Bytes({1, 2, 3})).ok());
  ASSERT_TRUE(device().Write(*buffer, 32, {}).ok());
  ExpectFloats(*buffer, {0, 0, 1, 2, 3, 0, 0, 0});
  std::array<float, 2> part;
  ASSERT_TRUE(device().Read(*buffer, 12, std::as_writable_bytes(std::span(part))).ok());
  if (computes()) {
    EXPECT_EQ(part, (std::array<float, 2>{2, 3}));
  }
}

TEST_P(BufferTest, ReadsAnyNumberOfBytes) {
  std::unique_ptr<Buffer> buffer = MakeFilled({1, 2});
  std::array<std::byte, 3> part{};
  ASSERT_TRUE(device().Read(*buffer, 2, part).ok());
  if (computes()) {
    EXPECT_EQ(part, (std::array{std::byte{0x80}, std::byte{0x3f}, std::byte{0}}));
  }
}

TEST_P(BufferTest, RefusesRangesOutsideOfItAndChangesNothing) {
  std::unique_ptr<Buffer> buffer = MakeFilled({1, 2});
  std::vector<float> three = {7, 7, 7};
  EXPECT_EQ(device().Write(*buffer, 0, Bytes(three)),
            Status(Code::kInvalidArgument, "b: write of (12) bytes at (0) is outside of (8)"));
  EXPECT_EQ(device().Write(*buffer, UINT64_MAX - 3, Bytes(three)),
            Status(Code::kInvalidArgument,
                   "b: write of (12) bytes at (18446744073709551612) is outside of (8)"));
  EXPECT_EQ(device().Read(*buffer, 4, std::as_writable_bytes(std::span(three))),
            Status(Code::kInvalidArgument, "b: read of (12) bytes at (4) is outside of (8)"));
  ExpectFloats(*buffer, {1, 2});
}

TEST_P(BufferTest, IsWrittenInWholeWords) {
  std::unique_ptr<Buffer> buffer = Make(16);
  std::array<std::byte, 6> six{};
  EXPECT_EQ(
      device().Write(*buffer, 0, six),
      Status(Code::kInvalidArgument, "b: write of (6) bytes at (0) is not in multiples of 4"));
  EXPECT_EQ(
      device().Write(*buffer, 2, std::span(six).first(4)),
      Status(Code::kInvalidArgument, "b: write of (4) bytes at (2) is not in multiples of 4"));
}

TEST_P(BufferTest, CopiesARange) {
  std::unique_ptr<Buffer> src = MakeFilled({1, 2, 3, 4}, "src");
  std::unique_ptr<Buffer> dst = MakeFilled({5, 6, 7}, "dst");
  ASSERT_TRUE(device().Copy(*src, 4, *dst, 4, 8).ok());
  ExpectFloats(*dst, {5, 2, 3});
  EXPECT_EQ(device().Copy(*src, 8, *dst, 0, 12),
            Status(Code::kInvalidArgument, "src: copy of (12) bytes at (8) is outside of (16)"));
  EXPECT_EQ(device().Copy(*src, 0, *dst, 4, 12),
            Status(Code::kInvalidArgument, "dst: copy of (12) bytes at (4) is outside of (12)"));
  EXPECT_EQ(device().Copy(*src, 2, *dst, 0, 4),
            Status(Code::kInvalidArgument, "src: copy at (2) is not in multiples of 4"));
  EXPECT_EQ(
      device().Copy(*src, 0, *dst, 0, 2),
      Status(Code::kInvalidArgument, "dst: copy of (2) bytes at (0) is not in multiples of 4"));
  EXPECT_EQ(device().Copy(*src, 0, *src, 8, 4),
            Status(Code::kInvalidArgument, "src: copy onto itself"));
}

TEST_P(BufferTest, ImportedHasItsOwnersContentsAndIsReadOnly) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  std::weak_ptr<std::vector<float>> alive = owner;
  Result<std::unique_ptr<Buffer>> imported = device().ImportBuffer(Bytes(*owner), owner, "w");
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  owner.reset();
  EXPECT_EQ((*imported)->bytes(), 32u);
  ExpectFloats(**imported, {1, 2, 3, 4, 5, 6, 7, 8});
  std::vector<float> one = {9};
  EXPECT_EQ(device().Write(**imported, 0, Bytes(one)),
            Status(Code::kInvalidArgument, "w: is read-only"));
  std::unique_ptr<Buffer> other = Make(32);
  EXPECT_EQ(device().Copy(*other, 0, **imported, 0, 4),
            Status(Code::kInvalidArgument, "w: is read-only"));
  EXPECT_TRUE(device().Copy(**imported, 0, *other, 0, 4).ok());
  imported->reset();
  EXPECT_TRUE(alive.expired());
}

TEST_P(BufferTest, ImportedFromAnyAddressCanBeBound) {
  alignas(64) static const std::array<float, 9> kValues = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  std::span<const std::byte> odd = std::as_bytes(std::span(kValues)).subspan(4);
  Result<std::unique_ptr<Buffer>> imported = device().ImportBuffer(odd, nullptr, "w");
  ASSERT_TRUE(imported.ok()) << imported.status().message();
  std::unique_ptr<Buffer> y = Make(32, "y");
  std::shared_ptr<Pipeline> add = MakePipeline("residual");
  ASSERT_TRUE(Run({Add(*add, **imported, **imported, *y, 8)}).ok());
  ExpectFloats(*y, {2, 4, 6, 8, 10, 12, 14, 16});
}

TEST_P(BufferTest, LargerThanTheMachineIsAnErrorWithItsSize) {
  for (uint64_t bytes : {UINT64_MAX, UINT64_MAX / 2, uint64_t{1} << 60}) {
    Result<std::unique_ptr<Buffer>> buffer = device().CreateBuffer(bytes, "huge");
    ASSERT_FALSE(buffer.ok());
    EXPECT_EQ(buffer.status().code(), Code::kUnavailable);
    std::string begin = StrCat("huge: ", bytes, " bytes do not fit in ");
    EXPECT_EQ(buffer.status().message().substr(0, begin.size()), begin);
  }
  EXPECT_TRUE(device().CreateBuffer(64, "small").ok());
}

TEST_P(BufferTest, CountsReturnToZero) {
  EXPECT_EQ(device().counts(), DeviceCounts());
  {
    std::unique_ptr<Buffer> a = Make(64), b = Make(100);
    std::shared_ptr<Pipeline> add = MakePipeline("residual");
    EXPECT_EQ(device().counts().buffers, 2u);
    EXPECT_EQ(device().counts().buffer_bytes, 164u);
    EXPECT_EQ(device().counts().pipelines, 1u);
  }
  EXPECT_EQ(device().counts(), DeviceCounts());
}

TEST_P(BufferTest, IsMadeAndFreedAThousandTimes) {
  for (int i = 0; i < 1000; ++i) {
    std::unique_ptr<Buffer> buffer = Make(uint64_t{1} << 20);
    std::vector<float> one = {1};
    ASSERT_TRUE(device().Write(*buffer, (uint64_t{1} << 20) - 4, Bytes(one)).ok());
  }
  EXPECT_EQ(device().counts().buffers, 0u);
}

TEST_P(BufferTest, OfAnotherDeviceIsRefused) {
  std::unique_ptr<Device> other = GetParam().open({});
  std::unique_ptr<Buffer> foreign = std::move(*other->CreateBuffer(64, "foreign"));
  std::vector<float> one = {1};
  EXPECT_EQ(device().Write(*foreign, 0, Bytes(one)),
            Status(Code::kInvalidArgument, "foreign: is of another device"));
}

TEST_P(BufferTest, OfAnUnknownWeightLayoutIsRefused) {
  EXPECT_EQ(device().PackedBytes("stripes", DType::kF32, 4, 4).status(),
            Status(Code::kNotFound, "unknown weight layout (stripes)"));
  EXPECT_EQ(device().PackWeight("stripes", DType::kF32, 4, 4, {}, "w").status(),
            Status(Code::kNotFound, "w: unknown weight layout (stripes)"));
}

}  // namespace
}  // namespace ingot::runtime::cts
