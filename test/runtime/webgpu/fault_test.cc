// What a call of the library that fails leads to: an error that names the dispatch. Functions of
// the library are exchanged for some that call it with something wrong.
#include <gmock/gmock.h>

#include "test/runtime/webgpu/shaders.h"

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
