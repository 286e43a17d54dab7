// DType: the element formats of tensors, with the block sizes of GGUF's quantised formats.
// Block layouts and their scalar codecs are in quant.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ingot/base/status.h"

namespace ingot {

enum class DType : uint8_t {
  kF32,
  kF16,
  kBF16,
  kI32,
  kU32,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kMXFP4,
};

// Facts of a format. A block holds `block` consecutive elements of a row in `bytes` bytes; plain
// formats have block 1.
struct DTypeTraits {
  DType dtype;
  std::string_view name;  // lower case, as in `xf` types, kernel ranges and file names: "q4_k"
  uint32_t gguf_type;     // ggml_type in a GGUF tensor table; 0xFFFFFFFF if GGUF has none
  uint32_t block;
  uint32_t bytes;
  bool quantised;
};

std::span<const DTypeTraits> AllDTypes();
const DTypeTraits& Traits(DType dtype);
inline std::string_view Name(DType dtype) { return Traits(dtype).name; }
std::optional<DType> DTypeFromName(std::string_view name);  // any case
std::optional<DType> DTypeFromGguf(uint32_t gguf_type);

// Bytes of a row of `cols` elements. Fails if `cols` is not a multiple of the block:
// `columns (2600) are not a multiple of the block (256)`.
Result<uint64_t> RowBytes(DType dtype, uint64_t cols);

}  // namespace ingot
