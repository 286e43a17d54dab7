// The two 16-bit float formats, converted exactly: IEEE 754 binary16 (f16) and the upper half of a
// binary32 (bf16). To 16 bits rounds to nearest, ties to even; NaN stays NaN and becomes quiet.
#pragma once

#include <bit>
#include <cstdint>

namespace ingot {

inline float F16ToF32(uint16_t half) {
  uint32_t sign = (half & 0x8000u) << 16;
  uint32_t exponent = half >> 10 & 0x1F;
  uint32_t mantissa = half & 0x3FF;
  if (exponent == 0x1F) {
    uint32_t quiet = mantissa == 0 ? 0 : 0x400000;
    return std::bit_cast<float>(sign | 0x7F800000 | quiet | mantissa << 13);
  }
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24, which a float holds exactly
    float value = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

inline uint16_t F32ToF16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t sign = bits >> 16 & 0x8000;
  uint32_t rest = bits & 0x7FFFFFFF;
  if (rest > 0x7F800000) return static_cast<uint16_t>(sign | 0x7E00 | (rest >> 13 & 0x1FF));
  if (rest >= 0x477FF000) return static_cast<uint16_t>(sign | 0x7C00);  // 65520 and above
  if (rest < 0x33000000) return static_cast<uint16_t>(sign);            // below 2^-25
  // Units of the result: 2^-24 for subnormals, else by the exponent. Shifting the mantissa to these
  // units loses `shift` bits; a carry out of the rounding steps into the exponent as it should.
  uint32_t exponent = rest >> 23;
  bool subnormal = exponent < 113;
  uint32_t mantissa = (rest & 0x7FFFFF) | 0x800000;
  uint32_t shift = subnormal ? 126 - exponent : 13;
  uint32_t kept = mantissa >> shift;
  uint32_t lost = mantissa & ((1u << shift) - 1);
  uint32_t half_unit = 1u << (shift - 1);
  uint32_t up = lost > half_unit || (lost == half_unit && (kept & 1) != 0) ? 1 : 0;
  uint32_t base = subnormal ? 0 : (exponent - 113) << 10;  // `kept` brings the leading one
  return static_cast<uint16_t>(sign | (base + kept + up));
}

inline float BF16ToF32(uint16_t upper) { return std::bit_cast<float>(uint32_t{upper} << 16); }

inline uint16_t F32ToBF16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

}  // namespace ingot
