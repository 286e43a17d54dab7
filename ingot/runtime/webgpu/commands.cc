#include "ingot/runtime/webgpu/commands.h"

#include <map>

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

const GpuPipeline& PipelineOf(const Command& command) {
  return *static_cast<const GpuPipeline*>(command.pipeline);
}

// What a bind group depends on besides the list's uniforms.
std::vector<uint64_t> KeyOf(const GpuPipeline& pipeline, const Command& command) {
  std::vector<uint64_t> key = {reinterpret_cast<uintptr_t>(pipeline.layout())};
  for (const BoundBuffer& bound : command.bindings) {
    key.insert(key.end(), {bound.buffer->id(), bound.offset, bound.bytes});
  }
  return key;
}

}  // namespace

GpuBuffer::GpuBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts,
                     std::shared_ptr<Memory> memory, uint64_t bytes, std::string label,
                     bool writable, Piece piece)
    : OwnedBuffer(device, std::move(counts), bytes, std::move(label), writable),
      memory_(std::move(memory)),
      piece_(std::move(piece)) {}

GpuBuffer::~GpuBuffer() { memory_->Give(std::move(piece_)); }

Result<std::unique_ptr<GpuCommandList>> GpuCommandList::Create(
    const Device* device, std::shared_ptr<Context> context, Memory& memory,
    const std::vector<Command>& commands) {
  uint32_t most = context->limits().maxComputeWorkgroupsPerDimension;
  for (const Command& command : commands) {
    for (uint32_t axis : command.grid) {
      if (axis <= most) continue;
      return Status(Code::kInvalidArgument,
                    StrCat(command.label, ": grid (", Join(command.grid, ", "),
                           ") is more than the device's limit (", most, ") on an axis"));
    }
  }
  std::unique_ptr<GpuCommandList> list(new GpuCommandList(device, std::move(context)));
  if (commands.empty()) return list;
  INGOT_TRY(list->MakeUniforms(memory, commands)
                .At(StrCat("uniforms of (", commands.size(), ") dispatches"))
                .At(commands[0].label));
  INGOT_TRY(list->MakeGroups(commands));
  return list;
}

// A scope says what is wrong and not with which of many: that is found by trying one by one.
template <typename TryOne>
Status GpuCommandList::Blame(const Status& all, std::string_view what, TryOne&& try_one) const {
  if (all.ok() || !context_->lost().ok()) return all;
  for (size_t i = 0; i < steps_.size(); ++i) {
    INGOT_TRY(try_one(i).At(steps_[i].label));
  }
  return all.At(StrCat(what, " of (", steps_.size(), ") dispatches")).At(steps_[0].label);
}

Status GpuCommandList::MakeUniforms(Memory& memory, const std::vector<Command>& commands) {
  uint32_t alignment = context_->limits().minUniformBufferOffsetAlignment;
  std::vector<uint32_t> words;
  for (const Command& command : commands) {
    const GpuPipeline& pipeline = PipelineOf(command);
    Step& step = steps_.emplace_back();
    step.pipeline = pipeline.pipeline();
    step.grid = command.grid;
    step.label = command.label;
    step.uniform_offset = static_cast<uint32_t>(words.size() * sizeof(uint32_t));
    words.insert(words.end(), command.uniforms.begin(), command.uniforms.end());
    uint64_t end = step.uniform_offset + pipeline.uniform_bytes();
    words.resize((end + alignment - 1) / alignment * alignment / sizeof(uint32_t));
    barriers_ += command.barrier ? 1 : 0;
  }
  std::span<const std::byte> bytes = std::as_bytes(std::span(words));
  INGOT_ASSIGN(uniforms_,
               memory.Create(bytes.size(), WGPUBufferUsage_Uniform | WGPUBufferUsage_CopyDst));
  return memory.Write(uniforms_.buffer.get(), 0, bytes);
}

Handle<WGPUBindGroup> GpuCommandList::MakeGroup(const GpuPipeline& pipeline,
                                                const Command& command) const {
  std::vector<WGPUBindGroupEntry> entries(command.bindings.size() + 1, WGPU_BIND_GROUP_ENTRY_INIT);
  entries[0].buffer = uniforms_.buffer.get();
  entries[0].size = pipeline.uniform_bytes();
  for (size_t i = 0; i < command.bindings.size(); ++i) {
    const BoundBuffer& bound = command.bindings[i];
    WGPUBindGroupEntry& entry = entries[i + 1];
    entry.binding = static_cast<uint32_t>(i + 1);
    entry.buffer = static_cast<const GpuBuffer*>(bound.buffer)->handle();
    entry.offset = bound.offset;
    // Kernels load 16 bytes at once; memory behind the end is there, and nobody trusts it.
    entry.size = (bound.bytes + 15) / 16 * 16;
  }
  WGPUBindGroupDescriptor desc = WGPU_BIND_GROUP_DESCRIPTOR_INIT;
  desc.layout = pipeline.layout();
  desc.entryCount = entries.size();
  desc.entries = entries.data();
  const Api& api = context_->api();
  return Handle<WGPUBindGroup>(api.DeviceCreateBindGroup(context_->device(), &desc),
                               api.BindGroupRelease);
}

Status GpuCommandList::MakeGroups(const std::vector<Command>& commands) {
  const Status made = context_->Guard([&] {
    std::map<std::vector<uint64_t>, WGPUBindGroup> known;
    for (size_t i = 0; i < commands.size(); ++i) {
      const GpuPipeline& pipeline = PipelineOf(commands[i]);
      WGPUBindGroup& group = known[KeyOf(pipeline, commands[i])];
      if (group == nullptr) group = groups_.emplace_back(MakeGroup(pipeline, commands[i])).get();
      steps_[i].group = group;
    }
  });
  return Blame(made, "bind groups", [&](size_t i) {
    return context_->Guard([&] { MakeGroup(PipelineOf(commands[i]), commands[i]); });
  });
}

GpuCommandList::~GpuCommandList() { context_->Withdraw(this); }

Result<Commands> GpuCommandList::Finished(std::span<const Step> steps) const {
  Handle<WGPUCommandEncoder> encoder = context_->MakeEncoder();
  Encode(encoder.get(), steps, nullptr, false);
  return context_->Finish(encoder);
}

Result<Commands> GpuCommandList::Finished() const {
  Result<Commands> commands = Finished(steps_);
  if (commands.ok()) return commands;
  return Explain(commands.status());
}

Status GpuCommandList::Explain(const Status& failure) const {
  return Blame(failure, "commands",
               [&](size_t i) { return Finished(std::span(steps_).subspan(i, 1)).status(); });
}

Status GpuCommandList::Submit() {
  Commands commands = std::move(prepared_);
  if (commands.get() == nullptr) {
    INGOT_ASSIGN(commands, Finished());
  }
  INGOT_TRY(context_->Send(std::move(commands)));
  if (std::exchange(was_submitted_, true)) context_->PrepareLater(this);
  return Status();
}

// What goes wrong here goes wrong again at the submission, which says so.
void GpuCommandList::Prepare() {
  Result<Commands> commands = Finished();
  if (commands.ok()) prepared_ = std::move(*commands);
}

void GpuCommandList::Encode(WGPUCommandEncoder encoder, std::span<const Step> steps,
                            WGPUQuerySet times, bool each) const {
  const Api& api = context_->api();
  WGPUComputePassDescriptor desc = WGPU_COMPUTE_PASS_DESCRIPTOR_INIT;
  WGPUComputePassEncoder pass = api.CommandEncoderBeginComputePass(encoder, &desc);
  WGPUComputePipeline current = nullptr;
  uint32_t query = 0;
  if (times != nullptr) api.native.WriteTimestamp(pass, times, query++);
  for (const Step& step : steps) {
    if (step.pipeline != current) api.ComputePassEncoderSetPipeline(pass, step.pipeline);
    current = step.pipeline;
    api.ComputePassEncoderSetBindGroup(pass, 0, step.group, 1, &step.uniform_offset);
    api.ComputePassEncoderDispatchWorkgroups(pass, step.grid[0], step.grid[1], step.grid[2]);
    if (each) api.native.WriteTimestamp(pass, times, query++);
  }
  if (times != nullptr && !each) api.native.WriteTimestamp(pass, times, query);
  api.ComputePassEncoderEnd(pass);
  api.ComputePassEncoderRelease(pass);
}

}  // namespace ingot::runtime::webgpu
