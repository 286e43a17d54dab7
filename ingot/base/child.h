// Child: work in a process of its own, which may hang or die without taking this one along.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot {

class Child {
 public:
  // What the work says to the parent, a line at a time.
  using Tell = std::function<void(std::string_view line)>;

  // Forks: REQUIRES: this process has no other threads, and no driver is loaded. The child ends
  // after the work, without the ends that this process has in store.
  static Result<Child> Start(const std::function<void(const Tell& tell)>& work);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  // Nothing at the end of the lines. kUnavailable if none comes within `seconds`.
  Result<std::optional<std::string>> NextLine(double seconds);
  // Seconds of processors that it has used; 0 where nobody knows.
  double CpuSeconds() const;
  // Kills it if it still runs. Empty if it ended by itself and well, else `ended with signal (11,
  // Segmentation fault)` or `ended with code (3)`.
  std::string End();

 private:
  Child(int process, int pipe) : process_(process), pipe_(pipe) {}

  int process_;
  int pipe_;
  std::string rest_;  // read, and no whole line yet
};

}  // namespace ingot
