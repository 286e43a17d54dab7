// Interrupts: the first SIGINT or SIGTERM asks a long command to end safely, the second ends it.
#pragma once

#include <atomic>

namespace ingot::cli {

// From the first call on, SIGINT and SIGTERM set the returned flag; a second one ends the process
// at once with exit code 4. Commands that do not call it end at the first, as the system has it.
const std::atomic<bool>* WatchInterrupts();

}  // namespace ingot::cli
