#include "ingot/base/log.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace ingot {
namespace {

struct LogState {
  std::mutex mutex;
  LogLevel level = LogLevel::kInfo;
  std::function<void(LogLevel, std::string_view)> sink;
};

LogState& State() {
  static LogState* state = new LogState;  // never destroyed: threads may log while the process ends
  return *state;
}

const char* Prefix(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug: ";
    case LogLevel::kInfo:
      return "";
    case LogLevel::kWarning:
      return "warning: ";
    case LogLevel::kError:
      return "error: ";
  }
  return "";
}

}  // namespace

void Log(LogLevel level, std::string_view message) {
  LogState& state = State();
  std::lock_guard lock(state.mutex);
  if (level < state.level) return;
  if (state.sink) {
    state.sink(level, message);
    return;
  }
  std::fprintf(stderr, "%s%.*s\n", Prefix(level), static_cast<int>(message.size()), message.data());
}

void SetLogLevel(LogLevel level) {
  std::lock_guard lock(State().mutex);
  State().level = level;
}

void SetLogSink(std::function<void(LogLevel, std::string_view)> sink) {
  std::lock_guard lock(State().mutex);
  State().sink = std::move(sink);
}

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace ingot
