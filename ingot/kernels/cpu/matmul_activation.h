// Activations rounded to 16 bits, in two bytes, for dot products with weight blocks in integers;
// for inclusion in the source file of each instruction set (hence `static`: each file keeps its own
// copy). 8 bits would do half the work, but cost a large model's logits 3 % of their spread. 32
// elements share one scale, whatever the weights' blocks are. A block with an element that is not
// finite gets the scale NaN, so that its results are NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ingot/base/dtype.h"
#include "ingot/base/e8m0.h"

namespace ingot::kernels::cpu {

// For formats of 32 elements a block: four blocks. An element is (256 * high + low) * scale.
struct alignas(64) Activation128 {
  int8_t high[128];
  int8_t low[128];
  float scale[4];
  // Of the rounded elements of a block; times what is to be taken off unsigned codes, where that is
  // not nothing.
  float sum[4];
};

// For formats of 256 elements a block.
struct alignas(64) Activation256 {
  int8_t high[256];  // in pieces of 32, ordered as the weights' codes come out of their words
  int8_t low[256];
  // Q4_K and Q5_K: scales of pieces 0..3, minus their sums, then both of pieces 4..7. The others:
  // the scale of each 16 elements in their order.
  float scale[16];
  float sum[16];  // of each 16 rounded elements, times what is to be taken off a code; not for Q4_K
};

static inline bool HasLongBlocks(DType format) {
  return format == DType::kQ2_K || format == DType::kQ3_K || format == DType::kQ4_K ||
         format == DType::kQ5_K || format == DType::kQ6_K;
}

// Bytes of a row in that form.
static inline size_t ActivationBytes(DType format, uint64_t depth) {
  return HasLongBlocks(format) ? depth / 256 * sizeof(Activation256)
                               : (depth + 127) / 128 * sizeof(Activation128);
}

// Rounds 32 elements and returns the scale.
static inline float RoundBlock(const float* x, int8_t* high, int8_t* low) {
  constexpr float kGreatest = 127 * 256;
  uint32_t greatest = 0;  // as bits, whose order is that of magnitudes, with NaN on top
  for (int i = 0; i < 32; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    greatest = bits > greatest ? bits : greatest;
  }
  float size;
  std::memcpy(&size, &greatest, sizeof size);
  bool finite = greatest < 0x7F800000;
  if (!finite || size < 0x1p-100f) {
    std::memset(high, 0, 32);
    std::memset(low, 0, 32);
    return finite ? 0 : __builtin_nanf("");
  }
  float inverse = kGreatest / size;
  for (int i = 0; i < 32; ++i) {
    // The sum has units of one: its low bits are the rounded number.
    float shifted = x[i] * inverse + 0x1.8p23f;
    int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    auto word = static_cast<int16_t>(bits);
    auto upper = static_cast<int16_t>((word + 128) >> 8);
    auto lower = static_cast<int16_t>(word - 256 * upper);
    high[i] = static_cast<int8_t>(upper);
    // -128 has no opposite, which one of the sets needs.
    low[i] = static_cast<int8_t>(lower < -127 ? -127 : lower);
  }
  return size / kGreatest;
}

static inline float SumOf(const int8_t* high, const int8_t* low, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += 256 * high[i] + low[i];
  return static_cast<float>(sum);
}

// What is to be taken off unsigned codes.
static inline int CodeOffset(DType format) {
  switch (format) {
    case DType::kQ3_K:
      return 4;
    case DType::kQ4_0:
      return 8;
    case DType::kMXFP4:
      return 12;
    case DType::kQ5_0:
      return 16;
    case DType::kQ6_K:
      return 32;
    case DType::kQ8_0:
      return 128;
    default:
      return 0;
  }
}

static inline void Round128(DType format, const float* x, uint64_t depth, Activation128* out) {
  int offset = CodeOffset(format);
  auto factor = static_cast<float>(offset == 0 ? 1 : -offset);
  for (uint64_t k = 0; k < depth; k += 128, ++out) {
    for (int block = 0; block < 4; ++block) {
      int8_t *high = out->high + 32 * block, *low = out->low + 32 * block;
      if (k + 32 * block >= depth) {
        std::memset(high, 0, 32);
        std::memset(low, 0, 32);
        out->scale[block] = out->sum[block] = 0;
        continue;
      }
      float scale = RoundBlock(x + k + 32 * block, high, low);
      out->scale[block] = scale;
      out->sum[block] = factor * scale * SumOf(high, low, 32);
    }
  }
}

static inline void Round256(DType format, const float* x, uint64_t depth, Activation256* out) {
  static const uint8_t kNatural[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  static const uint8_t kNibbles[8] = {0, 2, 1, 3, 4, 6, 5, 7};  // place of each piece
  static const uint8_t kPairs[8] = {0, 2, 4, 6, 1, 3, 5, 7};
  bool nibbles = format == DType::kQ4_K || format == DType::kQ5_K;
  bool pairs = format == DType::kQ2_K || format == DType::kQ3_K;
  const uint8_t* place = nibbles ? kNibbles : pairs ? kPairs : kNatural;
  // Q2_K takes a minimum off, which is a factor of its own: one times the sum.
  auto offset = static_cast<float>(format == DType::kQ2_K ? 1 : CodeOffset(format));
  for (uint64_t k = 0; k < depth; k += 256, ++out) {
    for (int piece = 0; piece < 8; ++piece) {
      int8_t *high = out->high + 32 * place[piece], *low = out->low + 32 * place[piece];
      float scale = RoundBlock(x + k + 32 * piece, high, low);
      if (nibbles) {
        int at = piece < 4 ? piece : piece + 4;
        out->scale[at] = scale;
        out->scale[at + 4] = -scale * SumOf(high, low, 32);
        continue;
      }
      for (int half = 0; half < 2; ++half) {
        out->scale[2 * piece + half] = scale;
        out->sum[2 * piece + half] = -offset * scale * SumOf(high + 16 * half, low + 16 * half, 16);
      }
    }
  }
}

static inline void RoundActivations(DType format, const float* x, uint64_t depth, std::byte* out) {
  if (HasLongBlocks(format)) {
    Round256(format, x, depth, reinterpret_cast<Activation256*>(out));
  } else {
    Round128(format, x, depth, reinterpret_cast<Activation128*>(out));
  }
}

// The 16 bytes of integer scales of a block.

// Q4_K, Q5_K: scales of pieces 0..3, their minima, then both of pieces 4..7.
static inline void UnpackScaleMins(const uint8_t* packed, uint64_t out[2]) {
  uint64_t low;
  uint32_t high;
  std::memcpy(&low, packed, 8);
  std::memcpy(&high, packed + 8, 4);
  out[0] = low & 0x3F3F3F3F3F3F3F3F;
  uint64_t nibbles = (high & 0x0F0F0F0F) | static_cast<uint64_t>(high >> 4 & 0x0F0F0F0F) << 32;
  out[1] = nibbles | (low >> 2 & 0x3030303030303030);
}

// Q3_K: scales, still 32 too great.
static inline void UnpackSixBitScales(const uint8_t* packed, uint64_t out[2]) {
  uint64_t low;
  uint32_t high;
  std::memcpy(&low, packed, 8);
  std::memcpy(&high, packed + 8, 4);
  uint64_t twice = static_cast<uint64_t>(high >> 2) << 32 | high;  // bits of scales 0..7 at 0
  uint64_t more = static_cast<uint64_t>(high >> 6) << 32 | high >> 4;
  out[0] = (low & 0x0F0F0F0F0F0F0F0F) | (twice & 0x0303030303030303) << 4;
  out[1] = (low >> 4 & 0x0F0F0F0F0F0F0F0F) | (more & 0x0303030303030303) << 4;
}

}  // namespace ingot::kernels::cpu
