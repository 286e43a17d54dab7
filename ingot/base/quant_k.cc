// Decoders of the k-quants: 256 elements a block, in sub-blocks of 16 or 32 with scales of their
// own. Element 128h + 32r + l (l < 32) is in half h, quarter r.
#include "ingot/base/quant_blocks.h"

namespace ingot::quant {
namespace {

// Scale and minimum of sub-block b of q4_k and q5_k: six bits each, packed into 12 bytes.
struct ScaleMin {
  int scale;
  int min;
};
ScaleMin UnpackScaleMin(const uint8_t* packed, int b) {
  if (b < 4) return {packed[b] & 63, packed[b + 4] & 63};
  return {(packed[b + 4] & 15) | packed[b - 4] >> 6 << 4, packed[b + 4] >> 4 | packed[b] >> 6 << 4};
}

}  // namespace

void DecodeQ2_K(const uint8_t* block, float* x) {
  const uint8_t* scales = block;
  const uint8_t* codes = block + 16;
  float d = LoadF16(block + 80);
  float dmin = LoadF16(block + 82);
  for (int e = 0; e < 256; ++e) {
    int h = e / 128, r = e % 128 / 32, l = e % 32;
    uint8_t scale = scales[e / 16];
    int code = codes[32 * h + l] >> 2 * r & 3;
    x[e] = d * static_cast<float>(scale & 15) * static_cast<float>(code) -
           dmin * static_cast<float>(scale >> 4);
  }
}

void DecodeQ3_K(const uint8_t* block, float* x) {
  const uint8_t* high = block;
  const uint8_t* codes = block + 32;
  const uint8_t* packed = block + 96;
  float d = LoadF16(block + 108);
  for (int e = 0; e < 256; ++e) {
    int h = e / 128, r = e % 128 / 32, l = e % 32, s = e / 16;
    int low_bits = s < 8 ? packed[s] & 15 : packed[s - 8] >> 4;
    int scale = (low_bits | (packed[8 + s % 4] >> 2 * (s / 4) & 3) << 4) - 32;
    int code = (codes[32 * h + l] >> 2 * r & 3) - ((high[l] >> (4 * h + r) & 1) != 0 ? 0 : 4);
    x[e] = d * static_cast<float>(scale) * static_cast<float>(code);
  }
}

void DecodeQ4_K(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  float dmin = LoadF16(block + 2);
  for (int b = 0; b < 8; ++b) {
    auto [scale, min] = UnpackScaleMin(block + 4, b);
    float sub_d = d * static_cast<float>(scale);
    float sub_min = dmin * static_cast<float>(min);
    const uint8_t* nibbles = block + 16 + 32 * (b / 2);
    for (int l = 0; l < 32; ++l) {
      int code = nibbles[l] >> 4 * (b % 2) & 15;
      x[32 * b + l] = sub_d * static_cast<float>(code) - sub_min;
    }
  }
}

void DecodeQ5_K(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  float dmin = LoadF16(block + 2);
  const uint8_t* high = block + 16;
  for (int b = 0; b < 8; ++b) {
    auto [scale, min] = UnpackScaleMin(block + 4, b);
    float sub_d = d * static_cast<float>(scale);
    float sub_min = dmin * static_cast<float>(min);
    const uint8_t* nibbles = block + 48 + 32 * (b / 2);
    for (int l = 0; l < 32; ++l) {
      int code = (nibbles[l] >> 4 * (b % 2) & 15) | (high[l] >> b & 1) << 4;
      x[32 * b + l] = sub_d * static_cast<float>(code) - sub_min;
    }
  }
}

void DecodeQ6_K(const uint8_t* block, float* x) {
  const uint8_t* low = block;
  const uint8_t* high = block + 128;
  const uint8_t* scales = block + 192;
  float d = LoadF16(block + 208);
  for (int e = 0; e < 256; ++e) {
    int h = e / 128, r = e % 128 / 32, l = e % 32;
    int nibble = low[64 * h + 32 * (r & 1) + l] >> (r < 2 ? 0 : 4) & 15;
    int code = (nibble | (high[32 * h + l] >> 2 * r & 3) << 4) - 32;
    auto scale = static_cast<int8_t>(scales[e / 16]);
    x[e] = d * static_cast<float>(scale) * static_cast<float>(code);
  }
}

}  // namespace ingot::quant
