// The GPU as a device, through WebGPU. The library is opened at run time; where there is none, or
// no adapter, Open says how to get one. Nothing above this folder sees webgpu.h.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "ingot/runtime/device.h"

namespace ingot::runtime::webgpu {

struct Api;

// Shader text ready for the device, and what it asks of it.
struct Shader {
  std::string text;  // WGSL with the entry `main`: binding 0 is the uniforms, one word each, then
                     // the bindings of the description in their order, all in group 0
  OverrideValues constants;                            // of the text's `override` declarations
  std::array<uint32_t, 3> workgroup_size = {1, 1, 1};  // with those constants
  uint64_t workgroup_bytes = 0;                        // of workgroup memory
  bool trusted = false;  // proved to keep its bounds: runs without the library's checks
};

// Where kernels come from.
class KernelSource {
 public:
  virtual ~KernelSource() = default;
  // Sorted by name; they live as long as the source.
  virtual std::span<const kernels::KernelDesc* const> Kernels() const = 0;
  // Fails with kNotFound, naming the nearest.
  virtual Result<const kernels::KernelDesc*> Find(std::string_view kernel) const = 0;
  // `overrides` are complete and legal, the features of `desc` present. From any thread.
  virtual Result<Shader> Link(const kernels::KernelDesc& desc, const OverrideValues& overrides,
                              const DeviceFacts& facts) const = 0;
};

struct AdapterFacts {
  std::string backend;  // "vulkan"
  std::string type;     // "discrete gpu", "integrated gpu", "cpu", "unknown"
  DeviceFacts facts;    // of a device with everything that we ask for
};

// Every adapter that the library finds, best first. Uses `webgpu_library` only. Fails with
// kUnsupported if there is no library; none found is an empty list.
Result<std::vector<AdapterFacts>> ListAdapters(const DeviceOptions& options);

// Whether a processor that plays a GPU is taken.
enum class Software { kAllowed, kOnlyIfNamed };

// Takes the best adapter, or the best whose name, driver or backend contains `options.adapter`.
// Fails with kUnsupported if there is no library or no such adapter, kNotFound if none matches.
Result<std::unique_ptr<Device>> Open(const DeviceOptions& options,
                                     std::shared_ptr<const KernelSource> source,
                                     Software software = Software::kAllowed);

// For tests. REQUIRES: a device of Open.
void DestroyUnderneath(Device& device);       // as if the driver had lost it
Api& ApiUnderneath(Device& device);           // the library's functions as this device calls them
uint64_t CountNativeObjects(Device& device);  // what the library holds for this device

}  // namespace ingot::runtime::webgpu
