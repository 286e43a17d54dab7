#include "ingot/runtime/cpu/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "ingot/base/text.h"

namespace ingot::runtime::cpu {
namespace {

constexpr uint64_t kHugePage = uint64_t{2} << 20;

// The number behind `key` in a file of lines `key[:] number ...`; with an empty key, the first.
std::optional<uint64_t> ReadNumber(const char* path, std::string_view key) {
  std::ifstream file(path);
  std::string word;
  std::string number;
  while (key.empty() || file >> word) {
    if (!(file >> number)) return std::nullopt;
    if (key.empty() || word == key) return ParseUint(number);
    file.ignore(4096, '\n');
  }
  return std::nullopt;
}

// What control group files say; the page cache they count is given back when it is needed.
std::optional<uint64_t> LeftOfLimit(const char* limit_path, const char* used_path,
                                    const char* stat_path) {
  std::optional<uint64_t> limit = ReadNumber(limit_path, "");
  std::optional<uint64_t> used = ReadNumber(used_path, "");
  if (!limit || !used) return std::nullopt;
  uint64_t cache = ReadNumber(stat_path, "inactive_file").value_or(0) +
                   ReadNumber(stat_path, "active_file").value_or(0);
  uint64_t held = *used - std::min(*used, cache);
  return *limit - std::min(*limit, held);
}

}  // namespace

uint64_t AvailableMemory() {
  uint64_t available = UINT64_MAX;
  if (std::optional<uint64_t> kib = ReadNumber("/proc/meminfo", "MemAvailable:")) {
    available = *kib * 1024;
  }
  for (std::optional<uint64_t> left :
       {LeftOfLimit("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
                    "/sys/fs/cgroup/memory.stat"),
        LeftOfLimit("/sys/fs/cgroup/memory/memory.limit_in_bytes",
                    "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                    "/sys/fs/cgroup/memory/memory.stat")}) {
    available = std::min(available, left.value_or(UINT64_MAX));
  }
  return available;
}

Result<std::shared_ptr<std::byte>> MapZeroed(uint64_t bytes) {
  void* memory = MAP_FAILED;
  errno = ENOMEM;
  if (bytes <= SIZE_MAX / 2) {
    memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (memory == MAP_FAILED) {
    return Status(Code::kUnavailable,
                  StrCat(bytes, " bytes do not fit in memory: ", std::strerror(errno)));
  }
  if (bytes >= kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return std::shared_ptr<std::byte>(static_cast<std::byte*>(memory),
                                    [bytes](std::byte* mapped) { ::munmap(mapped, bytes); });
}

}  // namespace ingot::runtime::cpu
