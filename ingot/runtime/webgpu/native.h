// Native: what is special to wgpu-native. Another library of the same webgpu.h would bring a file
// like this one and nothing else.
#pragma once

#include <webgpu.h>
#include <wgpu.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::runtime::webgpu {

struct Feature {
  std::string_view name;              // as in DeviceFacts
  std::span<const uint32_t> numbers;  // all of them are needed
};

// An error of the library in one line.
struct Trouble {
  std::string text;      // "wgpuDeviceCreateBuffer: Not enough memory left."
  bool is_lost = false;  // the device is gone
  bool is_memory = false;
  uint32_t line = 0;  // of shader text, from 1; 0: none
  uint32_t column = 0;
};

class Native {
 public:
  static constexpr std::string_view kLibraryName = "libwgpu_native-release.so";
  static constexpr std::string_view kSystemLibraryName = "libwgpu_native.so";

  // Takes the functions that webgpu.h does not have; `find` gives nullptr for one that is missing.
  void Find(const std::function<void*(const char*)>& find);

  // The features that we know a use for. Numbers are the library's: the standard number of
  // subgroups is accepted and turns nothing on.
  static std::span<const Feature> Features();
  // The scopes that catch every error. It ends the process over the standard's third, internal.
  static std::span<const WGPUErrorFilter> ErrorFilters();
  static Trouble Explain(std::string_view message);

  // On Linux with Vulkan only: what runs over OpenGL shows up too otherwise.
  WGPUInstance CreateInstance(decltype(&wgpuCreateInstance) create) const;
  std::vector<WGPUAdapter> EnumerateAdapters(WGPUInstance instance) const;
  // Calls back what is due; with `wait`, once all submitted work is done.
  void Poll(WGPUDevice device, bool wait) const;
  // Without bounds checks: for a kernel that is proved to keep its bounds.
  WGPUShaderModule CreateTrustedShader(WGPUDevice device,
                                       const WGPUShaderModuleDescriptor& desc) const;
  void WriteTimestamp(WGPUComputePassEncoder pass, WGPUQuerySet set, uint32_t index) const;
  float TimestampPeriod(WGPUQueue queue) const;  // nanoseconds a tick
  // To be told before a command buffer that was never submitted is released.
  void ForgetUnsent(WGPUCommandBuffer commands) const;
  // Objects that the library keeps alive, of every kind that we make.
  uint64_t CountObjects(WGPUInstance instance) const;

 private:
  decltype(&wgpuInstanceEnumerateAdapters) enumerate_ = nullptr;
  decltype(&wgpuDevicePoll) poll_ = nullptr;
  decltype(&wgpuDeviceCreateShaderModuleTrusted) create_trusted_ = nullptr;
  decltype(&wgpuComputePassEncoderWriteTimestamp) write_timestamp_ = nullptr;
  decltype(&wgpuQueueGetTimestampPeriod) timestamp_period_ = nullptr;
  decltype(&wgpuGenerateReport) report_ = nullptr;
  uint32_t version_ = 0;
};

}  // namespace ingot::runtime::webgpu
