#include "ingot/runtime/webgpu/pipeline.h"

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

Status AboveLimit(std::string_view what, uint64_t value, uint64_t limit) {
  return Status(Code::kUnsupported,
                StrCat(what, " (", value, ") is more than the device's limit (", limit, ")"));
}

}  // namespace

Result<std::shared_ptr<GpuPipeline>> GpuPipeline::Create(const Device* device,
                                                         std::shared_ptr<DeviceCounts> counts,
                                                         std::shared_ptr<Context> context,
                                                         const kernels::KernelDesc& desc,
                                                         const Shader& shader) {
  auto made = std::make_shared<GpuPipeline>(device, std::move(counts), context, desc);
  INGOT_TRY(made->CheckLimits(shader).At(desc.name));
  INGOT_TRY(context->lost());
  Handle<WGPUShaderModule> module;
  const Trouble trouble = context->Try([&] { module = made->MakeModule(shader); });
  Status compiled = context->ToStatus(trouble);
  if (trouble.line > 0) {
    // The text is linked from several files: the line itself says more than its number.
    const std::vector<std::string_view> lines = Split(shader.text, '\n');
    const std::string_view line = trouble.line > lines.size() ? "" : lines[trouble.line - 1];
    compiled = compiled.At(
        StrCat("line ", trouble.line, " column ", trouble.column, " (", Trim(line), ")"));
  }
  INGOT_TRY(compiled.At(desc.name));
  INGOT_TRY(context->Guard([&] { made->MakePipeline(shader, module); }).At(desc.name));
  return made;
}

void GpuPipeline::Compile(const Shader& shader) { MakePipeline(shader, MakeModule(shader)); }

Status GpuPipeline::CheckLimits(const Shader& shader) const {
  const DeviceFacts& facts = context_->facts();
  const WGPULimits& limits = context_->limits();
  const std::array<uint32_t, 3> most = {limits.maxComputeWorkgroupSizeX,
                                        limits.maxComputeWorkgroupSizeY,
                                        limits.maxComputeWorkgroupSizeZ};
  uint64_t invocations = 1;
  for (size_t axis = 0; axis < most.size(); ++axis) {
    uint32_t size = shader.workgroup_size[axis];
    if (size > most[axis]) {
      return AboveLimit(StrCat("workgroup size on axis ", axis), size, most[axis]);
    }
    // Each axis is small enough by now that no product overflows.
    invocations *= size;
  }
  if (invocations == 0) return Status(Code::kInvalidArgument, "workgroup of (0) invocations");
  if (invocations > facts.max_workgroup_invocations) {
    return AboveLimit("workgroup size", invocations, facts.max_workgroup_invocations);
  }
  if (shader.workgroup_bytes > facts.max_workgroup_bytes) {
    return AboveLimit("workgroup memory", shader.workgroup_bytes, facts.max_workgroup_bytes);
  }
  if (desc_.bindings.size() > facts.max_storage_bindings) {
    return AboveLimit("number of bindings", desc_.bindings.size(), facts.max_storage_bindings);
  }
  return Status();
}

void GpuPipeline::MakeLayout() {
  std::vector<WGPUBindGroupLayoutEntry> entries(desc_.bindings.size() + 1,
                                                WGPU_BIND_GROUP_LAYOUT_ENTRY_INIT);
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i].binding = static_cast<uint32_t>(i);
    entries[i].visibility = WGPUShaderStage_Compute;
    bool is_read = i > 0 && desc_.bindings[i - 1].access == Access::kRead;
    entries[i].buffer.type =
        is_read ? WGPUBufferBindingType_ReadOnlyStorage : WGPUBufferBindingType_Storage;
  }
  entries[0].buffer.type = WGPUBufferBindingType_Uniform;
  entries[0].buffer.hasDynamicOffset = 1;
  WGPUBindGroupLayoutDescriptor desc = WGPU_BIND_GROUP_LAYOUT_DESCRIPTOR_INIT;
  desc.entryCount = entries.size();
  desc.entries = entries.data();
  const Api& api = context_->api();
  layout_ = Handle<WGPUBindGroupLayout>(api.DeviceCreateBindGroupLayout(context_->device(), &desc),
                                        api.BindGroupLayoutRelease);
}

Handle<WGPUShaderModule> GpuPipeline::MakeModule(const Shader& shader) const {
  const Api& api = context_->api();
  WGPUShaderSourceWGSL source = WGPU_SHADER_SOURCE_WGSL_INIT;
  source.code = View(shader.text);
  WGPUShaderModuleDescriptor desc = WGPU_SHADER_MODULE_DESCRIPTOR_INIT;
  desc.nextInChain = &source.chain;
  WGPUShaderModule module = shader.trusted
                                ? api.native.CreateTrustedShader(context_->device(), desc)
                                : api.DeviceCreateShaderModule(context_->device(), &desc);
  return Handle<WGPUShaderModule>(module, api.ShaderModuleRelease);
}

void GpuPipeline::MakePipeline(const Shader& shader, const Handle<WGPUShaderModule>& module) {
  const Api& api = context_->api();
  std::vector<WGPUConstantEntry> constants;
  for (const auto& [name, value] : shader.constants) {
    WGPUConstantEntry& entry = constants.emplace_back(WGPU_CONSTANT_ENTRY_INIT);
    entry.key = View(name);
    entry.value = value;
  }
  MakeLayout();
  WGPUBindGroupLayout layout = layout_.get();
  WGPUPipelineLayoutDescriptor layout_desc = WGPU_PIPELINE_LAYOUT_DESCRIPTOR_INIT;
  layout_desc.bindGroupLayoutCount = 1;
  layout_desc.bindGroupLayouts = &layout;
  Handle<WGPUPipelineLayout> pipeline_layout(
      api.DeviceCreatePipelineLayout(context_->device(), &layout_desc), api.PipelineLayoutRelease);
  WGPUComputePipelineDescriptor desc = WGPU_COMPUTE_PIPELINE_DESCRIPTOR_INIT;
  desc.layout = pipeline_layout.get();
  desc.compute.module = module.get();
  desc.compute.entryPoint = View("main");
  desc.compute.constantCount = constants.size();
  desc.compute.constants = constants.data();
  pipeline_ = Handle<WGPUComputePipeline>(
      api.DeviceCreateComputePipeline(context_->device(), &desc), api.ComputePipelineRelease);
}

}  // namespace ingot::runtime::webgpu
