// How much memory this process holds, and a limit to it: for tests of leaks and of short memory.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace ingot {

struct MemoryPages {
  uint64_t mapped = 0, resident = 0;  // bytes
};

inline MemoryPages ProcessMemory() {
  MemoryPages memory;
  std::ifstream("/proc/self/statm") >> memory.mapped >> memory.resident;
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return {memory.mapped * page, memory.resident * page};
}

// While it lives, this process may map so many bytes beyond those of now.
class MemoryLimit {
 public:
  explicit MemoryLimit(uint64_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit tight = before_;
    tight.rlim_cur = ProcessMemory().mapped + more;
    ::setrlimit(RLIMIT_AS, &tight);
  }
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace ingot
