// The bundled model: a small GGUF file inside the binary, so that `ingot run` needs nothing else.
#pragma once

#include <cstddef>
#include <span>

namespace ingot::cli {

// The file's bytes, aligned to 64; empty in a build that was configured without one.
std::span<const std::byte> BundledModel();

}  // namespace ingot::cli
