// Dot products of 16-bit activations with weight blocks, for AVX-512 with VNNI.
#include <immintrin.h>

#include "ingot/kernels/cpu/matmul_activation.h"
#include "ingot/kernels/cpu/matmul_fetch.h"
#include "ingot/kernels/cpu/matmul_path.h"

namespace ingot::kernels::cpu {
namespace {

template <typename T>
T LoadAs(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

__m512i Load(const void* at) { return _mm512_loadu_si512(at); }
__m512i Low4(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
__m512i High4(__m512i v) { return Low4(_mm512_srli_epi16(v, 4)); }
__m512i Twice(const uint8_t* at) {
  return _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
}
// Lower 32 bytes `a`, upper 32 bytes `b`.
__m512i Halves(char a, char b) {
  return _mm512_inserti64x4(_mm512_set1_epi8(a), _mm256_set1_epi8(b), 1);
}
__m512i WordHalves(short a, short b) {
  return _mm512_inserti64x4(_mm512_set1_epi16(a), _mm256_set1_epi16(b), 1);
}

// Sums of four products each of unsigned codes and 16-bit numbers.
__m512i Products(__m512i codes, const int8_t* high, const int8_t* low) {
  __m512i upper = _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes, Load(high));
  return _mm512_dpbusd_epi32(_mm512_slli_epi32(upper, 8), codes, Load(low));
}

// ---- Formats of 32 elements a block. Codes() unpacks two blocks to unsigned bytes, Scales() gives
// those of four. ----

template <uint32_t kOffset>  // of the nibbles
__m512i NibbleBlocks(const uint8_t* at, const uint8_t* next) {
  const auto* first = reinterpret_cast<const __m128i*>(at + kOffset);
  const auto* second = reinterpret_cast<const __m128i*>(next + kOffset);
  __m512i bytes = _mm512_broadcast_i32x4(_mm_loadu_si128(first));
  bytes = _mm512_mask_broadcast_i32x4(bytes, 0xFF00, _mm_loadu_si128(second));
  const __m512i shift = _mm512_set_epi64(0x0004000400040004, 0x0004000400040004, 0, 0,
                                         0x0004000400040004, 0x0004000400040004, 0, 0);
  return Low4(_mm512_srlv_epi16(bytes, shift));
}

template <uint32_t kOffset>  // of the fifth bits
__m512i AddFifthBits(__m512i codes, const uint8_t* at, const uint8_t* next) {
  uint64_t bits = LoadAs<uint32_t>(at + kOffset) |
                  static_cast<uint64_t>(LoadAs<uint32_t>(next + kOffset)) << 32;
  return _mm512_mask_add_epi8(codes, bits, codes, _mm512_set1_epi8(16));
}

// The f16 at `at` of each of four blocks.
template <uint32_t kBytes>
__m128 FourHalves(const uint8_t* at) {
  uint64_t low = LoadAs<uint16_t>(at) | static_cast<uint32_t>(LoadAs<uint16_t>(at + kBytes)) << 16;
  uint64_t high = LoadAs<uint16_t>(at + 2 * kBytes) |
                  static_cast<uint32_t>(LoadAs<uint16_t>(at + 3 * kBytes)) << 16;
  return _mm_cvtph_ps(_mm_cvtsi64_si128(static_cast<long long>(low | high << 32)));
}

struct Q4_0 {
  static constexpr uint32_t kBytes = 18;
  static constexpr bool kMin = false;
  static __m128 Scales(const uint8_t* at) { return FourHalves<kBytes>(at); }
  static __m512i Codes(const uint8_t* at) { return NibbleBlocks<2>(at, at + kBytes); }
};
struct Q4_1 {
  static constexpr uint32_t kBytes = 20;
  static constexpr bool kMin = true;
  static __m128 Scales(const uint8_t* at) { return FourHalves<kBytes>(at); }
  static __m512i Codes(const uint8_t* at) { return NibbleBlocks<4>(at, at + kBytes); }
};
struct Q5_0 {
  static constexpr uint32_t kBytes = 22;
  static constexpr bool kMin = false;
  static __m128 Scales(const uint8_t* at) { return FourHalves<kBytes>(at); }
  static __m512i Codes(const uint8_t* at) {
    return AddFifthBits<2>(NibbleBlocks<6>(at, at + kBytes), at, at + kBytes);
  }
};
struct Q5_1 {
  static constexpr uint32_t kBytes = 24;
  static constexpr bool kMin = true;
  static __m128 Scales(const uint8_t* at) { return FourHalves<kBytes>(at); }
  static __m512i Codes(const uint8_t* at) {
    return AddFifthBits<4>(NibbleBlocks<8>(at, at + kBytes), at, at + kBytes);
  }
};
struct Q8_0 {
  static constexpr uint32_t kBytes = 34;
  static constexpr bool kMin = false;
  static __m128 Scales(const uint8_t* at) { return FourHalves<kBytes>(at); }
  static __m512i Codes(const uint8_t* at) {
    const auto* second = reinterpret_cast<const __m256i*>(at + kBytes + 2);
    __m512i bytes =
        _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 2)));
    bytes = _mm512_inserti64x4(bytes, _mm256_loadu_si256(second), 1);
    return _mm512_xor_si512(bytes, _mm512_set1_epi8(-128));  // unsigned, 128 too great
  }
};

struct MXFP4 {
  static constexpr uint32_t kBytes = 17;
  static constexpr bool kMin = false;
  static __m128 Scales(const uint8_t* at) {
    return _mm_setr_ps(HalfE8M0(at[0]), HalfE8M0(at[kBytes]), HalfE8M0(at[2 * kBytes]),
                       HalfE8M0(at[3 * kBytes]));
  }
  static __m512i Codes(const uint8_t* at) {
    const __m128i codes = _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(codes), NibbleBlocks<1>(at, at + kBytes));
  }
};

template <class Format>
struct Short {
  using Activation = Activation128;
  static constexpr uint32_t kStep = 4 * Format::kBytes;  // bytes of 128 elements

  template <int kRows>
  static void Step(const uint8_t* w, const Activation* const* x, size_t i, __m512* sum,
                   __m128* min_sum) {
    const __m512i first = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m512i second = _mm512_or_si512(first, _mm512_set1_epi32(2));
    __m512i low = Format::Codes(w), high = Format::Codes(w + 2 * Format::kBytes);
    __m128 d = Format::Scales(w), min = d;
    if constexpr (Format::kMin) min = FourHalves<Format::kBytes>(w + 2);
    for (int m = 0; m < kRows; ++m) {
      const Activation& a = x[m][i];
      __m512 scale = _mm512_castps128_ps512(_mm_mul_ps(d, _mm_load_ps(a.scale)));
      __m512i p = Products(low, a.high, a.low);
      __m512i q = Products(high, a.high + 64, a.low + 64);
      sum[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(p), _mm512_permutexvar_ps(first, scale), sum[m]);
      sum[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(q), _mm512_permutexvar_ps(second, scale), sum[m]);
      min_sum[m] = _mm_fmadd_ps(min, _mm_load_ps(a.sum), min_sum[m]);
    }
  }

  // y[m] = the dot product of one weight row with row m.
  template <int kRows>
  static void Row(const uint8_t* w, const Activation* const* x, size_t depth, float* y,
                  size_t y_stride) {
    __m512 sum[kRows];
    __m128 min_sum[kRows];
    for (int m = 0; m < kRows; ++m) {
      sum[m] = _mm512_setzero_ps();
      min_sum[m] = _mm_setzero_ps();
    }
    size_t steps = depth / 128;
    for (size_t i = 0; i < steps; ++i, w += kStep) {
      FetchAhead<kStep>(w);
      Step<kRows>(w, x, i, sum, min_sum);
    }
    if (size_t rest = depth % 128; rest != 0) {  // activations are zero beyond the depth
      uint8_t padded[kStep] = {};
      std::memcpy(padded, w, rest / 32 * Format::kBytes);
      Step<kRows>(padded, x, steps, sum, min_sum);
    }
    for (int m = 0; m < kRows; ++m) {
      __m512 all = _mm512_add_ps(sum[m], _mm512_zextps128_ps512(min_sum[m]));
      y[m * y_stride] = _mm512_reduce_add_ps(all);
    }
  }
};

// ---- Formats of 256 elements a block. ----
// Unpack() gives the codes in four vectors, in the order of the activations, and Scales() the 16
// factors of the sub-blocks for activations with `scale` and `sum`; `min_sum` takes what is to be
// added beside the products. Place(v) says which factor each lane of product v needs.

__m512 BytesToFloats(const uint64_t bytes[2]) {
  __m128i packed =
      _mm_set_epi64x(static_cast<long long>(bytes[1]), static_cast<long long>(bytes[0]));
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(packed));
}
__m512 SignedToFloats(__m128i bytes) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)); }
__m512 Half(const uint8_t* at) { return _mm512_set1_ps(_cvtsh_ss(LoadAs<uint16_t>(at))); }

// Lanes of 4 take factors a, b, c, d.
__m512i Quarters(int a, int b, int c, int d) {
  return _mm512_set_epi32(d, d, d, d, c, c, c, c, b, b, b, b, a, a, a, a);
}

struct NibblePlaces {
  static __m512i Place(int v) {
    // Products 0..3 are of pieces (0, 2), (1, 3), (4, 6), (5, 7); factors lie at 0..3 and 8..11.
    int low = v < 2 ? v : v + 6;
    return Quarters(low, low, low + 2, low + 2);
  }
};

struct Q4_K : NibblePlaces {
  static constexpr uint32_t kBytes = 144;
  struct Factors {
    __m512 both;  // d and dmin times their integers
  };
  static void Unpack(const uint8_t* w, __m512i codes[4]) {
    __m512i a = Load(w + 16), b = Load(w + 80);
    codes[0] = Low4(a);
    codes[1] = High4(a);
    codes[2] = Low4(b);
    codes[3] = High4(b);
  }
  static Factors Integers(const uint8_t* w) {
    uint64_t bytes[2];
    UnpackScaleMins(w + 4, bytes);
    __m128 d = _mm_cvtph_ps(_mm_cvtsi32_si128(static_cast<int>(LoadAs<uint32_t>(w))));
    const __m512i places = Quarters(0, 1, 0, 1);
    return {_mm512_mul_ps(BytesToFloats(bytes),
                          _mm512_permutexvar_ps(places, _mm512_castps128_ps512(d)))};
  }
  static __m512 Scales(const Factors& f, const Activation256& a, __m512* min_sum) {
    __m512 scales = _mm512_mul_ps(f.both, _mm512_load_ps(a.scale));
    *min_sum = _mm512_mask_add_ps(*min_sum, 0xF0F0, *min_sum, scales);
    return scales;
  }
};

struct Q5_K : NibblePlaces {
  static constexpr uint32_t kBytes = 176;
  using Factors = Q4_K::Factors;
  static void Unpack(const uint8_t* w, __m512i codes[4]) {
    __m512i a = Load(w + 48), b = Load(w + 112), high = Twice(w + 16);
    codes[0] = Fifth(Low4(a), high, Halves(1, 4));
    codes[1] = Fifth(High4(a), high, Halves(2, 8));
    codes[2] = Fifth(Low4(b), high, Halves(16, 64));
    codes[3] = Fifth(High4(b), high, Halves(32, -128));
  }
  static __m512i Fifth(__m512i codes, __m512i high, __m512i bits) {
    __mmask64 set = _mm512_test_epi8_mask(high, bits);
    return _mm512_mask_add_epi8(codes, set, codes, _mm512_set1_epi8(16));
  }
  static Factors Integers(const uint8_t* w) { return Q4_K::Integers(w); }
  static __m512 Scales(const Factors& f, const Activation256& a, __m512* min_sum) {
    return Q4_K::Scales(f, a, min_sum);
  }
};

struct Q6_K {
  static constexpr uint32_t kBytes = 210;
  struct Factors {
    __m512 scale;
  };
  static __m512i Place(int v) { return Quarters(4 * v, 4 * v + 1, 4 * v + 2, 4 * v + 3); }
  static void Unpack(const uint8_t* w, __m512i codes[4]) {
    const __m512i bits = _mm512_set1_epi8(0x30);
    const __m512i left = WordHalves(4, 2), right = WordHalves(0, 2);
    for (int h = 0; h < 2; ++h) {
      __m512i low = Load(w + 64 * h), high = Twice(w + 128 + 32 * h);
      __m512i first = _mm512_and_si512(_mm512_sllv_epi16(high, left), bits);
      __m512i second = _mm512_and_si512(_mm512_srlv_epi16(high, right), bits);
      codes[2 * h] = _mm512_or_si512(Low4(low), first);
      codes[2 * h + 1] = _mm512_or_si512(High4(low), second);
    }
  }
  static Factors Integers(const uint8_t* w) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(w + 192));
    return {_mm512_mul_ps(SignedToFloats(bytes), Half(w + 208))};
  }
  static __m512 Scales(const Factors& f, const Activation256& a, __m512* min_sum) {
    *min_sum = _mm512_fmadd_ps(f.scale, _mm512_load_ps(a.sum), *min_sum);
    return _mm512_mul_ps(f.scale, _mm512_load_ps(a.scale));
  }
};

// Codes of two bits: product v is of pieces (v, v + 4).
struct PairPlaces {
  static __m512i Place(int v) { return Quarters(2 * v, 2 * v + 1, 2 * v + 8, 2 * v + 9); }
  static __m512i Two(__m512i words, int v) {
    return _mm512_and_si512(_mm512_srli_epi16(words, 2 * v), _mm512_set1_epi8(3));
  }
};

struct Q2_K : PairPlaces {
  static constexpr uint32_t kBytes = 84;
  struct Factors {
    __m512 scale, min;
  };
  static void Unpack(const uint8_t* w, __m512i codes[4]) {
    __m512i words = Load(w + 16);
    for (int v = 0; v < 4; ++v) codes[v] = Two(words, v);
  }
  static Factors Integers(const uint8_t* w) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(w));
    const __m128i low = _mm_set1_epi8(15);
    __m512 scale = SignedToFloats(_mm_and_si128(bytes, low));
    __m512 min = SignedToFloats(_mm_and_si128(_mm_srli_epi16(bytes, 4), low));
    return {_mm512_mul_ps(scale, Half(w + 80)), _mm512_mul_ps(min, Half(w + 82))};
  }
  static __m512 Scales(const Factors& f, const Activation256& a, __m512* min_sum) {
    *min_sum = _mm512_fmadd_ps(f.min, _mm512_load_ps(a.sum), *min_sum);
    return _mm512_mul_ps(f.scale, _mm512_load_ps(a.scale));
  }
};

struct Q3_K : PairPlaces {
  static constexpr uint32_t kBytes = 110;
  using Factors = Q6_K::Factors;
  static void Unpack(const uint8_t* w, __m512i codes[4]) {
    __m512i words = Load(w + 32), high = Twice(w);
    for (int v = 0; v < 4; ++v) {
      __m512i bits = Halves(static_cast<char>(1 << v), static_cast<char>(16 << v));
      __mmask64 set = _mm512_test_epi8_mask(high, bits);
      __m512i two = Two(words, v);
      codes[v] = _mm512_mask_add_epi8(two, set, two, _mm512_set1_epi8(4));
    }
  }
  static Factors Integers(const uint8_t* w) {
    uint64_t bytes[2];
    UnpackSixBitScales(w + 96, bytes);
    __m512 scale = _mm512_sub_ps(BytesToFloats(bytes), _mm512_set1_ps(32));
    return {_mm512_mul_ps(scale, Half(w + 108))};
  }
  static __m512 Scales(const Factors& f, const Activation256& a, __m512* min_sum) {
    return Q6_K::Scales(f, a, min_sum);
  }
};

template <class Format>
struct Long {
  using Activation = Activation256;

  template <int kRows>
  static void Row(const uint8_t* w, const Activation* const* x, size_t depth, float* y,
                  size_t y_stride) {
    __m512 sum[kRows], min_sum[kRows];
    for (int m = 0; m < kRows; ++m) sum[m] = min_sum[m] = _mm512_setzero_ps();
    for (size_t i = 0; i < depth / 256; ++i, w += Format::kBytes) {
      FetchAhead<Format::kBytes>(w);
      __m512i codes[4];
      Format::Unpack(w, codes);
      auto factors = Format::Integers(w);
      for (int m = 0; m < kRows; ++m) {
        const Activation& a = x[m][i];
        __m512 scales = Format::Scales(factors, a, &min_sum[m]);
        for (int v = 0; v < 4; ++v) {
          __m512i p = Products(codes[v], a.high + 64 * v, a.low + 64 * v);
          __m512 scale = _mm512_permutexvar_ps(Format::Place(v), scales);
          sum[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(p), scale, sum[m]);
        }
      }
    }
    for (int m = 0; m < kRows; ++m) {
      y[m * y_stride] = _mm512_reduce_add_ps(_mm512_add_ps(sum[m], min_sum[m]));
    }
  }
};

template <class Kernel>
void Columns(const DotProblem& p) {
  using Activation = typename Kernel::Activation;
  for (size_t n = 0; n < p.cols; ++n) {
    const uint8_t* w = p.w + n * p.row_bytes;
    for (size_t m = 0; m < p.rows;) {
      const Activation* x[4];
      for (size_t i = 0; i < 4; ++i) {
        x[i] = reinterpret_cast<const Activation*>(p.x + (m + i) * p.x_bytes);
      }
      float* y = p.y + m * p.y_stride + n;
      size_t left = p.rows - m;
      if (left >= 4) {
        Kernel::template Row<4>(w, x, p.depth, y, p.y_stride);
        m += 4;
      } else if (left >= 2) {
        Kernel::template Row<2>(w, x, p.depth, y, p.y_stride);
        m += 2;
      } else {
        Kernel::template Row<1>(w, x, p.depth, y, p.y_stride);
        m += 1;
      }
    }
  }
}

}  // namespace
}  // namespace ingot::kernels::cpu

#include "ingot/kernels/cpu/matmul_dot_switch.h"

namespace ingot::kernels::cpu {

DotFunctions Avx512DotFunctions() { return {RoundActivations, Dot}; }

}  // namespace ingot::kernels::cpu
