#include "ingot/base/dtype.h"

#include <array>

#include "ingot/base/text.h"

namespace ingot {
namespace {

constexpr uint32_t kNoGgufType = 0xFFFFFFFF;

constexpr std::array<DTypeTraits, 16> kTraits = {{
    {DType::kF32, "f32", 0, 1, 4, false},
    {DType::kF16, "f16", 1, 1, 2, false},
    {DType::kBF16, "bf16", 30, 1, 2, false},
    {DType::kI32, "i32", 26, 1, 4, false},
    {DType::kU32, "u32", kNoGgufType, 1, 4, false},
    {DType::kQ4_0, "q4_0", 2, 32, 18, true},
    {DType::kQ4_1, "q4_1", 3, 32, 20, true},
    {DType::kQ5_0, "q5_0", 6, 32, 22, true},
    {DType::kQ5_1, "q5_1", 7, 32, 24, true},
    {DType::kQ8_0, "q8_0", 8, 32, 34, true},
    {DType::kQ2_K, "q2_k", 10, 256, 84, true},
    {DType::kQ3_K, "q3_k", 11, 256, 110, true},
    {DType::kQ4_K, "q4_k", 12, 256, 144, true},
    {DType::kQ5_K, "q5_k", 13, 256, 176, true},
    {DType::kQ6_K, "q6_k", 14, 256, 210, true},
    {DType::kMXFP4, "mxfp4", 39, 32, 17, true},
}};

}  // namespace

std::span<const DTypeTraits> AllDTypes() { return kTraits; }

const DTypeTraits& Traits(DType dtype) {
  size_t index = static_cast<size_t>(dtype);
  INGOT_CHECK(index < kTraits.size() && kTraits[index].dtype == dtype);
  return kTraits[index];
}

std::optional<DType> DTypeFromName(std::string_view name) {
  std::string lower = ToLower(name);
  for (const DTypeTraits& traits : kTraits) {
    if (traits.name == lower) return traits.dtype;
  }
  return std::nullopt;
}

std::optional<DType> DTypeFromGguf(uint32_t gguf_type) {
  for (const DTypeTraits& traits : kTraits) {
    if (traits.gguf_type == gguf_type && gguf_type != kNoGgufType) return traits.dtype;
  }
  return std::nullopt;
}

Result<uint64_t> RowBytes(DType dtype, uint64_t cols) {
  const DTypeTraits& traits = Traits(dtype);
  if (cols % traits.block != 0) {
    return Status(
        Code::kInvalidArgument,
        StrCat("columns (", cols, ") are not a multiple of the block (", traits.block, ")"));
  }
  uint64_t blocks = cols / traits.block;
  if (blocks > UINT64_MAX / traits.bytes) {
    return Status(Code::kInvalidArgument, StrCat("columns (", cols, ") are too many to address"));
  }
  return blocks * traits.bytes;
}

}  // namespace ingot
