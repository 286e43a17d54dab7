// The integers in weight blocks, unpacked in vectors of 32 bytes for AVX2 and above; for inclusion
// in the source file of each instruction set (hence the unnamed namespace). Formats are described
// in base/quant. Codes() gives unsigned codes, CodeOffset() too great; a piece is 32 elements.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

#include "ingot/kernels/cpu/matmul_activation.h"

namespace ingot::kernels::cpu {
namespace {

template <typename T>
T LoadAs(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline __m256i Load32(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}
inline __m256i And(__m256i v, char bits) { return _mm256_and_si256(v, _mm256_set1_epi8(bits)); }
inline float HalfAt(const uint8_t* at) { return _cvtsh_ss(LoadAs<uint16_t>(at)); }

// `plus` where a byte has the bit of `select`.
inline __m256i Where(__m256i bytes, __m256i select, char plus) {
  return And(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, select), select), plus);
}

// ---- Blocks of one piece. Scale(w) is what the codes, less their offset, are multiplied by. kMin:
// an f16 at byte 2 is added to each element. ----

template <DType kDType, uint32_t kBlockBytes, uint32_t kNibbles, uint32_t kFifth, bool kHasMin>
struct NibbleBlock {
  static constexpr DType kFormat = kDType;
  static constexpr uint32_t kBytes = kBlockBytes;
  static constexpr bool kMin = kHasMin;
  static float Scale(const uint8_t* w) { return HalfAt(w); }
  static __m256i Codes(const uint8_t* w) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(w + kNibbles));
    __m256i codes = And(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), 15);
    if constexpr (kFifth != 0) {
      __m256i bits = _mm256_shuffle_epi8(
          _mm256_set1_epi32(LoadAs<int32_t>(w + kFifth)),
          _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
      const __m256i select = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
      codes = _mm256_or_si256(codes, Where(bits, select, 16));
    }
    return codes;
  }
};
using Q4_0 = NibbleBlock<DType::kQ4_0, 18, 2, 0, false>;
using Q4_1 = NibbleBlock<DType::kQ4_1, 20, 4, 0, true>;
using Q5_0 = NibbleBlock<DType::kQ5_0, 22, 6, 2, false>;
using Q5_1 = NibbleBlock<DType::kQ5_1, 24, 8, 4, true>;

struct Q8_0 {
  static constexpr DType kFormat = DType::kQ8_0;
  static constexpr uint32_t kBytes = 34;
  static constexpr bool kMin = false;
  static float Scale(const uint8_t* w) { return HalfAt(w); }
  static __m256i Codes(const uint8_t* w) {
    return _mm256_xor_si256(Load32(w + 2), _mm256_set1_epi8(-128));
  }
};

struct MXFP4 {
  static constexpr DType kFormat = DType::kMXFP4;
  static constexpr uint32_t kBytes = 17;
  static constexpr bool kMin = false;
  static float Scale(const uint8_t* w) { return HalfE8M0(w[0]); }
  static __m256i Codes(const uint8_t* w) {
    const __m128i codes = _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);
    using Nibbles = NibbleBlock<DType::kMXFP4, 17, 1, 0, false>;
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(codes), Nibbles::Codes(w));
  }
};

// ---- Blocks of eight pieces. ----
// Codes(w, i) is piece Piece(i): the order of Activation256. Scales(w, ...) gives d times the 16
// integer scales, Low(i) and High(i) say which of them the halves of Codes(w, i) need. kMins:
// Mins(w, ...) and the same places for what is taken off; kMixed: scales and mins in one, the min
// four places behind its scale.

inline __m256 BytesToFloats(uint64_t bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))));
}

inline void ScaleBytes(const uint64_t bytes[2], float offset, float d, __m256 out[2]) {
  for (int i = 0; i < 2; ++i) {
    __m256 integers = _mm256_sub_ps(BytesToFloats(bytes[i]), _mm256_set1_ps(offset));
    out[i] = _mm256_mul_ps(integers, _mm256_set1_ps(d));
  }
}

struct NibblePieces {
  static constexpr bool kMins = false, kMixed = true;
  static constexpr int Piece(int i) { return i / 4 * 4 + (i % 4 / 2 | i % 2 << 1); }
  static constexpr int Low(int i) { return Piece(i) + i / 4 * 4; }
  static constexpr int High(int i) { return Low(i); }
  static __m256i Nibbles(const uint8_t* nibbles, int i) {
    __m256i bytes = Load32(nibbles + 64 * (i / 4) + 32 * (i % 2));
    return And(i % 4 < 2 ? bytes : _mm256_srli_epi16(bytes, 4), 15);
  }
  static void Scales(const uint8_t* w, __m256 out[2]) {
    uint64_t bytes[2];
    UnpackScaleMins(w + 4, bytes);
    __m256 d = _mm256_set_m128(_mm_set1_ps(HalfAt(w + 2)), _mm_set1_ps(HalfAt(w)));
    for (int i = 0; i < 2; ++i) out[i] = _mm256_mul_ps(BytesToFloats(bytes[i]), d);
  }
};

struct Q4_K : NibblePieces {
  static constexpr DType kFormat = DType::kQ4_K;
  static constexpr uint32_t kBytes = 144;
  static __m256i Codes(const uint8_t* w, int i) { return Nibbles(w + 16, i); }
};

struct Q5_K : NibblePieces {
  static constexpr DType kFormat = DType::kQ5_K;
  static constexpr uint32_t kBytes = 176;
  static __m256i Codes(const uint8_t* w, int i) {
    __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << Piece(i)));
    return _mm256_or_si256(Nibbles(w + 48, i), Where(Load32(w + 16), bit, 16));
  }
};

struct Q6_K {
  static constexpr DType kFormat = DType::kQ6_K;
  static constexpr uint32_t kBytes = 210;
  static constexpr bool kMins = false, kMixed = false;
  static constexpr int Piece(int i) { return i; }
  static constexpr int Low(int i) { return 2 * i; }
  static constexpr int High(int i) { return 2 * i + 1; }
  static __m256i Codes(const uint8_t* w, int i) {
    int h = i / 4, r = i % 4;
    __m256i low = Load32(w + 64 * h + 32 * (r % 2)), high = Load32(w + 128 + 32 * h);
    __m256i nibbles = And(r < 2 ? low : _mm256_srli_epi16(low, 4), 15);
    __m256i bits = r < 2 ? _mm256_slli_epi16(high, 4 - 2 * r) : _mm256_srli_epi16(high, 2 * r - 4);
    return _mm256_or_si256(nibbles, And(bits, 0x30));
  }
  static void Scales(const uint8_t* w, __m256 out[2]) {
    // Signed bytes, made unsigned: 128 too great.
    uint64_t bytes[2] = {LoadAs<uint64_t>(w + 192) ^ 0x8080808080808080,
                         LoadAs<uint64_t>(w + 200) ^ 0x8080808080808080};
    ScaleBytes(bytes, 128, HalfAt(w + 208), out);
  }
};

struct PairPieces {
  static constexpr bool kMixed = false;
  static constexpr int Piece(int i) { return i / 2 + 4 * (i % 2); }
  static constexpr int Low(int i) { return 2 * Piece(i); }
  static constexpr int High(int i) { return 2 * Piece(i) + 1; }
  static __m256i Two(const uint8_t* words, int i) {
    return And(_mm256_srli_epi16(Load32(words + 32 * (i % 2)), i / 2 * 2), 3);
  }
};

struct Q2_K : PairPieces {
  static constexpr DType kFormat = DType::kQ2_K;
  static constexpr uint32_t kBytes = 84;
  static constexpr bool kMins = true;
  static constexpr uint64_t kLow = 0x0F0F0F0F0F0F0F0F;
  static __m256i Codes(const uint8_t* w, int i) { return Two(w + 16, i); }
  static void Scales(const uint8_t* w, __m256 out[2]) {
    uint64_t bytes[2] = {LoadAs<uint64_t>(w) & kLow, LoadAs<uint64_t>(w + 8) & kLow};
    ScaleBytes(bytes, 0, HalfAt(w + 80), out);
  }
  static void Mins(const uint8_t* w, __m256 out[2]) {
    uint64_t bytes[2] = {LoadAs<uint64_t>(w) >> 4 & kLow, LoadAs<uint64_t>(w + 8) >> 4 & kLow};
    ScaleBytes(bytes, 0, HalfAt(w + 82), out);
  }
};

struct Q3_K : PairPieces {
  static constexpr DType kFormat = DType::kQ3_K;
  static constexpr uint32_t kBytes = 110;
  static constexpr bool kMins = false;
  static __m256i Codes(const uint8_t* w, int i) {
    __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << Piece(i)));
    return _mm256_or_si256(Two(w + 32, i), Where(Load32(w), bit, 4));
  }
  static void Scales(const uint8_t* w, __m256 out[2]) {
    uint64_t bytes[2];
    UnpackSixBitScales(w + 96, bytes);
    ScaleBytes(bytes, 32, HalfAt(w + 108), out);
  }
};

}  // namespace
}  // namespace ingot::kernels::cpu
