// How much memory this process holds, for tests of leaks.
#pragma once

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

}  // namespace ingot
