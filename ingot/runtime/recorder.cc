#include "ingot/runtime/recorder.h"

#include <algorithm>

namespace ingot::runtime {

void Recorder::Append(Command command) {
  command.barrier = std::ranges::any_of(command.bindings, [this](const BoundBuffer& bound) {
    if (written_.contains(bound.buffer)) return true;
    return bound.access == Access::kReadWrite && read_.contains(bound.buffer);
  });
  if (command.barrier) {
    read_.clear();
    written_.clear();
  }
  for (const BoundBuffer& bound : command.bindings) {
    (bound.access == Access::kReadWrite ? written_ : read_).insert(bound.buffer);
  }
  commands_.push_back(std::move(command));
}

std::vector<Command> Recorder::Take() {
  read_.clear();
  written_.clear();
  return std::exchange(commands_, {});
}

}  // namespace ingot::runtime
