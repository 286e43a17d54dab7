// What a call of the library that fails leads to: an error that names the dispatch. Functions of
// the library are exchanged for some that call it with something wrong.
#include <gmock/gmock.h>

#include "test/runtime/webgpu/shaders.h"

#include "ingot/base/log.h"
#include "ingot/base/text.h"
#include "ingot/runtime/webgpu/api.h"

namespace ingot::runtime::webgpu {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The functions as they were.
Api real;
// The fault comes with a bind group of so many bytes, or with a grid of so many workgroups.
constexpr uint64_t kBadBytes = 512;
constexpr uint32_t kBadGrid = 3;

WGPUBindGroup FailAtBindGroup(WGPUDevice device, const WGPUBindGroupDescriptor* desc) {
  WGPUBindGroupDescriptor short_of_one = *desc;
  if (desc->entries[1].size == kBadBytes) short_of_one.entryCount -= 1;
  return real.DeviceCreateBindGroup(device, &short_of_one);
}

void FailAtDispatch(WGPUComputePassEncoder pass, uint32_t x, uint32_t y, uint32_t z) {
  real.ComputePassEncoderDispatchWorkgroups(pass, x == kBadGrid ? 1u << 20 : x, y, z);
}

void FailAtWrite(WGPUQueue queue, WGPUBuffer buffer, uint64_t, const void* data, size_t bytes) {
  real.QueueWriteBuffer(queue, buffer, uint64_t{1} << 30, data, bytes);
}

// Of the buffers that are mapped to be written, all but so many fail.
int staging_left = 0;
WGPUBuffer FailAtStaging(WGPUDevice device, const WGPUBufferDescriptor* desc) {
  WGPUBufferDescriptor bad = *desc;
  if ((desc->usage & WGPUBufferUsage_MapWrite) != 0 && staging_left-- <= 0) bad.size = UINT64_MAX;
  return real.DeviceCreateBuffer(device, &bad);
}

// An error outside of every scope, as a driver's might be.
WGPUDevice device_of_submissions = nullptr;
void FailAtSubmit(WGPUQueue queue, size_t count, WGPUCommandBuffer const* commands) {
  real.QueueSubmit(queue, count, commands);
  WGPUBufferDescriptor bad = WGPU_BUFFER_DESCRIPTOR_INIT;
  bad.size = UINT64_MAX;
  bad.usage = WGPUBufferUsage_Storage;
  real.BufferRelease(real.DeviceCreateBuffer(device_of_submissions, &bad));
}
WGPUCommandEncoder TakeDevice(WGPUDevice device, const WGPUCommandEncoderDescriptor* desc) {
  device_of_submissions = device;
  return real.DeviceCreateCommandEncoder(device, desc);
}

class GpuFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    INGOT_NEEDS_GPU();
    Result<std::unique_ptr<Device>> device = Open({}, Shaders());
    ASSERT_TRUE(device.ok()) << device.status().message();
    device_ = std::move(*device);
    scale_ = std::move(*device_->CreatePipeline("scale", {}));
    real = api();
  }

  Api& api() { return ApiUnderneath(*device_); }

  // Three dispatches, the second of which meets the fault.
  Result<std::unique_ptr<CommandList>> Record() {
    std::vector<Command> commands;
    for (uint64_t i = 0; i < 3; ++i) {
      const uint64_t bytes = i == 1 ? kBadBytes : 256;
      buffers_.push_back(std::move(*device_->CreateBuffer(bytes, "b")));
      commands.push_back({.pipeline = scale_.get(),
                          .bindings = {{buffers_.back().get(), 0, bytes, Access::kReadWrite}},
                          .uniforms = {64, 0},
                          .grid = {i == 1 ? kBadGrid : 1, 1, 1},
                          .label = StrCat("dispatch ", i, " (scale) kernel scale {}")});
    }
    return device_->Record(std::move(commands));
  }

  std::unique_ptr<Device> device_;
  std::shared_ptr<Pipeline> scale_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

TEST_F(GpuFaultTest, ABindGroupThatIsRefusedNamesItsDispatch) {
  api().DeviceCreateBindGroup = FailAtBindGroup;
  const Status status = Record().status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(),
              StartsWith("dispatch 1 (scale) kernel scale {}: wgpuDeviceCreateBindGroup: "));
  api() = real;
  EXPECT_TRUE(Record().ok()) << "the device goes on";
}

TEST_F(GpuFaultTest, ADispatchThatIsRefusedIsNamed) {
  std::unique_ptr<CommandList> list = std::move(*Record());
  api().ComputePassEncoderDispatchWorkgroups = FailAtDispatch;
  const Status status = device_->Submit(*list);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), StartsWith("dispatch 1 (scale) kernel scale {}: wgpu"));
  EXPECT_THAT(status.message(), HasSubstr("1048576"));
  if (device_->facts().Has("timestamps")) {
    EXPECT_EQ(device_->TimeAll(*list).status(), status);
  }
  api() = real;
  EXPECT_TRUE(device_->Submit(*list).ok());
  EXPECT_EQ(device_->Finish(), Status());
}

// What was encoded ahead of time, and failed, is encoded again.
TEST_F(GpuFaultTest, AFailureOfThePreparationComesWithTheSubmission) {
  std::unique_ptr<CommandList> list = std::move(*Record());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(device_->Submit(*list).ok());
  api().ComputePassEncoderDispatchWorkgroups = FailAtDispatch;
  EXPECT_EQ(device_->Finish(), Status());
  EXPECT_THAT(device_->Submit(*list).message(), StartsWith("dispatch 1 (scale) "));
}

TEST_F(GpuFaultTest, UniformsThatCannotBeWrittenNameTheirDispatches) {
  api().QueueWriteBuffer = FailAtWrite;
  const Status status = Record().status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), StartsWith("dispatch 0 (scale) kernel scale {}: uniforms of (3) "
                                           "dispatches: wgpuQueueWriteBuffer: "));
}

TEST_F(GpuFaultTest, AnUploadMakesDoWithTheMemoryThereIs) {
  std::vector<std::byte> bytes((uint64_t{140} << 20) + 1);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i * 2654435761u >> 24);
  std::vector<std::string> lines;
  SetLogSink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  for (int slots : {1, 0}) {
    staging_left = slots;
    api().DeviceCreateBuffer = FailAtStaging;
    for (int round = 0; round < 2; ++round) {
      Result<std::unique_ptr<Buffer>> buffer = device_->ImportBuffer(bytes, nullptr, "w");
      ASSERT_TRUE(buffer.ok()) << buffer.status().message();
      std::vector<std::byte> back(bytes.size());
      ASSERT_TRUE(device_->Read(**buffer, 0, back).ok());
      EXPECT_TRUE(back == bytes) << slots;
    }
    EXPECT_EQ(lines.size(), slots == 0 ? 1u : 0u);
    api() = real;
    ASSERT_TRUE(Record().ok());  // ends the upload
  }
  SetLogSink(nullptr);
  EXPECT_THAT(lines[0], StartsWith("large writes go to the GPU the slow way: "));
}

TEST_F(GpuFaultTest, ALossDuringAnUploadIsNoticed) {
  const std::vector<std::byte> bytes(uint64_t{70} << 20);
  std::unique_ptr<Buffer> first = std::move(*device_->ImportBuffer(bytes, nullptr, "first"));
  std::unique_ptr<Buffer> next = std::move(*device_->CreateBuffer(bytes.size(), "next"));
  DestroyUnderneath(*device_);
  const Status status = device_->Write(*next, 0, bytes);
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr(" is lost: "));
}

TEST_F(GpuFaultTest, AnErrorThatNobodyExpectedIsALoss) {
  std::unique_ptr<CommandList> list = std::move(*Record());
  api().DeviceCreateCommandEncoder = TakeDevice;
  api().QueueSubmit = FailAtSubmit;
  const Status status = device_->Submit(*list);
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), StartsWith(StrCat("device ", device_->facts().name,
                                                  " is lost: wgpuDeviceCreateBuffer: ")));
  api() = real;
  EXPECT_EQ(device_->Finish(), status);
}

}  // namespace
}  // namespace ingot::runtime::webgpu
