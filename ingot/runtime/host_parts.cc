// What a HostDevice makes: buffers, pipelines and command lists, each counted while it lives.
#include "ingot/runtime/host_device.h"

namespace ingot::runtime {

HostBuffer::HostBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
                       std::string label, bool writable, std::byte* memory,
                       std::shared_ptr<const void> owner)
    : OwnedBuffer(device, std::move(counts), bytes, std::move(label), writable),
      memory_(memory),
      owner_(std::move(owner)) {}

HostPipeline::HostPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts,
                           const kernels::cpu::CpuKernel& kernel, const OverrideValues& overrides)
    : OwnedPipeline(device, std::move(counts)), kernel_(kernel) {
  for (const kernels::OverrideDesc& desc : kernel.desc.overrides) {
    overrides_.push_back(overrides.at(desc.name));
  }
}

HostCommandList::HostCommandList(const Device* device, const std::vector<Command>& commands,
                                 kernels::cpu::ThreadPool* pool)
    : device_(device) {
  size_t bindings = 0;
  size_t uniforms = 0;
  for (const Command& command : commands) {
    bindings += command.bindings.size();
    uniforms += command.uniforms.size();
    barriers_ += command.barrier ? 1 : 0;
  }
  // The arguments point into these: they must not move any more.
  bindings_.reserve(bindings);
  uniforms_.reserve(uniforms);
  steps_.reserve(commands.size());
  for (const Command& command : commands) {
    size_t first_binding = bindings_.size();
    size_t first_uniform = uniforms_.size();
    for (const BoundBuffer& bound : command.bindings) {
      std::byte* memory = static_cast<HostBuffer*>(bound.buffer)->memory();
      bindings_.emplace_back(memory == nullptr ? nullptr : memory + bound.offset,
                             memory == nullptr ? 0 : bound.bytes);
    }
    uniforms_.insert(uniforms_.end(), command.uniforms.begin(), command.uniforms.end());
    const auto* pipeline = static_cast<const HostPipeline*>(command.pipeline);
    Step& step = steps_.emplace_back();
    step.run = pipeline->run();
    step.args.bindings = std::span(bindings_).subspan(first_binding);
    step.args.uniforms = std::span(uniforms_).subspan(first_uniform);
    step.args.overrides = pipeline->overrides();
    step.args.pool = pool;
  }
}

}  // namespace ingot::runtime
