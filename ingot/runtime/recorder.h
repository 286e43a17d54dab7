// Recorder: turns dispatches into commands. It knows what each dispatch reads and writes and asks
// for a barrier only where one needs it.
#pragma once

#include <unordered_set>
#include <vector>

#include "ingot/runtime/device.h"

namespace ingot::runtime {

// One Recorder per list. Not thread-safe.
class Recorder {
 public:
  // Appends a command and sets its `barrier`: it reads what was written since the last barrier, or
  // writes what was read or written since. Whole buffers are told apart, not ranges.
  void Append(Command command);
  // All commands so far; the Recorder is empty afterwards.
  std::vector<Command> Take();

 private:
  std::vector<Command> commands_;
  std::unordered_set<const Buffer*> read_;     // since the last barrier
  std::unordered_set<const Buffer*> written_;  // since the last barrier
};

}  // namespace ingot::runtime
