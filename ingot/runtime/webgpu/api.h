// Api: the functions of webgpu.h that we call, taken from a library that is opened at run time, so
// that the binary runs where there is none. What a library does its own way is in native.h.
#pragma once

#include <webgpu.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ingot/base/status.h"
#include "ingot/runtime/webgpu/native.h"

namespace ingot::runtime::webgpu {

// clang-format off
#define INGOT_WEBGPU_FUNCTIONS(X) \
  X(CreateInstance) X(InstanceAddRef) X(InstanceProcessEvents) X(InstanceRelease) \
  X(AdapterHasFeature) X(AdapterGetInfo) X(AdapterGetLimits) X(AdapterRequestDevice) X(AdapterRelease) \
  X(AdapterInfoFreeMembers) X(DeviceGetQueue) X(DeviceDestroy) X(DeviceRelease) \
  X(DevicePushErrorScope) X(DevicePopErrorScope) X(DeviceCreateBuffer) \
  X(DeviceCreateShaderModule) X(DeviceCreateComputePipeline) X(DeviceCreatePipelineLayout) \
  X(DeviceCreateBindGroupLayout) X(DeviceCreateBindGroup) X(DeviceCreateCommandEncoder) \
  X(DeviceCreateQuerySet) X(BufferMapAsync) X(BufferGetConstMappedRange) X(BufferGetMappedRange) X(BufferUnmap) \
  X(BufferDestroy) X(BufferRelease) X(CommandEncoderBeginComputePass) X(CommandEncoderCopyBufferToBuffer) \
  X(CommandEncoderClearBuffer) X(CommandEncoderResolveQuerySet) X(CommandEncoderFinish) \
  X(CommandEncoderRelease) X(CommandBufferRelease) X(ComputePassEncoderSetPipeline) \
  X(ComputePassEncoderSetBindGroup) X(ComputePassEncoderDispatchWorkgroups) \
  X(ComputePassEncoderEnd) X(ComputePassEncoderRelease) X(QueueSubmit) X(QueueWriteBuffer) \
  X(QueueRelease) X(ShaderModuleRelease) X(ComputePipelineRelease) X(BindGroupRelease) \
  X(BindGroupLayoutRelease) X(PipelineLayoutRelease) X(QuerySetRelease)
// clang-format on

struct Api {
#define INGOT_WEBGPU_MEMBER(name) decltype(&wgpu##name) name = nullptr;
  INGOT_WEBGPU_FUNCTIONS(INGOT_WEBGPU_MEMBER)
#undef INGOT_WEBGPU_MEMBER
  Native native;
  std::string path;  // of the library
};

// Opens the library at `path`; if empty, the first of those that DefaultLibraries names. Whatever
// was opened stays open until the process ends: threads of it or of a driver may run. Fails with
// kUnsupported, naming the cause and the way out.
Result<std::shared_ptr<const Api>> LoadApi(const std::string& path);

inline WGPUStringView View(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view View(WGPUStringView text) {
  if (text.data == nullptr) return {};
  return text.length == WGPU_STRLEN ? std::string_view(text.data)
                                    : std::string_view(text.data, text.length);
}

// One reference to an object of the library.
template <typename T>
class Handle {
 public:
  Handle() = default;
  Handle(T object, void (*release)(T)) : object_(object), release_(release) {}
  Handle(Handle&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)), release_(other.release_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(release_, other.release_);
    return *this;
  }
  ~Handle() {
    if (object_ != nullptr) release_(object_);
  }
  T get() const { return object_; }

 private:
  T object_ = nullptr;
  void (*release_)(T) = nullptr;
};

}  // namespace ingot::runtime::webgpu
