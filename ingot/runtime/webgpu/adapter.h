// Adapters: what a WebGPU instance finds on this machine, what each offers, and which is taken.
#pragma once

#include <memory>
#include <vector>

#include "ingot/runtime/webgpu/api.h"
#include "ingot/runtime/webgpu/device.h"

namespace ingot::runtime::webgpu {

struct Adapter {
  Handle<WGPUAdapter> handle;
  AdapterFacts facts;
  WGPULimits limits = WGPU_LIMITS_INIT;
};

struct AdapterList {
  std::shared_ptr<const Api> api;
  Handle<WGPUInstance> instance;
  std::vector<Adapter> adapters;  // best first
};

// Features in `options.hide_features` are treated as missing, limits as `options` have them.
Result<AdapterList> FindAdapters(const DeviceOptions& options);

// Index of the adapter to take. Fails as Open of device.h says.
Result<size_t> ChooseAdapter(const AdapterList& list, std::string_view wish, Software software);

}  // namespace ingot::runtime::webgpu
