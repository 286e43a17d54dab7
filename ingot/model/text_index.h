// TextIndex: a hash table from texts to ids, for vocabularies.
// Built by one thread; afterwards safe to read from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ingot::model {

// Every bit of both reaches every bit of the result.
inline uint64_t MixWords(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xD6E8FEB86659FD93u);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
uint64_t HashText(std::string_view text);

// The texts lie elsewhere: `text_of(id)` gives the text that was added under an id.
class TextIndex {
 public:
  static constexpr int32_t kNone = -1;

  // Grows as needed, but not before `expected` texts are in it.
  explicit TextIndex(size_t expected = 0) {
    size_t slots = 16;
    while (slots < expected * 2) slots *= 2;
    slots_.resize(slots);
  }

  // The id of `text`, kNone if it was not added.
  template <typename TextOf>
  int32_t Find(std::string_view text, const TextOf& text_of) const {
    return slots_[Search(text, WordOf(text), text_of)].id;
  }

  // Adds `text` under `id`, unless it is there already; returns the id it has now.
  template <typename TextOf>
  int32_t Add(std::string_view text, int32_t id, const TextOf& text_of) {
    uint64_t word = WordOf(text);
    Slot& slot = slots_[Search(text, word, text_of)];
    if (slot.id != kNone) return slot.id;
    slot = {word, static_cast<uint32_t>(text.size()), id};
    if (++count_ * 2 > slots_.size()) Grow();
    return id;
  }

 private:
  // Most texts are short: those are compared without a look at where they lie.
  static constexpr size_t kShort = 8;
  struct Slot {
    uint64_t word = 0;  // the text itself if it is short, else its hash
    uint32_t length = 0;
    int32_t id = kNone;  // kNone marks an empty slot
  };

  static uint64_t WordOf(std::string_view text) {
    if (text.size() > kShort) return HashText(text);
    uint64_t word = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      word |= static_cast<uint64_t>(static_cast<uint8_t>(text[i])) << (8 * i);
    }
    return word;
  }

  size_t FirstSlot(uint64_t word, size_t length) const {
    return MixWords(word, length) & (slots_.size() - 1);
  }

  // The slot of the text, or the empty one where it belongs.
  template <typename TextOf>
  size_t Search(std::string_view text, uint64_t word, const TextOf& text_of) const {
    for (size_t i = FirstSlot(word, text.size());; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.id == kNone) return i;
      if (slot.word != word || slot.length != text.size()) continue;
      if (text.size() <= kShort || text_of(slot.id) == text) return i;
    }
  }

  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.id == kNone) continue;
      size_t i = FirstSlot(slot.word, slot.length);
      while (slots_[i].id != kNone) i = (i + 1) & (slots_.size() - 1);
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace ingot::model
