// Levelled log to one sink (standard error unless replaced), and the two checks on our own
// promises. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ingot {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Writes one line if `level` is at or above the threshold.
void Log(LogLevel level, std::string_view message);
// Messages below `level` are dropped; the default is kInfo.
void SetLogLevel(LogLevel level);
// Replaces where lines go; an empty function restores standard error.
void SetLogSink(std::function<void(LogLevel, std::string_view)> sink);

// Prints place and condition, then aborts: a broken promise of ours, never bad input.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace ingot

#define INGOT_CHECK(condition)                              \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::ingot::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)

#ifdef NDEBUG
#define INGOT_DCHECK(condition) \
  do {                          \
  } while (false)
#else
#define INGOT_DCHECK(condition) INGOT_CHECK(condition)
#endif
