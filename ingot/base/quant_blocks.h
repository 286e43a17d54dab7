// One block of each quantised format, decoded and encoded: what quant.cc puts into rows.
// `x` are the elements of one block, `block` its bytes as GGUF lays them out.
// REQUIRES, for the encoders: every element finite and within f16's range.
#pragma once

#include <cstdint>
#include <cstring>

#include "ingot/base/half.h"

namespace ingot::quant {

inline uint16_t LoadU16(const uint8_t* at) { return static_cast<uint16_t>(at[0] | at[1] << 8); }
inline void StoreU16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value);
  at[1] = static_cast<uint8_t>(value >> 8);
}
inline float LoadF16(const uint8_t* at) { return F16ToF32(LoadU16(at)); }
inline void StoreF16(uint8_t* at, float value) { StoreU16(at, F32ToF16(value)); }

// Blocks of 32 (quant_32.cc).
void DecodeQ4_0(const uint8_t* block, float* x);
void DecodeQ4_1(const uint8_t* block, float* x);
void DecodeQ5_0(const uint8_t* block, float* x);
void DecodeQ5_1(const uint8_t* block, float* x);
void DecodeQ8_0(const uint8_t* block, float* x);
void DecodeMXFP4(const uint8_t* block, float* x);
void EncodeQ4_0(const float* x, uint8_t* block);
void EncodeQ4_1(const float* x, uint8_t* block);
void EncodeQ5_0(const float* x, uint8_t* block);
void EncodeQ5_1(const float* x, uint8_t* block);
void EncodeQ8_0(const float* x, uint8_t* block);
void EncodeMXFP4(const float* x, uint8_t* block);

// Blocks of 256: decoders (quant_k.cc) and encoders (quant_k_encode.cc).
void DecodeQ2_K(const uint8_t* block, float* x);
void DecodeQ3_K(const uint8_t* block, float* x);
void DecodeQ4_K(const uint8_t* block, float* x);
void DecodeQ5_K(const uint8_t* block, float* x);
void DecodeQ6_K(const uint8_t* block, float* x);
void EncodeQ2_K(const float* x, uint8_t* block);
void EncodeQ3_K(const float* x, uint8_t* block);
void EncodeQ4_K(const float* x, uint8_t* block);
void EncodeQ5_K(const float* x, uint8_t* block);
void EncodeQ6_K(const float* x, uint8_t* block);

}  // namespace ingot::quant
