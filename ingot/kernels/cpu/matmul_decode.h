// Decoders of weight blocks as plain loops that compilers turn into vector code, for inclusion in
// the source file of each instruction set. `Isa` has `static float Half(const uint8_t*)`, an f16 at
// any address; it must be a type of an unnamed namespace, so that each file keeps its own copy.
// Every element is computed as base/quant does, in the same order: the results are equal to the
// bit. Formats are described in base/quant.
#pragma once

#include <cstdint>
#include <cstring>

#include "ingot/base/dtype.h"

namespace ingot::kernels::cpu {

template <class Isa>
struct Decoder {
  // x = q * scale - min.
  template <int kCount>
  static inline void Scale(const int8_t* q, float scale, float min, float* x) {
    for (int i = 0; i < kCount; ++i) x[i] = static_cast<float>(q[i]) * scale - min;
  }

  // The fifth bits of 32 codes, as 16 or 0.
  static inline void FifthBits(const uint8_t* at, int8_t* q) {
    for (int i = 0; i < 32; ++i) q[i] = static_cast<int8_t>((at[i / 8] >> (i % 8) & 1) << 4);
  }

  // Codes of 16 nibble bytes: low ones first, then high ones.
  static inline void Nibbles(const uint8_t* at, int8_t* q) {
    for (int i = 0; i < 16; ++i) q[i] = static_cast<int8_t>(at[i] & 15);
    for (int i = 0; i < 16; ++i) q[16 + i] = static_cast<int8_t>(at[i] >> 4);
  }

  static void Q4_0(const uint8_t* block, float* x) {
    int8_t q[32];
    Nibbles(block + 2, q);
    for (int8_t& code : q) code = static_cast<int8_t>(code - 8);
    Scale<32>(q, Isa::Half(block), 0, x);
  }

  static void Q4_1(const uint8_t* block, float* x) {
    int8_t q[32];
    Nibbles(block + 4, q);
    Scale<32>(q, Isa::Half(block), -Isa::Half(block + 2), x);
  }

  static void Q5_0(const uint8_t* block, float* x) {
    int8_t q[32], fifth[32];
    Nibbles(block + 6, q);
    FifthBits(block + 2, fifth);
    for (int i = 0; i < 32; ++i) q[i] = static_cast<int8_t>((q[i] | fifth[i]) - 16);
    Scale<32>(q, Isa::Half(block), 0, x);
  }

  static void Q5_1(const uint8_t* block, float* x) {
    int8_t q[32], fifth[32];
    Nibbles(block + 8, q);
    FifthBits(block + 4, fifth);
    for (int i = 0; i < 32; ++i) q[i] = static_cast<int8_t>(q[i] | fifth[i]);
    Scale<32>(q, Isa::Half(block), -Isa::Half(block + 2), x);
  }

  static void Q8_0(const uint8_t* block, float* x) {
    int8_t q[32];
    std::memcpy(q, block + 2, sizeof q);
    Scale<32>(q, Isa::Half(block), 0, x);
  }

  static void Q2_K(const uint8_t* block, float* x) {
    float d = Isa::Half(block + 80), dmin = Isa::Half(block + 82);
    for (int s = 0; s < 16; ++s) {
      const uint8_t* codes = block + 16 + 32 * (s / 8) + 16 * (s % 2);
      int8_t q[16];
      for (int i = 0; i < 16; ++i) q[i] = static_cast<int8_t>(codes[i] >> 2 * (s / 2 % 4) & 3);
      float scale = d * static_cast<float>(block[s] & 15);
      Scale<16>(q, scale, dmin * static_cast<float>(block[s] >> 4), x + 16 * s);
    }
  }

  static void Q3_K(const uint8_t* block, float* x) {
    const uint8_t* packed = block + 96;
    float d = Isa::Half(block + 108);
    for (int s = 0; s < 16; ++s) {
      int low = s < 8 ? packed[s] & 15 : packed[s - 8] >> 4;
      int scale = (low | (packed[8 + s % 4] >> 2 * (s / 4) & 3) << 4) - 32;
      const uint8_t* codes = block + 32 + 32 * (s / 8) + 16 * (s % 2);
      const uint8_t* high = block + 16 * (s % 2);
      int8_t q[16];
      for (int i = 0; i < 16; ++i) {
        int code = (codes[i] >> 2 * (s / 2 % 4) & 3) | (high[i] >> s / 2 & 1) << 2;
        q[i] = static_cast<int8_t>(code - 4);
      }
      Scale<16>(q, d * static_cast<float>(scale), 0, x + 16 * s);
    }
  }

  // Scale and minimum of sub-block `b` of Q4_K and Q5_K.
  static inline void ScaleMin(const uint8_t* packed, int b, float d, float dmin, float* scale,
                              float* min) {
    int sc = b < 4 ? packed[b] & 63 : (packed[b + 4] & 15) | packed[b - 4] >> 6 << 4;
    int mn = b < 4 ? packed[b + 4] & 63 : packed[b + 4] >> 4 | packed[b] >> 6 << 4;
    *scale = d * static_cast<float>(sc);
    *min = dmin * static_cast<float>(mn);
  }

  static void Q4_K(const uint8_t* block, float* x) {
    float d = Isa::Half(block), dmin = Isa::Half(block + 2), scale, min;
    for (int b = 0; b < 8; ++b) {
      ScaleMin(block + 4, b, d, dmin, &scale, &min);
      const uint8_t* nibbles = block + 16 + 32 * (b / 2);
      int8_t q[32];
      for (int i = 0; i < 32; ++i) q[i] = static_cast<int8_t>(nibbles[i] >> 4 * (b % 2) & 15);
      Scale<32>(q, scale, min, x + 32 * b);
    }
  }

  static void Q5_K(const uint8_t* block, float* x) {
    float d = Isa::Half(block), dmin = Isa::Half(block + 2), scale, min;
    for (int b = 0; b < 8; ++b) {
      ScaleMin(block + 4, b, d, dmin, &scale, &min);
      const uint8_t *nibbles = block + 48 + 32 * (b / 2), *high = block + 16;
      int8_t q[32];
      for (int i = 0; i < 32; ++i) {
        q[i] = static_cast<int8_t>((nibbles[i] >> 4 * (b % 2) & 15) | (high[i] >> b & 1) << 4);
      }
      Scale<32>(q, scale, min, x + 32 * b);
    }
  }

  static void Q6_K(const uint8_t* block, float* x) {
    float d = Isa::Half(block + 208);
    for (int s = 0; s < 16; ++s) {
      int h = s / 8, r = s / 2 % 4;
      const uint8_t* low = block + 64 * h + 32 * (r % 2) + 16 * (s % 2);
      const uint8_t* high = block + 128 + 32 * h + 16 * (s % 2);
      int8_t q[16];
      for (int i = 0; i < 16; ++i) {
        int code = (low[i] >> 4 * (r / 2) & 15) | (high[i] >> 2 * r & 3) << 4;
        q[i] = static_cast<int8_t>(code - 32);
      }
      float scale = d * static_cast<float>(static_cast<int8_t>(block[192 + s]));
      Scale<16>(q, scale, 0, x + 16 * s);
    }
  }

  static void F16(const uint8_t* src, uint64_t count, float* x) {
    for (uint64_t i = 0; i < count; ++i) x[i] = Isa::Half(src + 2 * i);
  }

  static void BF16(const uint8_t* src, uint64_t count, float* x) {
    for (uint64_t i = 0; i < count; ++i) {
      uint16_t upper;
      std::memcpy(&upper, src + 2 * i, sizeof upper);
      uint32_t bits = uint32_t{upper} << 16;
      std::memcpy(x + i, &bits, sizeof bits);
    }
  }

  template <void (*kBlock)(const uint8_t*, float*)>
  static void Blocks(const uint8_t* src, uint64_t count, uint32_t block, uint32_t bytes, float* x) {
    for (uint64_t i = 0; i < count; i += block, src += bytes) kBlock(src, x + i);
  }

  static void Row(DType dtype, const uint8_t* src, uint64_t count, float* x) {
    switch (dtype) {
      case DType::kF32:
        std::memcpy(x, src, 4 * count);
        return;
      case DType::kF16:
        return F16(src, count, x);
      case DType::kBF16:
        return BF16(src, count, x);
      case DType::kQ4_0:
        return Blocks<Q4_0>(src, count, 32, 18, x);
      case DType::kQ4_1:
        return Blocks<Q4_1>(src, count, 32, 20, x);
      case DType::kQ5_0:
        return Blocks<Q5_0>(src, count, 32, 22, x);
      case DType::kQ5_1:
        return Blocks<Q5_1>(src, count, 32, 24, x);
      case DType::kQ8_0:
        return Blocks<Q8_0>(src, count, 32, 34, x);
      case DType::kQ2_K:
        return Blocks<Q2_K>(src, count, 256, 84, x);
      case DType::kQ3_K:
        return Blocks<Q3_K>(src, count, 256, 110, x);
      case DType::kQ4_K:
        return Blocks<Q4_K>(src, count, 256, 144, x);
      case DType::kQ5_K:
        return Blocks<Q5_K>(src, count, 256, 176, x);
      case DType::kQ6_K:
        return Blocks<Q6_K>(src, count, 256, 210, x);
      case DType::kI32:
      case DType::kU32:
      case DType::kMXFP4:
        return;  // not in weight_formats of any matmul
    }
  }
};

}  // namespace ingot::kernels::cpu
