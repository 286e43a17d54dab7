#include "ingot/model/kv_cache.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr uint64_t kFirstCapacity = 2048;
constexpr std::string_view kTablePrefix = "rope.";

}  // namespace

Result<KvCache> KvCache::Create(runtime::Device& device, const program::Program& program,
                                std::map<std::string, RopeFrequencies> ropes,
                                uint64_t max_positions) {
  KvCache cache;
  cache.device_ = &device;
  cache.max_positions_ = max_positions;
  for (const program::Buffer& buffer : program.buffers) {
    if (buffer.kind == program::BufferKind::kTable) {
      std::string name = buffer.name.starts_with(kTablePrefix)
                             ? buffer.name.substr(kTablePrefix.size())
                             : buffer.name;
      auto frequencies = ropes.find(name);
      if (frequencies == ropes.end()) {
        return Status(Code::kInvalidArgument,
                      StrCat("table (", buffer.name, ") has no frequencies"));
      }
      cache.ropes_[buffer.name] = frequencies->second;
    } else if (buffer.kind != program::BufferKind::kKv) {
      continue;
    }
    cache.entries_.push_back({buffer, nullptr});
  }
  return cache;
}

Result<std::unique_ptr<runtime::Buffer>> KvCache::GrowKv(const Entry& entry, uint64_t capacity,
                                                         uint64_t used) {
  program::Symbols symbols{.capacity = capacity};
  INGOT_ASSIGN(uint64_t bytes, entry.description.bytes.Evaluate(symbols));
  INGOT_ASSIGN(auto grown, device_->CreateBuffer(bytes, entry.description.name));
  if (entry.buffer == nullptr || used == 0) return grown;
  // [2, slots, heads, capacity, dim]: one run of positions for each K or V head.
  INGOT_ASSIGN(uint64_t dim, entry.description.type.shape.back().Evaluate(symbols));
  uint64_t row_bytes = dim * Traits(entry.description.type.dtype).bytes;
  uint64_t runs = bytes / (capacity * row_bytes);
  for (uint64_t run = 0; run < runs; ++run) {
    INGOT_TRY(device_->Copy(*entry.buffer, run * capacity_ * row_bytes, *grown,
                            run * capacity * row_bytes, used * row_bytes));
  }
  return grown;
}

Result<std::unique_ptr<runtime::Buffer>> KvCache::GrowTable(const Entry& entry, uint64_t capacity) {
  std::vector<float> rows;
  AppendRopeRows(ropes_.at(entry.description.name), 0, capacity, rows);
  INGOT_ASSIGN(auto grown,
               device_->CreateBuffer(rows.size() * sizeof(float), entry.description.name));
  INGOT_TRY(device_->Write(*grown, 0, std::as_bytes(std::span(rows))));
  return grown;
}

Result<uint64_t> KvCache::MostBindable() const {
  uint64_t most = UINT64_MAX;
  for (const Entry& entry : entries_) {
    INGOT_ASSIGN(const uint64_t bytes, entry.description.bytes.Evaluate({.capacity = 1}));
    most = std::min(most, device_->facts().max_binding_bytes / bytes);
  }
  return most;
}

Status KvCache::Reserve(uint64_t positions, uint64_t used) {
  if (positions <= capacity_) return Status();
  if (positions > max_positions_) {
    return Status(Code::kInvalidArgument,
                  StrCat("context: positions (", positions, ") are more than the limit (",
                         max_positions_, ")"));
  }
  uint64_t capacity = std::max(kFirstCapacity, capacity_);
  while (capacity < positions) capacity *= 2;
  INGOT_ASSIGN(const uint64_t most, MostBindable());
  if (positions > most) {
    return Status(Code::kUnsupported,
                  StrCat("context: positions (", positions,
                         ") are more than a cache has that the "
                         "device binds at once (",
                         most, ", ", device_->facts().max_binding_bytes,
                         " bytes); fewer are asked for with --ctx, and --kv-type f16 takes half of "
                         "the bytes of f32"));
  }
  capacity = std::min({capacity, max_positions_, most});
  std::vector<std::unique_ptr<runtime::Buffer>> grown;
  for (const Entry& entry : entries_) {
    bool table = entry.description.kind == program::BufferKind::kTable;
    INGOT_ASSIGN(auto buffer, table ? GrowTable(entry, capacity) : GrowKv(entry, capacity, used));
    grown.push_back(std::move(buffer));
  }
  for (size_t i = 0; i < entries_.size(); ++i) entries_[i].buffer = std::move(grown[i]);
  capacity_ = capacity;
  return Status();
}

void KvCache::AddTo(runtime::BufferMap& buffers) const {
  for (const Entry& entry : entries_) buffers[entry.description.name] = entry.buffer.get();
}

uint64_t KvCache::bytes() const {
  uint64_t total = 0;
  for (const Entry& entry : entries_) total += entry.buffer == nullptr ? 0 : entry.buffer->bytes();
  return total;
}

}  // namespace ingot::model
