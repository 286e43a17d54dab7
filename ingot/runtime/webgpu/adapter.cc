#include "ingot/runtime/webgpu/adapter.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

std::string BackendName(WGPUBackendType backend) {
  switch (backend) {
    case WGPUBackendType_D3D11:
      return "d3d11";
    case WGPUBackendType_D3D12:
      return "d3d12";
    case WGPUBackendType_Metal:
      return "metal";
    case WGPUBackendType_Vulkan:
      return "vulkan";
    case WGPUBackendType_OpenGL:
      return "opengl";
    case WGPUBackendType_OpenGLES:
      return "opengles";
    default:
      return "unknown";
  }
}

std::string TypeName(WGPUAdapterType type) {
  switch (type) {
    case WGPUAdapterType_DiscreteGPU:
      return "discrete gpu";
    case WGPUAdapterType_IntegratedGPU:
      return "integrated gpu";
    case WGPUAdapterType_CPU:
      return "cpu";
    default:
      return "unknown";
  }
}

bool IsSoftware(const Adapter& adapter) { return adapter.facts.type == "cpu"; }

// Smaller is better: a processor that plays a GPU comes last.
int Rank(const Adapter& adapter) {
  constexpr std::string_view kBestFirst[] = {"discrete gpu", "integrated gpu", "unknown", "cpu"};
  return static_cast<int>(std::ranges::find(kBestFirst, adapter.facts.type) - kBestFirst);
}

void TakeFacts(const Api& api, const DeviceOptions& options, Adapter& adapter) {
  WGPUAdapterInfo info = WGPU_ADAPTER_INFO_INIT;
  api.AdapterGetInfo(adapter.handle.get(), &info);
  api.AdapterGetLimits(adapter.handle.get(), &adapter.limits);
  adapter.limits.nextInChain = nullptr;
  adapter.facts.backend = BackendName(info.backendType);
  adapter.facts.type = TypeName(info.adapterType);
  DeviceFacts& facts = adapter.facts.facts;
  facts.kind = "webgpu";
  facts.name = View(info.device);
  facts.driver = std::string(Trim(StrCat(View(info.vendor), " ", View(info.description))));
  for (const Feature& feature : Native::Features()) {
    bool is_hidden =
        std::ranges::find(options.hide_features, feature.name) != options.hide_features.end();
    bool is_there = std::ranges::all_of(feature.numbers, [&](uint32_t number) {
      auto name = static_cast<WGPUFeatureName>(number);
      return api.AdapterHasFeature(adapter.handle.get(), name) != 0;
    });
    if (is_there && !is_hidden) facts.features.emplace_back(feature.name);
  }
  std::ranges::sort(facts.features);
  const WGPULimits& limits = adapter.limits;
  facts.max_buffer_bytes = limits.maxBufferSize;
  // Bindings are made in multiples of 16.
  facts.max_binding_bytes = std::min({limits.maxStorageBufferBindingSize, limits.maxBufferSize,
                                      options.max_binding_bytes}) /
                            16 * 16;
  facts.max_storage_bindings = limits.maxStorageBuffersPerShaderStage;
  facts.binding_offset_alignment = std::max(16u, limits.minStorageBufferOffsetAlignment);
  facts.max_workgroup_invocations = limits.maxComputeInvocationsPerWorkgroup;
  facts.max_workgroup_bytes = limits.maxComputeWorkgroupStorageSize;
  facts.subgroup_min = std::max(1u, info.subgroupMinSize);
  facts.subgroup_max = std::max(1u, info.subgroupMaxSize);
  api.AdapterInfoFreeMembers(info);
}

// With its last instance a driver is unloaded, and a thread of it that still runs then ends the
// process. So the first instance of each library is never released.
void KeepDriversLoaded(const Api& api, WGPUInstance instance) {
  static std::mutex mutex;
  static auto* kept = new std::map<std::string, WGPUInstance>();
  std::lock_guard lock(mutex);
  if (kept->try_emplace(api.path, instance).second) api.InstanceAddRef(instance);
}

bool Matches(const AdapterFacts& facts, const std::string& wish) {
  for (const std::string* text : {&facts.facts.name, &facts.facts.driver, &facts.backend}) {
    if (ToLower(*text).find(wish) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Result<AdapterList> FindAdapters(const DeviceOptions& options) {
  AdapterList list;
  INGOT_ASSIGN(list.api, LoadApi(options.webgpu_library));
  const Api& api = *list.api;
  list.instance =
      Handle<WGPUInstance>(api.native.CreateInstance(api.CreateInstance), api.InstanceRelease);
  KeepDriversLoaded(api, list.instance.get());
  for (WGPUAdapter handle : api.native.EnumerateAdapters(list.instance.get())) {
    Adapter adapter;
    adapter.handle = Handle<WGPUAdapter>(handle, api.AdapterRelease);
    TakeFacts(api, options, adapter);
    auto place = std::ranges::upper_bound(list.adapters, Rank(adapter), {}, Rank);
    list.adapters.insert(place, std::move(adapter));
  }
  return list;
}

Result<size_t> ChooseAdapter(const AdapterList& list, std::string_view wish, Software software) {
  if (list.adapters.empty()) {
    return Status(Code::kUnsupported,
                  StrCat("there is no GPU that (", list.api->path,
                         ") can use; install its Vulkan driver, or a software one (on Debian, "
                         "mesa-vulkan-drivers and libvulkan1)"));
  }
  std::vector<std::string> names;
  for (const Adapter& adapter : list.adapters) names.push_back(adapter.facts.facts.name);
  // The best comes first: behind a software GPU there are only others.
  if (software == Software::kOnlyIfNamed && wish.empty() && IsSoftware(list.adapters[0])) {
    return Status(Code::kUnsupported, StrCat("there is no GPU but in software (", Join(names, "; "),
                                             "), which --device webgpu takes"));
  }
  for (size_t i = 0; i < list.adapters.size(); ++i) {
    if (Matches(list.adapters[i].facts, ToLower(wish))) return i;
  }
  return Status(Code::kNotFound,
                StrCat("adapter (", wish, ") matches none of (", Join(names, "; "), ")"));
}

Result<std::vector<AdapterFacts>> ListAdapters(const DeviceOptions& options) {
  INGOT_ASSIGN(AdapterList list, FindAdapters({.webgpu_library = options.webgpu_library}));
  std::vector<AdapterFacts> all;
  for (Adapter& adapter : list.adapters) all.push_back(std::move(adapter.facts));
  return all;
}

}  // namespace ingot::runtime::webgpu
