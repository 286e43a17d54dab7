#include "ingot/model/text_index.h"

#include <cstring>

namespace ingot::model {

uint64_t HashText(std::string_view text) {
  uint64_t hash = text.size();
  const char* at = text.data();
  size_t left = text.size();
  for (; left > 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    hash = MixWords(hash, word);
  }
  uint64_t word = 0;
  if (left > 0) std::memcpy(&word, at, left);
  return MixWords(hash, word);
}

}  // namespace ingot::model
