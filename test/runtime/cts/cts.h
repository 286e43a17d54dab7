// The device conformance suite: what every Device promises, written once. A new backend adds its
// row in backends.cc and passes all of it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "test/support/need.h"

#include "ingot/runtime/device.h"

namespace ingot::runtime::cts {

struct Backend {
  std::string name;
  std::function<std::unique_ptr<Device>(const DeviceOptions&)> open;
  bool computes = true;  // keeps contents and runs kernels
  std::string missing;   // why it cannot be opened on this machine; empty if it can
};

inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

std::vector<Backend> Backends();

class DeviceTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    INGOT_NEED("gpu", GetParam().missing.empty(), GetParam().missing);
    device_ = GetParam().open({});
  }

  Device& device() { return *device_; }
  bool computes() const { return GetParam().computes; }

  std::unique_ptr<Buffer> Make(uint64_t bytes, std::string label = "b") {
    Result<std::unique_ptr<Buffer>> buffer = device_->CreateBuffer(bytes, std::move(label));
    EXPECT_TRUE(buffer.ok()) << buffer.status().message();
    return std::move(*buffer);
  }
  std::unique_ptr<Buffer> MakeFilled(const std::vector<float>& values, std::string label = "b") {
    std::unique_ptr<Buffer> buffer = Make(values.size() * sizeof(float), std::move(label));
    EXPECT_TRUE(device_->Write(*buffer, 0, std::as_bytes(std::span(values))).ok());
    return buffer;
  }
  std::vector<float> Floats(Buffer& buffer) {
    std::vector<float> values(buffer.bytes() / sizeof(float), -1.0f);
    EXPECT_TRUE(device_->Read(buffer, 0, std::as_writable_bytes(std::span(values))).ok());
    return values;
  }
  // On a device that computes.
  void ExpectFloats(Buffer& buffer, const std::vector<float>& want) {
    std::vector<float> got = Floats(buffer);
    if (computes()) {
      EXPECT_EQ(got, want) << buffer.label();
    }
  }
  std::shared_ptr<Pipeline> MakePipeline(std::string_view kernel, OverrideValues overrides = {}) {
    Result<std::shared_ptr<Pipeline>> pipeline = device_->CreatePipeline(kernel, overrides);
    EXPECT_TRUE(pipeline.ok()) << pipeline.status().message();
    return std::move(*pipeline);
  }
  // y = a + b over `size` floats.
  static Command Add(Pipeline& pipeline, Buffer& a, Buffer& b, Buffer& y, uint32_t size) {
    auto whole = [](Buffer& buffer, Access access) {
      return BoundBuffer{&buffer, 0, buffer.bytes(), access};
    };
    Command command;
    command.pipeline = &pipeline;
    command.bindings = {whole(a, Access::kRead), whole(b, Access::kRead),
                        whole(y, Access::kReadWrite)};
    command.uniforms = {size};
    command.label = "sum";
    return command;
  }
  Status Run(std::vector<Command> commands) {
    INGOT_ASSIGN(std::unique_ptr<CommandList> list, device_->Record(std::move(commands)));
    return device_->Submit(*list);
  }

  std::unique_ptr<Device> device_;
};

}  // namespace ingot::runtime::cts

// Registers the cases of one file for every backend.
#define INGOT_CTS(suite)                           \
  INSTANTIATE_TEST_SUITE_P(                        \
      Cts, suite, ::testing::ValuesIn(Backends()), \
      [](const ::testing::TestParamInfo<Backend>& info) { return info.param.name; })
