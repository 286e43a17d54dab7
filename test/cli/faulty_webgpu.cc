// A WebGPU library that fails where INGOT_TEST_FAULT says: `lose:N` loses the device after so many
// submissions, `memory:BYTES` has no memory for buffers of that size and larger. Everything else is
// the library it is linked with.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

#include "test/support/resident.h"

#include "ingot/runtime/webgpu/api.h"

namespace {

// The number behind `kind`; 0: another fault is asked for.
unsigned long long Fault(const char* kind) {
  const char* fault = std::getenv("INGOT_TEST_FAULT");
  const size_t length = std::strlen(kind);
  if (fault == nullptr || std::strncmp(fault, kind, length) != 0) return 0;
  return std::strtoull(fault + length, nullptr, 10);
}

template <typename F>
F Real(F, const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

WGPUDevice device = nullptr;
unsigned long long submissions = 0;

}  // namespace

extern "C" WGPUQueue wgpuDeviceGetQueue(WGPUDevice of) {
  device = of;
  return Real(wgpuDeviceGetQueue, "wgpuDeviceGetQueue")(of);
}

extern "C" void wgpuQueueSubmit(WGPUQueue queue, size_t count, WGPUCommandBuffer const* commands) {
  Real(wgpuQueueSubmit, "wgpuQueueSubmit")(queue, count, commands);
  if (++submissions == Fault("lose:")) Real(wgpuDeviceDestroy, "wgpuDeviceDestroy")(device);
}

extern "C" WGPUBuffer wgpuDeviceCreateBuffer(WGPUDevice of, WGPUBufferDescriptor const* desc) {
  const auto create = Real(wgpuDeviceCreateBuffer, "wgpuDeviceCreateBuffer");
  const unsigned long long least = Fault("memory:");
  if (least == 0 || desc->size < least) return create(of, desc);
  // More than may be mapped from now on, and less than a buffer may have.
  WGPUBufferDescriptor large = *desc;
  large.size = uint64_t{1} << 30;
  const ingot::MemoryLimit limit(uint64_t{512} << 20);
  return create(of, &large);
}
