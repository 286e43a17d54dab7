// Content hash, and seeded random streams told apart by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ingot {

// SHA-256 (FIPS 180-4), fed in pieces.
class Sha256 {
 public:
  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text) { Update(std::as_bytes(std::span(text.data(), text.size()))); }
  // The digest as 64 lower-case hexadecimal digits. REQUIRES: called once.
  std::string Finish();

 private:
  void Block(const std::byte* block);
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> tail_{};
  uint64_t length_ = 0;
};

std::string Sha256Hex(std::string_view text);

// One counter-based draw of Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
// 1, 2, 3").
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter);

// A stream of random numbers for tests and synthetic data: the same seed and name give the same
// numbers, another name gives unrelated ones.
class Stream {
 public:
  Stream(uint64_t seed, std::string_view name);
  uint32_t NextU32();
  uint64_t Below(uint64_t bound);  // uniform in [0, bound); REQUIRES: bound > 0
  double NextUnit();               // uniform in [0, 1)
  double NextNormal();             // mean 0, deviation 1 (Box-Muller)

 private:
  std::array<uint32_t, 2> key_;
  uint64_t block_ = 0;
  std::array<uint32_t, 4> words_{};
  int left_ = 0;
};

}  // namespace ingot
