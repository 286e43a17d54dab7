// HostDevice: what the CPU and the null device share: a table of CPU kernels and pipelines over it,
// counts, and what happens once a device is lost. Where memory comes from and what a submission
// does is theirs.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ingot/kernels/cpu/cpu_kernels.h"
#include "ingot/runtime/owned.h"

namespace ingot::runtime {

using KernelTable = std::span<const kernels::cpu::CpuKernel>;

class HostBuffer final : public OwnedBuffer {
 public:
  // `memory` has `bytes` bytes, or none on a device that keeps no contents; `owner` keeps it alive.
  HostBuffer(const Device* device, std::shared_ptr<DeviceCounts> counts, uint64_t bytes,
             std::string label, bool writable, std::byte* memory,
             std::shared_ptr<const void> owner);

  std::byte* memory() const { return memory_; }

 private:
  std::byte* memory_;
  std::shared_ptr<const void> owner_;
};

class HostPipeline final : public OwnedPipeline {
 public:
  HostPipeline(const Device* device, std::shared_ptr<DeviceCounts> counts,
               const kernels::cpu::CpuKernel& kernel, const OverrideValues& overrides);

  const kernels::KernelDesc& desc() const override { return kernel_.desc; }
  kernels::cpu::Function run() const { return kernel_.run; }
  std::span<const double> overrides() const { return overrides_; }  // in the description's order

 private:
  const kernels::cpu::CpuKernel& kernel_;
  std::vector<double> overrides_;
};

// Dispatches with their arguments made ready; they point into this list, so it does not move.
class HostCommandList final : public CommandList {
 public:
  struct Step {
    kernels::cpu::Function run = nullptr;
    kernels::cpu::Args args;
  };

  HostCommandList(const Device* device, const std::vector<Command>& commands,
                  kernels::cpu::ThreadPool* pool);
  HostCommandList(const HostCommandList&) = delete;
  HostCommandList& operator=(const HostCommandList&) = delete;

  const Device* device() const { return device_; }
  std::span<const Step> steps() const { return steps_; }
  uint64_t barriers() const { return barriers_; }

 private:
  const Device* device_;
  std::vector<std::span<std::byte>> bindings_;
  std::vector<uint32_t> uniforms_;
  std::vector<Step> steps_;
  uint64_t barriers_ = 0;
};

class HostDevice : public Device {
 public:
  const DeviceFacts& facts() const override { return facts_; }
  std::span<const kernels::KernelDesc* const> kernels() const final { return descriptions_; }
  Result<std::unique_ptr<Buffer>> CreateBuffer(uint64_t bytes, std::string label) final;
  Result<std::unique_ptr<Buffer>> ImportBuffer(std::span<const std::byte> host,
                                               std::shared_ptr<const void> owner,
                                               std::string label) final;
  Result<std::shared_ptr<Pipeline>> CreatePipeline(std::string_view kernel,
                                                   const OverrideValues& overrides) final;
  Status Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) final;
  Status Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) final;
  Status Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
              uint64_t bytes) final;
  Result<uint64_t> PackedBytes(std::string_view layout, DType dtype, uint64_t rows,
                               uint64_t cols) final;
  Result<std::unique_ptr<Buffer>> PackWeight(std::string_view layout, DType dtype, uint64_t rows,
                                             uint64_t cols, std::span<const std::byte> src,
                                             std::string label) final;
  Result<std::unique_ptr<CommandList>> Record(std::vector<Command> commands) final;
  Status Submit(CommandList& list) final;
  Status Finish() final { return lost_; }
  DeviceCounts counts() const final { return *counts_; }

 protected:
  // `kernels` must outlive the device. `pool` may be null where nothing runs.
  HostDevice(DeviceFacts facts, KernelTable kernels, kernels::cpu::ThreadPool* pool);

  // Zeroed memory, or nullptr inside of the result on a device that keeps no contents.
  virtual Result<std::shared_ptr<std::byte>> Allocate(uint64_t bytes) = 0;
  virtual bool KeepsContents() const = 0;
  // What keeps imported memory alive, or why it is too much.
  virtual Result<std::shared_ptr<const void>> Admit(uint64_t bytes,
                                                    std::shared_ptr<const void> owner) {
    static_cast<void>(bytes);
    return owner;
  }
  // Runs the steps; a failure of code kUnavailable means that the device is lost.
  virtual Status Execute(const HostCommandList& list) = 0;

 private:
  Result<std::unique_ptr<HostBuffer>> NewBuffer(uint64_t bytes, std::string label, bool writable);

  DeviceFacts facts_;
  KernelTable kernels_;
  std::vector<const kernels::KernelDesc*> descriptions_;
  kernels::cpu::ThreadPool* pool_;
  std::shared_ptr<DeviceCounts> counts_ = std::make_shared<DeviceCounts>();
  LivingPipelines pipelines_;
  Status lost_;
};

}  // namespace ingot::runtime
