#include "ingot/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

namespace ingot::cli {
namespace {

std::atomic<bool> g_interrupted{false};  // NOLINT: a signal handler has nothing else to reach

void OnSignal(int /*signal*/) {
  if (g_interrupted.exchange(true)) _exit(4);
}

}  // namespace

const std::atomic<bool>* WatchInterrupts() {
  static_assert(std::atomic<bool>::is_always_lock_free);
  struct sigaction action = {};
  action.sa_handler = OnSignal;  // without SA_RESTART, so that waiting for input ends too
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return &g_interrupted;
}

}  // namespace ingot::cli
