#include "ingot/base/quant.h"

#include <cmath>
#include <cstring>

#include "ingot/base/half.h"
#include "ingot/base/quant_blocks.h"
#include "ingot/base/text.h"

namespace ingot {
namespace {

constexpr float kMaxF16 = 65504.0f;

struct BlockCodec {
  void (*decode)(const uint8_t* block, float* x);
  void (*encode)(const float* x, uint8_t* block);
};

// {nullptr, nullptr} for the plain formats.
BlockCodec CodecOf(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16:
    case DType::kI32:
    case DType::kU32:
      return {nullptr, nullptr};
    case DType::kQ4_0:
      return {quant::DecodeQ4_0, quant::EncodeQ4_0};
    case DType::kQ4_1:
      return {quant::DecodeQ4_1, quant::EncodeQ4_1};
    case DType::kQ5_0:
      return {quant::DecodeQ5_0, quant::EncodeQ5_0};
    case DType::kQ5_1:
      return {quant::DecodeQ5_1, quant::EncodeQ5_1};
    case DType::kQ8_0:
      return {quant::DecodeQ8_0, quant::EncodeQ8_0};
    case DType::kQ2_K:
      return {quant::DecodeQ2_K, quant::EncodeQ2_K};
    case DType::kQ3_K:
      return {quant::DecodeQ3_K, quant::EncodeQ3_K};
    case DType::kQ4_K:
      return {quant::DecodeQ4_K, quant::EncodeQ4_K};
    case DType::kQ5_K:
      return {quant::DecodeQ5_K, quant::EncodeQ5_K};
    case DType::kQ6_K:
      return {quant::DecodeQ6_K, quant::EncodeQ6_K};
    case DType::kMXFP4:
      return {quant::DecodeMXFP4, quant::EncodeMXFP4};
  }
  return {nullptr, nullptr};
}

void CheckRow(DType dtype, uint64_t count, uint64_t bytes) {
  const DTypeTraits& traits = Traits(dtype);
  INGOT_CHECK(HasCodec(dtype));
  INGOT_CHECK(count % traits.block == 0 && bytes == count / traits.block * traits.bytes);
}

}  // namespace

bool HasCodec(DType dtype) { return dtype != DType::kI32 && dtype != DType::kU32; }

void DecodeRow(DType dtype, std::span<const std::byte> bytes, float* out, uint64_t count) {
  CheckRow(dtype, count, bytes.size());
  if (count == 0) return;
  const auto* src = reinterpret_cast<const uint8_t*>(bytes.data());
  if (dtype == DType::kF32) {
    std::memcpy(out, src, bytes.size());
  } else if (dtype == DType::kF16) {
    for (uint64_t i = 0; i < count; ++i) out[i] = F16ToF32(quant::LoadU16(src + 2 * i));
  } else if (dtype == DType::kBF16) {
    for (uint64_t i = 0; i < count; ++i) out[i] = BF16ToF32(quant::LoadU16(src + 2 * i));
  } else {
    const DTypeTraits& traits = Traits(dtype);
    BlockCodec codec = CodecOf(dtype);
    for (uint64_t i = 0; i < count / traits.block; ++i) {
      codec.decode(src + i * traits.bytes, out + i * traits.block);
    }
  }
}

Status EncodeRow(DType dtype, const float* in, uint64_t count, std::span<std::byte> bytes) {
  CheckRow(dtype, count, bytes.size());
  if (count == 0) return Status();
  auto* dst = reinterpret_cast<uint8_t*>(bytes.data());
  if (dtype == DType::kF32) {
    std::memcpy(dst, in, bytes.size());
    return Status();
  }
  if (dtype == DType::kF16) {
    for (uint64_t i = 0; i < count; ++i) quant::StoreU16(dst + 2 * i, F32ToF16(in[i]));
    return Status();
  }
  if (dtype == DType::kBF16) {
    for (uint64_t i = 0; i < count; ++i) quant::StoreU16(dst + 2 * i, F32ToBF16(in[i]));
    return Status();
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (std::fabs(in[i]) <= kMaxF16) continue;  // false for a NaN
    return Status(Code::kInvalidArgument,
                  StrCat("element (", i, ") is (", in[i], "), ", Name(dtype),
                         " takes finite values up to (", kMaxF16, ")"));
  }
  const DTypeTraits& traits = Traits(dtype);
  BlockCodec codec = CodecOf(dtype);
  for (uint64_t i = 0; i < count / traits.block; ++i) {
    codec.encode(in + i * traits.block, dst + i * traits.bytes);
  }
  return Status();
}

}  // namespace ingot
