#include "ingot/runtime/webgpu/native.h"

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

constexpr uint32_t kF16[] = {WGPUFeatureName_ShaderF16};
constexpr uint32_t kSubgroups[] = {WGPUNativeFeature_Subgroup};
constexpr uint32_t kTimestamps[] = {WGPUFeatureName_TimestampQuery,
                                    WGPUNativeFeature_TimestampQueryInsidePasses};
constexpr Feature kFeatures[] = {
    {"f16", kF16}, {"subgroups", kSubgroups}, {"timestamps", kTimestamps}};

constexpr WGPUErrorFilter kErrorFilters[] = {WGPUErrorFilter_OutOfMemory,
                                             WGPUErrorFilter_Validation};

// The numbers of `wgsl:LINE:COLUMN`.
void FindPlace(std::string_view message, Trouble& trouble) {
  constexpr std::string_view kMark = "wgsl:";
  size_t begin = message.find(kMark);
  if (begin == std::string_view::npos) return;
  std::string_view rest = message.substr(begin + kMark.size());
  rest = rest.substr(0, rest.find_first_of(" \n"));
  size_t colon = rest.find(':');
  if (colon == std::string_view::npos) return;
  trouble.line = static_cast<uint32_t>(ParseUint(rest.substr(0, colon)).value_or(0));
  trouble.column = static_cast<uint32_t>(ParseUint(rest.substr(colon + 1)).value_or(0));
}

}  // namespace

void Native::Find(const std::function<void*(const char*)>& find) {
  auto take = [&]<typename F>(F& function, const char* name) {
    function = reinterpret_cast<F>(find(name));
  };
  take(enumerate_, "wgpuInstanceEnumerateAdapters");
  take(poll_, "wgpuDevicePoll");
  take(create_trusted_, "wgpuDeviceCreateShaderModuleTrusted");
  take(write_timestamp_, "wgpuComputePassEncoderWriteTimestamp");
  take(timestamp_period_, "wgpuQueueGetTimestampPeriod");
  take(report_, "wgpuGenerateReport");
  decltype(&wgpuGetVersion) version = nullptr;
  take(version, "wgpuGetVersion");
  if (version != nullptr) version_ = version();
}

std::span<const Feature> Native::Features() { return kFeatures; }

std::span<const WGPUErrorFilter> Native::ErrorFilters() { return kErrorFilters; }

// Its messages are lines: a kind, `Caused by:`, `In FUNCTION`, then the cause, each indented below
// the one above; a picture of the shader's line may follow.
Trouble Native::Explain(std::string_view message) {
  Trouble trouble;
  trouble.is_lost = message.find("Parent device is lost") != std::string_view::npos;
  trouble.is_memory = message.find("Not enough memory left") != std::string_view::npos;
  FindPlace(message, trouble);
  for (std::string_view line : Split(message, '\n')) {
    line = Trim(line);
    bool is_heading = line.empty() || line == "Validation Error" || line == "Caused by:";
    if (is_heading) continue;
    bool is_picture = line.front() < ' ' || line.front() > '~';
    if (is_picture) break;
    if (line.starts_with("In ")) line.remove_prefix(3);
    constexpr std::string_view kParsing = " parsing error: ";
    if (size_t parsing = line.find(kParsing); parsing != std::string_view::npos) {
      trouble.text = line.substr(parsing + kParsing.size());
      continue;
    }
    if (!trouble.text.empty()) trouble.text += ": ";
    trouble.text += line;
  }
  return trouble;
}

WGPUInstance Native::CreateInstance(decltype(&wgpuCreateInstance) create) const {
  WGPUInstanceExtras extras = {};
  extras.chain.sType = static_cast<WGPUSType>(WGPUSType_InstanceExtras);
#ifdef __linux__
  extras.backends = WGPUInstanceBackend_Vulkan;
#else
  extras.backends = WGPUInstanceBackend_Primary;
#endif
  WGPUInstanceDescriptor desc = WGPU_INSTANCE_DESCRIPTOR_INIT;
  desc.nextInChain = &extras.chain;
  return create(&desc);
}

std::vector<WGPUAdapter> Native::EnumerateAdapters(WGPUInstance instance) const {
  std::vector<WGPUAdapter> adapters(enumerate_(instance, nullptr, nullptr));
  adapters.resize(enumerate_(instance, nullptr, adapters.data()));
  return adapters;
}

void Native::Poll(WGPUDevice device, bool wait) const { poll_(device, wait ? 1 : 0, nullptr); }

WGPUShaderModule Native::CreateTrustedShader(WGPUDevice device,
                                             const WGPUShaderModuleDescriptor& desc) const {
  return create_trusted_(device, &desc, WGPUShaderRuntimeChecks_None);
}

void Native::WriteTimestamp(WGPUComputePassEncoder pass, WGPUQuerySet set, uint32_t index) const {
  write_timestamp_(pass, set, index);
}

float Native::TimestampPeriod(WGPUQueue queue) const { return timestamp_period_(queue); }

// Version 29.0.1.1 marks a command buffer as submitted when it is made, and so never frees one that
// was not. The mark is the byte behind the two words of the object.
void Native::ForgetUnsent(WGPUCommandBuffer commands) const {
  constexpr uint32_t kForgetful = 29u << 24 | 0u << 16 | 1u << 8 | 1u;
  constexpr size_t kMark = 16;
  if (version_ != kForgetful) return;
  reinterpret_cast<unsigned char*>(commands)[kMark] = 1;
}

uint64_t Native::CountObjects(WGPUInstance instance) const {
  WGPUGlobalReport report = {};
  report_(instance, &report);
  const WGPUHubReport& hub = report.hub;
  uint64_t objects = 0;
  for (const WGPURegistryReport* kind :
       {&hub.buffers, &hub.bindGroups, &hub.bindGroupLayouts, &hub.pipelineLayouts,
        &hub.shaderModules, &hub.computePipelines, &hub.commandBuffers, &hub.querySets}) {
    objects += kind->numKeptFromUser;
  }
  return objects;
}

}  // namespace ingot::runtime::webgpu
