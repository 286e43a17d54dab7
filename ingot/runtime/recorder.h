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
  // Appends a command and sets its `barrier`.
  void Append(Command command);
  std::vector<Command> Take();

 private:
  std::vector<Command> commands_;
  std::unordered_set<const Buffer*> read_;     // since the last barrier
  std::unordered_set<const Buffer*> written_;  // since the last barrier
};

}  // namespace ingot::runtime
