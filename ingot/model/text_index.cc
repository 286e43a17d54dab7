#include "ingot/model/text_index.h"

#include <cstring>

namespace ingot::model {
namespace {

constexpr uint64_t kFirst = 0x9E3779B97F4A7C15u, kSecond = 0xD6E8FEB86659FD93u;

// Folds the 128-bit product, so that every bit of both reaches every bit of the result.
uint64_t Mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a ^ kFirst) * (b ^ kSecond);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

uint64_t HashText(std::string_view text) {
  uint64_t hash = text.size();
  const char* at = text.data();
  size_t left = text.size();
  for (; left > 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    hash = Mix(hash, word);
  }
  uint64_t word = 0;
  if (left > 0) std::memcpy(&word, at, left);
  return Mix(hash, word);
}

}  // namespace ingot::model
