// Memory of the machine: how much is available, and zeroed pages of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ingot/base/status.h"

namespace ingot::runtime::cpu {

// Bytes that can be used without swapping: what the system says, and what is left of the limit of
// this process's control group. UINT64_MAX where neither can be read.
uint64_t AvailableMemory();

// Zeroed, aligned to a page, given to the system's memory only as it is touched; large ones ask for
// huge pages. Fails with kUnavailable.
Result<std::shared_ptr<std::byte>> MapZeroed(uint64_t bytes);

}  // namespace ingot::runtime::cpu
