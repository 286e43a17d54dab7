// Upload: how large amounts of bytes reach the library's buffers: through a ring of mapped memory,
// which threads fill while the GPU copies what they filled before.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ingot/kernels/cpu/parallel.h"
#include "ingot/runtime/webgpu/context.h"

namespace ingot::runtime::webgpu {

// One thread at a time.
class Upload {
 public:
  // `threads` fill.
  Upload(std::shared_ptr<Context> context, uint32_t threads)
      : context_(std::move(context)), threads_(threads) {}

  // Whether there is memory for the ring, which is made here. Where there is none, this is logged
  // once.
  bool Begin();
  // As Memory::Write. REQUIRES: Begin().
  Status Write(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes);
  // Gives the ring back; what was written still arrives.
  void End();

 private:
  struct Slot {
    Handle<WGPUBuffer> buffer;
    std::shared_ptr<Mapping> mapping;  // asked for when it was last sent; none: it is mapped
  };

  Status AddSlot();
  Status WritePart(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes);
  void Fill(std::span<const std::byte> from, std::byte* to);

  std::shared_ptr<Context> context_;
  uint32_t threads_;
  std::unique_ptr<kernels::cpu::ThreadPool> pool_;  // while there is a ring
  std::vector<Slot> ring_;
  size_t next_ = 0;
  bool is_full_ = false;     // no slot is added any more
  bool is_refused_ = false;  // there was no memory for a first one
};

}  // namespace ingot::runtime::webgpu
