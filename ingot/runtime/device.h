// Device: the one seam between Programs and what runs them. `cpu` runs kernels/cpu, `webgpu` runs
// shaders on a GPU, `null` accepts everything, runs nothing and counts. Chosen once, in Open; above
// runtime/ nobody asks which it is. Every device passes the conformance suite in test/runtime/cts.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/kernels/kernel.h"

namespace ingot::runtime {

// A piece of device memory; freed when destroyed, but not before submitted work that uses it is
// done. It must not outlive its device.
class Buffer {
 public:
  virtual ~Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  // Never given to another buffer of this process, unlike an address.
  uint64_t id() const { return id_; }
  virtual uint64_t bytes() const = 0;
  virtual const std::string& label() const = 0;

 protected:
  Buffer();

 private:
  uint64_t id_;
};

// A kernel made ready with fixed override values.
class Pipeline {
 public:
  virtual ~Pipeline() = default;
  virtual const kernels::KernelDesc& desc() const = 0;
};

// What a pipeline is made from.
struct PipelineRequest {
  std::string kernel;
  OverrideValues overrides;  // complete (kernels::CompleteOverrides)
  auto operator<=>(const PipelineRequest&) const = default;
};

struct BoundBuffer {
  Buffer* buffer = nullptr;
  uint64_t offset = 0;  // a multiple of facts().binding_offset_alignment
  uint64_t bytes = 0;   // offset + bytes <= buffer->bytes()
  Access access = Access::kRead;
};

// One dispatch, ready to record.
struct Command {
  Pipeline* pipeline = nullptr;
  std::vector<BoundBuffer> bindings;  // in the order of the description
  std::vector<uint32_t> uniforms;     // in the order of the description, f32 by their bits
  std::array<uint32_t, 3> grid = {1, 1, 1};
  bool barrier = false;  // must wait for what was recorded before it: set by Recorder
  std::string label;     // "blk.3 q_proj matmul": for messages and timestamps
};

// Commands recorded once and submitted as often as wanted. Its pipelines and buffers must be alive
// whenever it is submitted; it may be destroyed at any time.
class CommandList {
 public:
  virtual ~CommandList() = default;
};

struct DeviceCounts {
  uint64_t buffers = 0, buffer_bytes = 0, pipelines = 0;   // alive now
  uint64_t submissions = 0, dispatches = 0, barriers = 0;  // since Open
  bool operator==(const DeviceCounts&) const = default;
};

// One thread at a time. After a failure of code kUnavailable that names a lost device every later
// call fails the same way, and destroying what it made is still safe.
class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceFacts& facts() const = 0;
  // All that CreatePipeline knows, sorted by name; they live as long as the device.
  virtual std::span<const kernels::KernelDesc* const> kernels() const = 0;

  // Contents are zero at first. Fails with kUnavailable if memory is short: `LABEL: BYTES bytes do
  // not fit ...`.
  virtual Result<std::unique_ptr<Buffer>> CreateBuffer(uint64_t bytes, std::string label) = 0;
  // A read-only buffer over memory that stays alive and unchanged as long as `owner` does. A device
  // with its own memory copies it; the CPU uses it as it is, if it is aligned as bindings are.
  virtual Result<std::unique_ptr<Buffer>> ImportBuffer(std::span<const std::byte> host,
                                                       std::shared_ptr<const void> owner,
                                                       std::string label) = 0;
  // `overrides` are complete (kernels::CompleteOverrides). Fails with kUnsupported if a feature or
  // limit is missing, kNotFound if the device has no such kernel. Equal requests share one
  // pipeline.
  virtual Result<std::shared_ptr<Pipeline>> CreatePipeline(std::string_view kernel,
                                                           const OverrideValues& overrides) = 0;
  // Makes ready, many at once, what CreatePipeline will be asked for while the answer lives. What
  // fails is missing from it: CreatePipeline says why.
  virtual std::vector<std::shared_ptr<Pipeline>> Precompile(
      std::span<const PipelineRequest> requests);

  // Offsets and sizes of Write and Copy are multiples of 4. All three fail, changing nothing, where
  // the range is outside of the buffer; Write and Copy where the destination is read-only.
  virtual Status Write(Buffer& buffer, uint64_t offset, std::span<const std::byte> bytes) = 0;
  // Waits for everything submitted before.
  virtual Status Read(Buffer& buffer, uint64_t offset, std::span<std::byte> bytes) = 0;
  // REQUIRES: two buffers.
  virtual Status Copy(Buffer& src, uint64_t src_offset, Buffer& dst, uint64_t dst_offset,
                      uint64_t bytes) = 0;

  // A weight layout that this device's kernels ask for and that is not "blocks": its bytes, and a
  // buffer made from the file's rows. kNotFound for a layout it does not know.
  virtual Result<uint64_t> PackedBytes(std::string_view layout, DType dtype, uint64_t rows,
                                       uint64_t cols) = 0;
  virtual Result<std::unique_ptr<Buffer>> PackWeight(std::string_view layout, DType dtype,
                                                     uint64_t rows, uint64_t cols,
                                                     std::span<const std::byte> src,
                                                     std::string label) = 0;

  // Checks every command against the description (counts, access, ranges, alignment, grid), naming
  // the label.
  virtual Result<std::unique_ptr<CommandList>> Record(std::vector<Command> commands) = 0;
  virtual Status Submit(CommandList& list) = 0;
  // Waits until all submitted work is done.
  virtual Status Finish() = 0;
  // Submits, waits, and gives the microseconds of each dispatch by the device's own clock, which it
  // makes slower. Fails with kUnsupported where there is no such clock.
  virtual Result<std::vector<double>> Time(CommandList& list);
  // The same from the start of the first dispatch to the end of the last, which costs them nothing.
  virtual Result<double> TimeAll(CommandList& list);

  virtual DeviceCounts counts() const = 0;
};

// Whether that much can be one binding. Fails with kUnsupported and both numbers.
Status CheckBindable(uint64_t bytes, const DeviceFacts& facts);

struct DeviceOptions {
  std::string kind = "auto";                // auto, cpu, webgpu, null
  uint32_t threads = 0;                     // 0: as many as the machine has cores
  std::vector<std::string> hide_features;   // treated as missing: for tests and comparisons
  uint64_t max_binding_bytes = UINT64_MAX;  // of a GPU, where that is less than its own limit
  std::string webgpu_library;               // path; empty: where the program and the system have it
  std::string adapter;                      // part of the name of the GPU; empty: the best
  std::vector<std::string> kernel_dirs;     // with WGSL files, which win over shipped ones
};

// `auto` is the best GPU, else the CPU; a GPU in software only if `adapter` names it. Where it is
// the CPU, `why_cpu` says why no GPU was taken. A GPU that `adapter` or `kernel_dirs` ask for is
// taken or is an error. Fails with kInvalidArgument for an unknown kind, naming those that exist,
// and for too many threads; for a GPU as webgpu/device.h says.
Result<std::unique_ptr<Device>> Open(const DeviceOptions& options, std::string* why_cpu = nullptr);

}  // namespace ingot::runtime
