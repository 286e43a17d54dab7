// What a HostDevice makes: buffers, pipelines and command lists, each counted while it lives.
#include <atomic>

#include "ingot/runtime/host_device.h"

namespace ingot::runtime {
namespace {

uint64_t NextBufferId() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Buffer::Buffer() : id_(NextBufferId()) {}

HostBuffer::HostBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
                       std::string label, bool writable, std::byte* memory,
                       std::shared_ptr<const void> owner)
    : device_(device),
      counts_(std::move(counts)),
      bytes_(bytes),
      label_(std::move(label)),
      writable_(writable),
      memory_(memory),
      owner_(std::move(owner)) {
  counts_->buffers += 1;
  counts_->buffer_bytes += bytes_;
}

HostBuffer::~HostBuffer() {
  counts_->buffers -= 1;
  counts_->buffer_bytes -= bytes_;
}

HostPipeline::HostPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts,
                           const kernels::cpu::CpuKernel& kernel, const OverrideValues& overrides)
    : device_(device), counts_(std::move(counts)), kernel_(kernel) {
  for (const kernels::OverrideDesc& desc : kernel.desc.overrides) {
    overrides_.push_back(overrides.at(desc.name));
  }
  counts_->pipelines += 1;
}

HostPipeline::~HostPipeline() { counts_->pipelines -= 1; }

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
