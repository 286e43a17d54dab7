#include "ingot/runtime/webgpu/memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

// Larger ones are weights and caches, which come once and go at the end.
constexpr uint64_t kLargestKept = uint64_t{16} << 20;
constexpr uint64_t kMostIdle = uint64_t{64} << 20;
// What is written goes through memory of the library that is given back only after a submission, so
// submissions stand in between, and after a few of them a wait.
constexpr uint64_t kWritePart = uint64_t{32} << 20;
constexpr uint64_t kPartsInFlight = 8;
// From here on a write goes through memory of our own, which it pays to fill with threads.
constexpr uint64_t kStaged = uint64_t{4} << 20;
constexpr uint64_t kReadPart = uint64_t{16} << 20;

uint64_t RoundUp(uint64_t bytes, uint64_t to) { return (bytes + to - 1) / to * to; }

// Powers of two below a page, then eight sizes for each doubling: an eighth is wasted at the most.
uint64_t SizeClass(uint64_t bytes) {
  if (bytes > kLargestKept) return RoundUp(bytes, 16);
  if (bytes <= 4096) return std::max<uint64_t>(16, std::bit_ceil(bytes));
  return RoundUp(bytes, std::bit_floor(bytes) / 8);
}

constexpr WGPUBufferUsage kStorage =
    WGPUBufferUsage_Storage | WGPUBufferUsage_CopySrc | WGPUBufferUsage_CopyDst;

}  // namespace

Result<Piece> Memory::Create(uint64_t bytes, WGPUBufferUsage usage) {
  INGOT_ASSIGN(Handle<WGPUBuffer> buffer, context_->MakeBuffer(bytes, usage));
  return Piece{std::move(buffer), bytes};
}

Result<Piece> Memory::Take(uint64_t bytes) {
  INGOT_TRY(context_->lost());
  uint64_t most = context_->facts().max_buffer_bytes / 16 * 16;
  if (bytes > most) {
    return Status(Code::kUnavailable, StrCat(bytes, " bytes do not fit in one buffer of ",
                                             context_->facts().name, " (", most, ")"));
  }
  uint64_t size = std::min(SizeClass(bytes), most);
  auto kept = idle_.find(size);
  if (kept == idle_.end() || kept->second.empty()) return Create(size, kStorage);
  Piece piece = std::move(kept->second.back());
  kept->second.pop_back();
  idle_bytes_ -= size;
  Handle<WGPUCommandEncoder> encoder = context_->MakeEncoder();
  context_->api().CommandEncoderClearBuffer(encoder.get(), piece.buffer.get(), 0, size);
  INGOT_TRY(context_->Submit(encoder));
  return piece;
}

void Memory::Give(Piece piece) {
  bool is_kept = piece.bytes <= kLargestKept && idle_bytes_ + piece.bytes <= kMostIdle;
  if (!context_->lost().ok()) return;
  if (!is_kept) return context_->api().BufferDestroy(piece.buffer.get());
  idle_bytes_ += piece.bytes;
  idle_[piece.bytes].push_back(std::move(piece));
}

Status Memory::WriteWords(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes) {
  INGOT_TRY(context_->Guard([&] {
    context_->api().QueueWriteBuffer(context_->queue(), dst, offset, bytes.data(), bytes.size());
  }));
  unsent_bytes_ += bytes.size();
  if (unsent_bytes_ < kWritePart) return Status();
  unsent_bytes_ = 0;
  INGOT_TRY(context_->Submit(context_->MakeEncoder()));
  if (++sent_parts_ % kPartsInFlight == 0) return context_->Wait();
  return Status();
}

Status Memory::Write(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes) {
  INGOT_TRY(context_->lost());
  if (bytes.size() >= kStaged && upload_.Begin()) return upload_.Write(dst, offset, bytes);
  size_t tail = bytes.size() % 4;
  std::span<const std::byte> words = bytes.first(bytes.size() - tail);
  while (!words.empty()) {
    size_t part = std::min<size_t>(words.size(), kWritePart);
    INGOT_TRY(WriteWords(dst, offset, words.first(part)));
    offset += part;
    words = words.subspan(part);
  }
  if (tail == 0) return Status();
  std::array<std::byte, 4> last{};
  std::ranges::copy(bytes.last(tail), last.begin());
  return WriteWords(dst, offset, last);
}

Status Memory::ReadPart(WGPUBuffer src, uint64_t offset, std::span<std::byte> bytes) {
  uint64_t begin = offset / 4 * 4;
  uint64_t size = RoundUp(offset + bytes.size(), 4) - begin;
  if (read_back_.bytes < size) {
    read_back_ = Piece();
    const uint64_t bytes = std::max<uint64_t>(4096, std::bit_ceil(size));
    INGOT_ASSIGN(
        read_back_,
        Create(bytes, WGPUBufferUsage_MapRead | WGPUBufferUsage_CopyDst).At("buffer to read back"));
  }
  INGOT_TRY(Copy(src, begin, read_back_.buffer.get(), 0, size));
  if (begin == offset && size == bytes.size()) {
    return context_->ReadMapped(read_back_.buffer.get(), bytes);
  }
  std::vector<std::byte> words(size);
  INGOT_TRY(context_->ReadMapped(read_back_.buffer.get(), words));
  std::memcpy(bytes.data(), words.data() + (offset - begin), bytes.size());
  return Status();
}

Status Memory::Read(WGPUBuffer src, uint64_t offset, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    size_t part = std::min<size_t>(bytes.size(), kReadPart);
    INGOT_TRY(ReadPart(src, offset, bytes.first(part)));
    offset += part;
    bytes = bytes.subspan(part);
  }
  return Status();
}

Status Memory::Copy(WGPUBuffer src, uint64_t src_offset, WGPUBuffer dst, uint64_t dst_offset,
                    uint64_t bytes) {
  INGOT_TRY(context_->lost());
  Handle<WGPUCommandEncoder> encoder = context_->MakeEncoder();
  context_->api().CommandEncoderCopyBufferToBuffer(encoder.get(), src, src_offset, dst, dst_offset,
                                                   bytes);
  return context_->Submit(encoder);
}

}  // namespace ingot::runtime::webgpu
