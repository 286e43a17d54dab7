#include "ingot/base/hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "ingot/base/log.h"
#include "ingot/base/text.h"

namespace ingot {
namespace {

constexpr std::array<uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t LoadBigEndian(const std::byte* bytes) {
  return std::to_integer<uint32_t>(bytes[0]) << 24 | std::to_integer<uint32_t>(bytes[1]) << 16 |
         std::to_integer<uint32_t>(bytes[2]) << 8 | std::to_integer<uint32_t>(bytes[3]);
}

}  // namespace

void Sha256::Block(const std::byte* block) {
  std::array<uint32_t, 64> w;
  for (size_t i = 0; i < 16; ++i) w[i] = LoadBigEndian(block + 4 * i);
  for (size_t i = 16; i < 64; ++i) {
    uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (size_t i = 0; i < 64; ++i) {
    uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRoundConstants[i] + w[i];
    uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  std::array<uint32_t, 8> sum = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; ++i) state_[i] += sum[i];
}

void Sha256::Update(std::span<const std::byte> bytes) {
  size_t filled = length_ % 64;
  length_ += bytes.size();
  if (filled > 0) {
    size_t take = std::min<size_t>(64 - filled, bytes.size());
    std::copy_n(bytes.begin(), take, tail_.begin() + static_cast<ptrdiff_t>(filled));
    bytes = bytes.subspan(take);
    if (filled + take < 64) return;
    Block(tail_.data());
  }
  while (bytes.size() >= 64) {
    Block(bytes.data());
    bytes = bytes.subspan(64);
  }
  std::copy(bytes.begin(), bytes.end(), tail_.begin());
}

std::string Sha256::Finish() {
  uint64_t bits = length_ * 8;
  std::array<std::byte, 72> padding{};
  padding[0] = std::byte{0x80};
  size_t zeros = (119 - length_ % 64) % 64;
  for (size_t i = 0; i < 8; ++i)
    padding[1 + zeros + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  Update(std::span(padding.data(), 9 + zeros));
  std::string hex;
  for (uint32_t word : state_) hex += Format("%08x", word);
  return hex;
}

std::string Sha256Hex(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Finish();
}

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter) {
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t{0xD2511F53} * counter[0];
    uint64_t p1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Stream::Stream(uint64_t seed, std::string_view name) {
  std::string hex = Sha256Hex(StrCat(seed, "/", name));
  auto word = [&hex](size_t at) {
    return static_cast<uint32_t>(std::stoul(hex.substr(at, 8), nullptr, 16));
  };
  key_ = {word(0), word(8)};
}

uint32_t Stream::NextU32() {
  if (left_ == 0) {
    words_ = Philox4x32(key_,
                        {static_cast<uint32_t>(block_), static_cast<uint32_t>(block_ >> 32), 0, 0});
    ++block_;
    left_ = 4;
  }
  return words_[static_cast<size_t>(4 - left_--)];
}

uint64_t Stream::Below(uint64_t bound) {
  INGOT_CHECK(bound > 0);
  uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  while (true) {
    uint64_t high = NextU32();
    uint64_t draw = high << 32 | NextU32();
    if (draw < limit) return draw % bound;
  }
}

double Stream::NextUnit() {
  uint64_t high = NextU32();
  return static_cast<double>((high << 32 | NextU32()) >> 11) * 0x1p-53;
}

double Stream::NextNormal() {
  double radius = std::sqrt(-2 * std::log(1 - NextUnit()));
  return radius * std::cos(2 * std::numbers::pi * NextUnit());
}

}  // namespace ingot
