// Decoders of weight rows for AVX2 and above, for inclusion in the source file of each instruction
// set. `Isa` is a type of an unnamed namespace: Scale16(q, scale, x) writes 16 signed bytes times
// `scale`, Scale16(q, scale, min, x) takes `min` off too, and Halves(src, count, x) converts f16.
// Every element is computed as base/quant does, in the same order: results are equal to the bit.
#pragma once

#include <cstdint>
#include <cstring>

#include "ingot/base/dtype.h"
#include "ingot/kernels/cpu/matmul_codes.h"

namespace ingot::kernels::cpu {

template <class Isa>
struct Decoder256 {
  template <class Format>
  static void Block(const uint8_t* w, float* x) {
    const auto offset = static_cast<char>(CodeOffset(Format::kFormat));
    __m256i q = _mm256_sub_epi8(Format::Codes(w), _mm256_set1_epi8(offset));
    __m128i low = _mm256_castsi256_si128(q), high = _mm256_extracti128_si256(q, 1);
    float d = Format::Scale(w);
    if constexpr (Format::kMin) {
      float m = -HalfAt(w + 2);
      Isa::Scale16(low, d, m, x);
      Isa::Scale16(high, d, m, x + 16);
    } else {
      Isa::Scale16(low, d, x);
      Isa::Scale16(high, d, x + 16);
    }
  }

  template <class Format>
  static void Blocks(const uint8_t* w, uint64_t count, float* x) {
    for (uint64_t k = 0; k < count; k += 32, w += Format::kBytes) Block<Format>(w, x + k);
  }

  template <class Format>
  static void LongBlock(const uint8_t* w, float* x) {
    __m256 scales[2], mins[2];
    float scale[16], min[16];
    Format::Scales(w, scales);
    for (int i = 0; i < 2; ++i) _mm256_storeu_ps(scale + 8 * i, scales[i]);
    if constexpr (Format::kMins) {
      Format::Mins(w, mins);
      for (int i = 0; i < 2; ++i) _mm256_storeu_ps(min + 8 * i, mins[i]);
    }
    const auto offset = static_cast<char>(CodeOffset(Format::kFormat));
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      __m256i q = _mm256_sub_epi8(Format::Codes(w, i), _mm256_set1_epi8(offset));
      __m128i low = _mm256_castsi256_si128(q), high = _mm256_extracti128_si256(q, 1);
      float* to = x + 32 * Format::Piece(i);
      int a = Format::Low(i), b = Format::High(i);
      if constexpr (Format::kMixed) {
        Isa::Scale16(low, scale[a], scale[a + 4], to);
        Isa::Scale16(high, scale[b], scale[b + 4], to + 16);
      } else if constexpr (Format::kMins) {
        Isa::Scale16(low, scale[a], min[a], to);
        Isa::Scale16(high, scale[b], min[b], to + 16);
      } else {
        Isa::Scale16(low, scale[a], to);
        Isa::Scale16(high, scale[b], to + 16);
      }
    }
  }

  template <class Format>
  static void LongBlocks(const uint8_t* w, uint64_t count, float* x) {
    for (uint64_t k = 0; k < count; k += 256, w += Format::kBytes) LongBlock<Format>(w, x + k);
  }

  static void Row(DType format, const uint8_t* w, uint64_t count, float* x) {
    switch (format) {
      case DType::kF32:
        std::memcpy(x, w, 4 * count);
        return;
      case DType::kF16:
        return Isa::Halves(w, count, x);
      case DType::kBF16:
        for (uint64_t i = 0; i < count; ++i) {
          uint32_t bits = uint32_t{LoadAs<uint16_t>(w + 2 * i)} << 16;
          std::memcpy(x + i, &bits, sizeof bits);
        }
        return;
      case DType::kQ4_0:
        return Blocks<Q4_0>(w, count, x);
      case DType::kQ4_1:
        return Blocks<Q4_1>(w, count, x);
      case DType::kQ5_0:
        return Blocks<Q5_0>(w, count, x);
      case DType::kQ5_1:
        return Blocks<Q5_1>(w, count, x);
      case DType::kQ8_0:
        return Blocks<Q8_0>(w, count, x);
      case DType::kMXFP4:
        return Blocks<MXFP4>(w, count, x);
      case DType::kQ2_K:
        return LongBlocks<Q2_K>(w, count, x);
      case DType::kQ3_K:
        return LongBlocks<Q3_K>(w, count, x);
      case DType::kQ4_K:
        return LongBlocks<Q4_K>(w, count, x);
      case DType::kQ5_K:
        return LongBlocks<Q5_K>(w, count, x);
      case DType::kQ6_K:
        return LongBlocks<Q6_K>(w, count, x);
      case DType::kI32:
      case DType::kU32:
        return;  // not in weight_formats of any matmul
    }
  }
};

}  // namespace ingot::kernels::cpu
