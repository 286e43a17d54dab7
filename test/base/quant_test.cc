#include "ingot/base/quant.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "test/base/quant_fixtures.h"

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot {
namespace {

std::vector<std::byte> FromHex(std::string_view hex) {
  std::vector<std::byte> out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::vector<float> Floats(const std::vector<std::byte>& bytes) {
  std::vector<float> out(bytes.size() / 4);
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

std::vector<float> Decode(DType dtype, std::span<const std::byte> bytes) {
  const DTypeTraits& traits = Traits(dtype);
  std::vector<float> out(bytes.size() / traits.bytes * traits.block);
  DecodeRow(dtype, bytes, out.data(), out.size());
  return out;
}

std::vector<std::byte> Encode(DType dtype, const std::vector<float>& x) {
  std::vector<std::byte> out(*RowBytes(dtype, x.size()));
  Status status = EncodeRow(dtype, x.data(), x.size(), out);
  EXPECT_TRUE(status.ok()) << status.message();
  return out;
}

std::vector<float> Normal(std::string_view name, size_t count, double deviation, double mean = 0) {
  Stream stream(7, name);
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(mean + deviation * stream.NextNormal());
  return out;
}

// Root mean square error over root mean square.
double RelativeError(const std::vector<float>& x, const std::vector<float>& y) {
  double error = 0, norm = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    error += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    norm += double{x[i]} * x[i];
  }
  return std::sqrt(error / norm);
}

// The definition of binary16, in double precision: what F16ToF32 is held against.
double HalfValue(uint16_t half) {
  int exponent = half >> 10 & 31;
  int mantissa = half & 1023;
  double sign = half >> 15 != 0 ? -1 : 1;
  if (exponent == 31) return mantissa != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Half, EveryHalfHasItsValueAndComesBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    auto half = static_cast<uint16_t>(bits);
    float value = F16ToF32(half);
    if (std::isnan(HalfValue(half))) {
      EXPECT_TRUE(std::isnan(value)) << bits;
      EXPECT_EQ(F32ToF16(value), half | 0x200) << bits;  // quiet, payload kept
      continue;
    }
    ASSERT_EQ(value, HalfValue(half)) << bits;
    ASSERT_EQ(std::signbit(value), bits >> 15 != 0) << bits;
    ASSERT_EQ(F32ToF16(value), half) << bits;
  }
}

TEST(Half, RoundsToTheNearestTiesToEven) {
  for (uint32_t bits = 0; bits < 0x7BFF; ++bits) {  // between each finite half and the next
    float low = F16ToF32(static_cast<uint16_t>(bits));
    float high = F16ToF32(static_cast<uint16_t>(bits + 1));
    float middle = low + (high - low) / 2;  // exact: two halves differ by one unit
    auto even = static_cast<uint16_t>(bits + (bits & 1));
    ASSERT_EQ(F32ToF16(middle), even) << bits;
    ASSERT_EQ(F32ToF16(std::nextafter(middle, 0.0f)), bits) << bits;
    ASSERT_EQ(F32ToF16(std::nextafter(middle, INFINITY)), bits + 1) << bits;
    ASSERT_EQ(F32ToF16(-middle), even | 0x8000) << bits;
  }
}

TEST(Half, OverflowIsInfinity) {
  EXPECT_EQ(F32ToF16(65504.0f), 0x7BFF);
  EXPECT_EQ(F32ToF16(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(F32ToF16(65520.0f), 0x7C00);
  EXPECT_EQ(F32ToF16(-std::numeric_limits<float>::max()), 0xFC00);
  EXPECT_EQ(F32ToF16(-INFINITY), 0xFC00);
  EXPECT_TRUE(std::isnan(F16ToF32(F32ToF16(std::bit_cast<float>(0x7F800001u)))));
}

TEST(BF16, IsTheRoundedUpperHalf) {
  EXPECT_EQ(BF16ToF32(0x3F80), 1.0f);
  EXPECT_EQ(F32ToBF16(std::bit_cast<float>(0x3F808000u)), 0x3F80);  // a tie, to even
  EXPECT_EQ(F32ToBF16(std::bit_cast<float>(0x3F818000u)), 0x3F82);
  EXPECT_EQ(F32ToBF16(std::bit_cast<float>(0x3F808001u)), 0x3F81);
  EXPECT_EQ(F32ToBF16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(F32ToBF16(-INFINITY), 0xFF80);
  EXPECT_TRUE(std::isnan(BF16ToF32(F32ToBF16(std::bit_cast<float>(0x7F800001u)))));
}

// Half of the scale must be a normal number, since GPUs may take others for 0.
TEST(Quant, TheLeastScalesOfMXFP4CountAsZero) {
  for (int scale = 0; scale < 256; ++scale) {
    std::vector<std::byte> block(17, std::byte{0x71});  // codes .5 and 6
    block[0] = std::byte(scale);
    const std::vector<float> x = Decode(DType::kMXFP4, block);
    const bool is_zero = scale < 2 || scale == 255;
    EXPECT_EQ(x[0], is_zero ? 0 : std::ldexp(0.5f, scale - 127)) << scale;
    EXPECT_EQ(x[16], is_zero ? 0 : std::ldexp(6.0f, scale - 127)) << scale;
  }
}

// But for the least scales of MXFP4, which the fixtures have as they stand.
TEST(Quant, DecodesBitForBit) {
  for (const test::DecodeFixture& fixture : test::kDecodeFixtures) {
    SCOPED_TRACE(fixture.format);
    const std::vector<std::byte> bytes = FromHex(fixture.bytes);
    const bool is_mxfp4 = std::string_view(fixture.format) == "mxfp4";
    std::vector<float> got = Decode(*DTypeFromName(fixture.format), bytes);
    std::vector<float> want = Floats(FromHex(fixture.floats));
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) {
      if (is_mxfp4 && bytes[i / 32 * 17] < std::byte{2}) {
        ASSERT_EQ(got[i], 0) << i;
        continue;
      }
      ASSERT_EQ(std::bit_cast<uint32_t>(got[i]), std::bit_cast<uint32_t>(want[i])) << i;
    }
  }
}

TEST(Quant, EveryQuantisedFormatHasADecodeFixture) {
  for (const DTypeTraits& traits : AllDTypes()) {
    bool found = !traits.quantised;
    for (const test::DecodeFixture& fixture : test::kDecodeFixtures) {
      found |= traits.name == fixture.format;
    }
    EXPECT_TRUE(found) << traits.name;
  }
}

TEST(Quant, EncodesToThePublishedBytes) {
  std::vector<float> x = Floats(FromHex(test::kEncodeInput));
  for (const test::EncodeFixture& fixture : test::kEncodeFixtures) {
    SCOPED_TRACE(fixture.format);
    std::vector<std::byte> want = FromHex(fixture.bytes);
    std::vector<std::byte> got = Encode(*DTypeFromName(fixture.format), x);
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], want[i]) << "byte " << i;
  }
}

// The relative error that uniform codes leave on normal numbers, with room for a third more.
TEST(Quant, ErrorOnNormalNumbersIsSmall) {
  struct Row {
    const char* format;
    double bound;
  };
  const Row kRows[] = {{"f16", 3e-4},  {"bf16", 3e-3}, {"q8_0", 0.006}, {"q6_k", 0.020},
                       {"q5_1", 0.04}, {"q5_0", 0.05}, {"q5_k", 0.035}, {"q4_1", 0.08},
                       {"q4_0", 0.10}, {"q4_k", 0.08}, {"q3_k", 0.16},  {"q2_k", 0.28},
                       {"mxfp4", 0.13}};
  std::vector<float> x = Normal("weights", 256 * 64, 0.02);
  for (const Row& row : kRows) {
    DType dtype = *DTypeFromName(row.format);
    double error = RelativeError(x, Decode(dtype, Encode(dtype, x)));
    EXPECT_LT(error, row.bound) << row.format;
    EXPECT_GT(error, row.bound / 4) << row.format << ": a bound that cannot fail";
  }
}

TEST(Quant, EncodingIsStableOnWhatItDecoded) {
  std::vector<float> x = Normal("stable", 256 * 8, 1.0, 0.5);
  for (const char* format : {"q8_0", "q6_k", "q5_k", "q4_k", "q4_1", "q5_1", "q3_k", "q2_k"}) {
    DType dtype = *DTypeFromName(format);
    std::vector<float> once = Decode(dtype, Encode(dtype, x));
    std::vector<float> twice = Decode(dtype, Encode(dtype, once));
    EXPECT_LT(RelativeError(once, twice), 0.03) << format;
  }
}

TEST(Quant, HardBlocksStayFiniteAndNear) {
  std::vector<std::vector<float>> blocks;
  blocks.emplace_back(256, 0.0f);
  blocks.emplace_back(256, 5.0f);
  blocks.emplace_back(256, -5.0f);
  blocks.emplace_back(256, 1e-40f);
  blocks.emplace_back(256, 65504.0f);
  std::vector<float> spike(256, 0.0f);
  spike[77] = -1000.0f;
  blocks.push_back(spike);
  std::vector<float> mixed(256);
  for (size_t i = 0; i < 256; ++i) mixed[i] = (i % 2 == 0 ? 1.0f : -1.0f) * 65504.0f;
  blocks.push_back(mixed);
  for (const DTypeTraits& traits : AllDTypes()) {
    if (!HasCodec(traits.dtype)) continue;
    for (const std::vector<float>& x : blocks) {
      std::vector<float> y = Decode(traits.dtype, Encode(traits.dtype, x));
      float greatest = 0;
      for (float v : x) greatest = std::max(greatest, std::fabs(v));
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_TRUE(std::isfinite(y[i])) << traits.name << " " << x[i];
        ASSERT_LE(std::fabs(y[i] - x[i]), 0.35f * greatest + 1e-7f) << traits.name << " " << x[i];
      }
    }
  }
}

TEST(Quant, RefusesWhatItsScalesCannotHold) {
  std::vector<float> x(256, 1.0f);
  std::vector<std::byte> out(*RowBytes(DType::kQ4_K, 256));
  x[5] = NAN;
  EXPECT_EQ(EncodeRow(DType::kQ4_K, x.data(), 256, out).message(),
            "element (5) is (nan), q4_k takes finite values up to (65504)");
  x[5] = -70000.0f;
  EXPECT_EQ(EncodeRow(DType::kQ4_K, x.data(), 256, out).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace ingot
