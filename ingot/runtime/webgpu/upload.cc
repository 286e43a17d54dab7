#include "ingot/runtime/webgpu/upload.h"

#include <algorithm>
#include <cstring>

#include "ingot/base/log.h"
#include "ingot/base/text.h"

namespace ingot::runtime::webgpu {
namespace {

constexpr size_t kSlots = 4;
constexpr uint64_t kSlotBytes = uint64_t{64} << 20;
// What a thread takes at once: pages of a file come in while others copy.
constexpr uint64_t kFillBytes = uint64_t{1} << 20;

}  // namespace

Status Upload::AddSlot() {
  INGOT_ASSIGN(Handle<WGPUBuffer> buffer,
               context_->MakeBuffer(kSlotBytes, WGPUBufferUsage_MapWrite | WGPUBufferUsage_CopySrc,
                                    /*mapped=*/true));
  ring_.push_back({std::move(buffer), nullptr});
  is_full_ = ring_.size() == kSlots;
  return Status();
}

bool Upload::Begin() {
  if (!ring_.empty() || is_refused_) return !is_refused_;
  const Status made = AddSlot();
  if (made.ok()) {
    pool_ = std::make_unique<kernels::cpu::ThreadPool>(threads_);
    return true;
  }
  is_refused_ = true;
  if (context_->lost().ok()) {
    Log(LogLevel::kWarning, StrCat("large writes go to the GPU the slow way: ", made.message()));
  }
  return false;
}

void Upload::Fill(std::span<const std::byte> from, std::byte* to) {
  const uint64_t pieces = (from.size() + kFillBytes - 1) / kFillBytes;
  pool_->ForChunks(pieces, 1, [&](uint32_t, uint64_t piece, uint64_t) {
    const uint64_t begin = piece * kFillBytes;
    std::memcpy(to + begin, from.data() + begin, std::min(kFillBytes, from.size() - begin));
  });
}

Status Upload::WritePart(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes) {
  // A new slot is better than a wait, until there is no memory for one.
  if (next_ == ring_.size() && !is_full_ && !AddSlot().ok()) is_full_ = true;
  INGOT_TRY(context_->lost());
  next_ %= ring_.size();
  Slot& slot = ring_[next_++];
  if (slot.mapping != nullptr) INGOT_TRY(context_->Await(*slot.mapping));
  slot.mapping = nullptr;
  const Api& api = context_->api();
  const uint64_t size = (bytes.size() + 3) / 4 * 4;
  auto* to = static_cast<std::byte*>(api.BufferGetMappedRange(slot.buffer.get(), 0, kSlotBytes));
  if (to == nullptr) return Status(Code::kUnavailable, "memory for an upload is not mapped");
  Fill(bytes, to);
  std::fill(to + bytes.size(), to + size, std::byte{0});
  api.BufferUnmap(slot.buffer.get());
  Handle<WGPUCommandEncoder> encoder = context_->MakeEncoder();
  api.CommandEncoderCopyBufferToBuffer(encoder.get(), slot.buffer.get(), 0, dst, offset, size);
  INGOT_TRY(context_->Submit(encoder));
  INGOT_ASSIGN(slot.mapping, context_->Map(slot.buffer.get(), WGPUMapMode_Write, kSlotBytes));
  return Status();
}

Status Upload::Write(WGPUBuffer dst, uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const size_t part = std::min<size_t>(bytes.size(), kSlotBytes);
    INGOT_TRY(WritePart(dst, offset, bytes.first(part)));
    offset += part;
    bytes = bytes.subspan(part);
  }
  return Status();
}

void Upload::End() {
  for (const Slot& slot : ring_) {
    if (context_->lost().ok()) context_->api().BufferDestroy(slot.buffer.get());
  }
  ring_.clear();
  pool_.reset();
  next_ = 0;
  is_full_ = is_refused_ = false;
}

}  // namespace ingot::runtime::webgpu
