// Memory: the library's buffers, kept for the next user by size class, and how bytes get in and out
// of them.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "ingot/runtime/webgpu/upload.h"

namespace ingot::runtime::webgpu {

struct Piece {
  Handle<WGPUBuffer> buffer;
  uint64_t bytes = 0;  // a multiple of 16
};

// One thread at a time.
class Memory {
 public:
  // `threads` copy where much is written.
  Memory(std::shared_ptr<Context> context, uint32_t threads)
      : context_(std::move(context)), upload_(context_, threads) {}

  // At least `bytes`, zeroed. Fails with kUnavailable: `BYTES bytes do not fit in ...`.
  Result<Piece> Take(uint64_t bytes);
  // For use by a later Take, or freed, whatever bind groups still name it; submitted work that uses
  // it still runs before that.
  void Give(Piece piece);

  // Offsets in multiples of 4; a last part of a word is written with zeros behind it.
  Status Write(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes);
  // Gives back what large writes needed; the next one makes it anew.
  void EndUpload() { upload_.End(); }
  Status Read(WGPUBuffer src, uint64_t offset, std::span<std::byte> bytes);
  Status Copy(WGPUBuffer src, uint64_t src_offset, WGPUBuffer dst, uint64_t dst_offset,
              uint64_t bytes);

  Result<Piece> Create(uint64_t bytes, WGPUBufferUsage usage);

 private:
  Status WriteWords(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes);
  Status ReadPart(WGPUBuffer src, uint64_t offset, std::span<std::byte> bytes);

  std::shared_ptr<Context> context_;
  std::map<uint64_t, std::vector<Piece>> idle_;  // by size
  uint64_t idle_bytes_ = 0;
  uint64_t unsent_bytes_ = 0;  // written since the last submission of ours
  uint64_t sent_parts_ = 0;
  Upload upload_;
  Piece read_back_;
};

}  // namespace ingot::runtime::webgpu
