// KvCache: keys and values of one sequence, and the RoPE tables that grow with it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/rope.h"
#include "ingot/program/program.h"
#include "ingot/runtime/device.h"
#include "ingot/runtime/executor.h"

namespace ingot::model {

// One thread at a time.
class KvCache {
 public:
  // Buffers of kinds kv and table that `program` names, for up to `max_positions`. Starts at no
  // capacity.
  static Result<KvCache> Create(runtime::Device& device, const program::Program& program,
                                std::map<std::string, RopeFrequencies> ropes,
                                uint64_t max_positions);

  uint64_t capacity() const { return capacity_; }
  uint64_t max_positions() const { return max_positions_; }

  // Makes room for `positions`, keeping the first `used`: capacity starts at 2048 and doubles, at
  // most max_positions and what the device binds at once. Fails with kInvalidArgument beyond the
  // first, kUnsupported beyond the second, kUnavailable if memory is short; the cache is then as
  // before.
  Status Reserve(uint64_t positions, uint64_t used);

  void AddTo(runtime::BufferMap& buffers) const;
  uint64_t bytes() const;

 private:
  struct Entry {
    program::Buffer description;
    std::unique_ptr<runtime::Buffer> buffer;
  };
  KvCache() = default;
  // Positions.
  Result<uint64_t> MostBindable() const;
  Result<std::unique_ptr<runtime::Buffer>> GrowKv(const Entry& entry, uint64_t capacity,
                                                  uint64_t used);
  Result<std::unique_ptr<runtime::Buffer>> GrowTable(const Entry& entry, uint64_t capacity);

  runtime::Device* device_ = nullptr;
  std::vector<Entry> entries_;
  std::map<std::string, RopeFrequencies> ropes_;  // by buffer name
  uint64_t max_positions_ = 0;
  uint64_t capacity_ = 0;
};

}  // namespace ingot::model
