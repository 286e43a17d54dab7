// Formats of 32 elements a block. Byte j of the nibbles holds elements j (low) and j + 16 (high).
// The encoders round as the published ones do, in single precision and in the same order.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ingot/base/e8m0.h"
#include "ingot/base/quant_blocks.h"

namespace ingot::quant {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

int Nibble(const uint8_t* nibbles, int element) {
  return element < kHalf ? nibbles[element] & 15 : nibbles[element - kHalf] >> 4;
}

void StoreNibbles(const int* codes, uint8_t* nibbles) {
  for (int j = 0; j < kHalf; ++j) {
    nibbles[j] = static_cast<uint8_t>((codes[j] & 15) | (codes[j + kHalf] & 15) << 4);
  }
}

// The fifth bit of each code, element e in bit e.
uint32_t LoadFifthBits(const uint8_t* at) {
  return LoadU16(at) | static_cast<uint32_t>(LoadU16(at + 2)) << 16;
}

void StoreFifthBits(const int* codes, uint8_t* at) {
  uint32_t bits = 0;
  for (int j = 0; j < kBlock; ++j) bits |= static_cast<uint32_t>(codes[j] >> 4 & 1) << j;
  StoreU16(at, static_cast<uint16_t>(bits));
  StoreU16(at + 2, static_cast<uint16_t>(bits >> 16));
}

// 1 / d, or 0 where that overflows: such a d is far below what f16 can hold, and is stored as 0.
float Inverse(float d) { return std::fabs(d) >= 0x1p-126f ? 1.0f / d : 0.0f; }

// Codes 0..2*zero-1 around `zero`: the element of greatest magnitude, the first one of equals, gets
// code 0 exactly. Returns d.
float EncodeSymmetric(const float* x, int zero, int* codes) {
  float greatest = 0;
  for (int j = 0; j < kBlock; ++j) {
    if (std::fabs(greatest) < std::fabs(x[j])) greatest = x[j];
  }
  float d = greatest / static_cast<float>(-zero);
  float inverse = Inverse(d);
  for (int j = 0; j < kBlock; ++j) {
    float scaled = x[j] * inverse;
    codes[j] = std::min(2 * zero - 1, static_cast<int>(scaled + (static_cast<float>(zero) + 0.5f)));
  }
  return d;
}

// Codes 0..top from the least to the greatest element. Returns {d, m}.
std::pair<float, float> EncodeAffine(const float* x, int top, int* codes) {
  float least = x[0];
  float greatest = x[0];
  for (int j = 1; j < kBlock; ++j) {  // the first of equals, for the sign of zeros
    if (x[j] < least) least = x[j];
    if (x[j] > greatest) greatest = x[j];
  }
  float d = (greatest - least) / static_cast<float>(top);
  float inverse = Inverse(d);
  for (int j = 0; j < kBlock; ++j) {
    float scaled = (x[j] - least) * inverse;
    codes[j] = std::min(top, static_cast<int>(scaled + 0.5f));
  }
  return {d, least};
}

// E2M1 codes doubled: 0, .5, 1, 1.5, 2, 3, 4, 6, then the negative ones.
constexpr int kE2M1[] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

}  // namespace

void DecodeQ4_0(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  for (int j = 0; j < kBlock; ++j) x[j] = static_cast<float>(Nibble(block + 2, j) - 8) * d;
}

void DecodeQ4_1(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  float m = LoadF16(block + 2);
  for (int j = 0; j < kBlock; ++j) x[j] = static_cast<float>(Nibble(block + 4, j)) * d + m;
}

void DecodeQ5_0(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  uint32_t fifth = LoadFifthBits(block + 2);
  for (int j = 0; j < kBlock; ++j) {
    int code = Nibble(block + 6, j) | static_cast<int>(fifth >> j & 1) << 4;
    x[j] = static_cast<float>(code - 16) * d;
  }
}

void DecodeQ5_1(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  float m = LoadF16(block + 2);
  uint32_t fifth = LoadFifthBits(block + 4);
  for (int j = 0; j < kBlock; ++j) {
    int code = Nibble(block + 8, j) | static_cast<int>(fifth >> j & 1) << 4;
    x[j] = static_cast<float>(code) * d + m;
  }
}

void DecodeQ8_0(const uint8_t* block, float* x) {
  float d = LoadF16(block);
  for (int j = 0; j < kBlock; ++j) x[j] = static_cast<float>(static_cast<int8_t>(block[2 + j])) * d;
}

void DecodeMXFP4(const uint8_t* block, float* x) {
  float d = HalfE8M0(block[0]);
  for (int j = 0; j < kBlock; ++j) x[j] = static_cast<float>(kE2M1[Nibble(block + 1, j)]) * d;
}

void EncodeQ4_0(const float* x, uint8_t* block) {
  int codes[kBlock];
  StoreF16(block, EncodeSymmetric(x, 8, codes));
  StoreNibbles(codes, block + 2);
}

void EncodeQ4_1(const float* x, uint8_t* block) {
  int codes[kBlock];
  auto [d, m] = EncodeAffine(x, 15, codes);
  StoreF16(block, d);
  StoreF16(block + 2, m);
  StoreNibbles(codes, block + 4);
}

void EncodeQ5_0(const float* x, uint8_t* block) {
  int codes[kBlock];
  StoreF16(block, EncodeSymmetric(x, 16, codes));
  StoreFifthBits(codes, block + 2);
  StoreNibbles(codes, block + 6);
}

void EncodeQ5_1(const float* x, uint8_t* block) {
  int codes[kBlock];
  auto [d, m] = EncodeAffine(x, 31, codes);
  StoreF16(block, d);
  StoreF16(block + 2, m);
  StoreFifthBits(codes, block + 4);
  StoreNibbles(codes, block + 8);
}

void EncodeQ8_0(const float* x, uint8_t* block) {
  float greatest = 0;
  for (int j = 0; j < kBlock; ++j) greatest = std::max(greatest, std::fabs(x[j]));
  float d = greatest / 127.0f;
  float inverse = Inverse(d);
  StoreF16(block, d);
  for (int j = 0; j < kBlock; ++j) {
    block[2 + j] = static_cast<uint8_t>(static_cast<int8_t>(std::round(x[j] * inverse)));
  }
}

void EncodeMXFP4(const float* x, uint8_t* block) {
  float greatest = 0;
  for (int j = 0; j < kBlock; ++j) greatest = std::max(greatest, std::fabs(x[j]));
  // 4 = 2^2 is the greatest power of two among the codes.
  int exponent = 0;
  if (greatest > 0) {
    exponent = std::max(0, static_cast<int>(std::floor(std::log2(greatest))) - 2 + 127);
  }
  block[0] = static_cast<uint8_t>(exponent);
  float d = std::ldexp(1.0f, exponent - 128);  // also where decoding takes it for 0
  int codes[kBlock];
  for (int j = 0; j < kBlock; ++j) {
    codes[j] = 0;
    float best = std::fabs(x[j]);
    for (int code = 1; code < 16; ++code) {
      float error = std::fabs(static_cast<float>(kE2M1[code]) * d - x[j]);
      if (error >= best) continue;
      best = error;
      codes[j] = code;
    }
  }
  StoreNibbles(codes, block + 1);
}

}  // namespace ingot::quant
