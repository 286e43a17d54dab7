// Dot products of 8-bit activations with weight blocks in vectors of 32 bytes, for inclusion in the
// source files that define `Dot4`:
//   __m256i Dot4::Add(start, u, s)   start + the sums of four products of unsigned u and signed s
// with u at most 63 where the set has no exact products of bytes, but
//   __m256i Dot4::AddSigned(bytes, s, start) for codes of eight bits with a sign; `start` is what
//   Add would need to take 128 off each code.
#pragma once

#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_activation.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

template <typename T>
T LoadAs(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

__m256i Load32(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }
__m256i And(__m256i v, char bits) { return _mm256_and_si256(v, _mm256_set1_epi8(bits)); }
float HalfAt(const uint8_t* at) { return _cvtsh_ss(LoadAs<uint16_t>(at)); }

float SumOfLanes(__m256 v) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

// `plus` where the bit of `bits` that belongs to the byte is set.
__m256i FifthBits(uint32_t bits, char plus) {
  __m256i bytes = _mm256_shuffle_epi8(
      _mm256_set1_epi32(static_cast<int>(bits)),
      _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
  const __m256i select = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, select), select);
  return And(set, plus);
}

// Low nibbles of 16 bytes, then their high ones.
__m256i NibbleBlock(const uint8_t* at) {
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return And(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), 15);
}

// ---- Formats of 32 elements a block. ----

template <uint32_t kBlockBytes, uint32_t kNibbles, uint32_t kFifth, bool kHasMin>
struct NibbleFormat {
  static constexpr uint32_t kBytes = kBlockBytes;
  static constexpr bool kMin = kHasMin;
  static __m256i Products(const uint8_t* w, const int8_t* q, const int32_t* start) {
    __m256i codes = NibbleBlock(w + kNibbles);
    if constexpr (kFifth != 0) {
      codes = _mm256_or_si256(codes, FifthBits(LoadAs<uint32_t>(w + kFifth), 16));
    }
    return Dot4::Add(Load32(start), codes, Load32(q));
  }
};
using Q4_0 = NibbleFormat<18, 2, 0, false>;
using Q4_1 = NibbleFormat<20, 4, 0, true>;
using Q5_0 = NibbleFormat<22, 6, 2, false>;
using Q5_1 = NibbleFormat<24, 8, 4, true>;
struct Q8_0 {
  static constexpr uint32_t kBytes = 34;
  static constexpr bool kMin = false;
  static __m256i Products(const uint8_t* w, const int8_t* q, const int32_t* start) {
    return Dot4::AddSigned(Load32(w + 2), Load32(q), Load32(start));
  }
};

template <class Format>
struct Short {
  using Activation = Activation128;
  static float Row(const uint8_t* w, const Activation* x, size_t depth) {
    __m256 sum = _mm256_setzero_ps();
    float min_sum = 0;
    for (size_t k = 0; k < depth; k += 32, w += Format::kBytes) {
      const Activation& a = x[k / 128];
      size_t block = k / 32 % 4;
      __m256i p = Format::Products(w, a.q + 32 * block, a.start + 8 * block);
      __m256 scale = _mm256_set1_ps(HalfAt(w) * a.scale[block]);
      sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(p), scale, sum);
      if constexpr (Format::kMin) min_sum += HalfAt(w + 2) * a.sum[block];
    }
    return SumOfLanes(sum) + min_sum;
  }
};

// ---- Formats of 256 elements a block. ----
// Codes(w, i) gives piece i in the order of the activations, Factors() fills 16 factors for the
// activations and returns what is to be added beside the products, Low(i) and High(i) say which
// factor the halves of piece i need.

__m256 BytesToFloats(uint64_t bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))));
}

struct NibblePieces {
  // Pieces 0, 2, 1, 3, 4, 6, 5, 7.
  static int Low(int i) { return (i % 4 / 2 | i % 2 << 1) + i / 4 * 8; }
  static int High(int i) { return Low(i); }
  static float Factors(const uint8_t* w, const Activation256& a, float* factors) {
    uint64_t bytes[2];
    UnpackScaleMins(w + 4, bytes);
    __m256 d = _mm256_set_m128(_mm_set1_ps(HalfAt(w + 2)), _mm_set1_ps(HalfAt(w)));
    __m256 min = _mm256_setzero_ps();
    for (int i = 0; i < 2; ++i) {
      __m256 scaled =
          _mm256_mul_ps(_mm256_mul_ps(BytesToFloats(bytes[i]), d), _mm256_load_ps(a.scale + 8 * i));
      _mm256_storeu_ps(factors + 8 * i, scaled);
      min = _mm256_add_ps(min, scaled);
    }
    __m128 high = _mm256_extractf128_ps(min, 1);
    high = _mm_add_ps(high, _mm_movehl_ps(high, high));
    return _mm_cvtss_f32(_mm_add_ss(high, _mm_movehdup_ps(high)));
  }
};

struct Q4_K : NibblePieces {
  static constexpr uint32_t kBytes = 144;
  static __m256i Codes(const uint8_t* w, int i) {
    __m256i bytes = Load32(w + 16 + 64 * (i / 4) + 32 * (i % 2));
    return And(i % 4 < 2 ? bytes : _mm256_srli_epi16(bytes, 4), 15);
  }
};

struct Q5_K : NibblePieces {
  static constexpr uint32_t kBytes = 176;
  static __m256i Codes(const uint8_t* w, int i) {
    int piece = i / 4 * 4 + (i % 4 / 2 | i % 2 << 1);
    __m256i bytes = Load32(w + 48 + 64 * (i / 4) + 32 * (i % 2));
    __m256i nibbles = And(i % 4 < 2 ? bytes : _mm256_srli_epi16(bytes, 4), 15);
    __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << piece));
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(Load32(w + 16), bit), bit);
    return _mm256_or_si256(nibbles, And(set, 16));
  }
};

// factors = d * integers * scales of the activations; returns the sum of d * integers * their sums.
float ScaleFactors(const uint64_t bytes[2], float offset, float d, const Activation256& a,
                   float* factors) {
  __m256 sum = _mm256_setzero_ps();
  for (int i = 0; i < 2; ++i) {
    __m256 integers = _mm256_sub_ps(BytesToFloats(bytes[i]), _mm256_set1_ps(offset));
    __m256 scale = _mm256_mul_ps(integers, _mm256_set1_ps(d));
    _mm256_storeu_ps(factors + 8 * i, _mm256_mul_ps(scale, _mm256_load_ps(a.scale + 8 * i)));
    sum = _mm256_fmadd_ps(scale, _mm256_load_ps(a.sum + 8 * i), sum);
  }
  return SumOfLanes(sum);
}

struct Q6_K {
  static constexpr uint32_t kBytes = 210;
  static int Low(int i) { return 2 * i; }
  static int High(int i) { return 2 * i + 1; }
  static __m256i Codes(const uint8_t* w, int i) {
    int h = i / 4, r = i % 4;
    __m256i low = Load32(w + 64 * h + 32 * (r % 2)), high = Load32(w + 128 + 32 * h);
    __m256i nibbles = And(r < 2 ? low : _mm256_srli_epi16(low, 4), 15);
    __m256i bits = r < 2 ? _mm256_slli_epi16(high, 4 - 2 * r) : _mm256_srli_epi16(high, 2 * r - 4);
    return _mm256_or_si256(nibbles, And(bits, 0x30));
  }
  static float Factors(const uint8_t* w, const Activation256& a, float* factors) {
    // Signed bytes, made unsigned: 128 too great.
    uint64_t bytes[2] = {LoadAs<uint64_t>(w + 192) ^ 0x8080808080808080,
                         LoadAs<uint64_t>(w + 200) ^ 0x8080808080808080};
    return ScaleFactors(bytes, 128, HalfAt(w + 208), a, factors);
  }
};

// Pieces 0, 4, 1, 5, 2, 6, 3, 7.
struct PairPieces {
  static int Low(int i) { return 2 * (i / 2) + 8 * (i % 2); }
  static int High(int i) { return Low(i) + 1; }
  static __m256i Two(const uint8_t* words, int i) {
    return And(_mm256_srli_epi16(Load32(words + 32 * (i % 2)), i / 2 * 2), 3);
  }
};

struct Q2_K : PairPieces {
  static constexpr uint32_t kBytes = 84;
  static __m256i Codes(const uint8_t* w, int i) { return Two(w + 16, i); }
  static float Factors(const uint8_t* w, const Activation256& a, float* factors) {
    constexpr uint64_t kLow = 0x0F0F0F0F0F0F0F0F;
    uint64_t first = LoadAs<uint64_t>(w), second = LoadAs<uint64_t>(w + 8);
    uint64_t mins[2] = {first >> 4 & kLow, second >> 4 & kLow};
    uint64_t scales[2] = {first & kLow, second & kLow};
    float min = ScaleFactors(mins, 0, HalfAt(w + 82), a, factors);
    ScaleFactors(scales, 0, HalfAt(w + 80), a, factors);
    return min;
  }
};

struct Q3_K : PairPieces {
  static constexpr uint32_t kBytes = 110;
  static __m256i Codes(const uint8_t* w, int i) {
    __m256i bit = _mm256_set1_epi8(static_cast<char>(1 << (i / 2 + 4 * (i % 2))));
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(Load32(w), bit), bit);
    return _mm256_or_si256(Two(w + 32, i), And(set, 4));
  }
  static float Factors(const uint8_t* w, const Activation256& a, float* factors) {
    uint64_t bytes[2];
    UnpackSixBitScales(w + 96, bytes);
    return ScaleFactors(bytes, 32, HalfAt(w + 108), a, factors);
  }
};

template <class Format>
struct Long {
  using Activation = Activation256;
  static float Row(const uint8_t* w, const Activation* x, size_t depth) {
    __m256 sum = _mm256_setzero_ps();
    float beside = 0;
    for (size_t i = 0; i < depth / 256; ++i, w += Format::kBytes) {
      float factors[16];
      beside += Format::Factors(w, x[i], factors);
#pragma GCC unroll 8
      for (int piece = 0; piece < 8; ++piece) {
        __m256i p =
            Dot4::Add(_mm256_setzero_si256(), Format::Codes(w, piece), Load32(x[i].q + 32 * piece));
        __m256 scale = _mm256_set_m128(_mm_set1_ps(factors[Format::High(piece)]),
                                       _mm_set1_ps(factors[Format::Low(piece)]));
        sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(p), scale, sum);
      }
    }
    return SumOfLanes(sum) + beside;
  }
};

template <class Kernel>
void Columns(const DotProblem& p) {
  using Activation = typename Kernel::Activation;
  for (size_t n = 0; n < p.cols; ++n) {
    for (size_t m = 0; m < p.rows; ++m) {
      const auto* x = reinterpret_cast<const Activation*>(p.x + m * p.x_bytes);
      p.y[m * p.y_stride + n] = Kernel::Row(p.w + n * p.row_bytes, x, p.depth);
    }
  }
}

void Dot(DType format, const DotProblem& p) {
  switch (format) {
    case DType::kQ4_0:
      return Columns<Short<Q4_0>>(p);
    case DType::kQ4_1:
      return Columns<Short<Q4_1>>(p);
    case DType::kQ5_0:
      return Columns<Short<Q5_0>>(p);
    case DType::kQ5_1:
      return Columns<Short<Q5_1>>(p);
    case DType::kQ8_0:
      return Columns<Short<Q8_0>>(p);
    case DType::kQ2_K:
      return Columns<Long<Q2_K>>(p);
    case DType::kQ3_K:
      return Columns<Long<Q3_K>>(p);
    case DType::kQ4_K:
      return Columns<Long<Q4_K>>(p);
    case DType::kQ5_K:
      return Columns<Long<Q5_K>>(p);
    case DType::kQ6_K:
      return Columns<Long<Q6_K>>(p);
    default:
      return;  // plain formats have their own way
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu
