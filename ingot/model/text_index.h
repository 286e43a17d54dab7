// TextIndex: a hash table from texts to ids, for vocabularies.
// Built by one thread; afterwards safe to read from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ingot::model {

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
    uint64_t hash = HashText(text);
    uint32_t tag = TagOf(hash);
    for (size_t i = hash & Mask();; i = (i + 1) & Mask()) {
      const Slot& slot = slots_[i];
      if (slot.tag == 0) return kNone;
      if (slot.tag == tag && text_of(slot.id) == text) return slot.id;
    }
  }

  // Adds `text` under `id`, unless it is there already; returns the id it has now.
  template <typename TextOf>
  int32_t Add(std::string_view text, int32_t id, const TextOf& text_of) {
    uint64_t hash = HashText(text);
    uint32_t tag = TagOf(hash);
    size_t i = hash & Mask();
    for (; slots_[i].tag != 0; i = (i + 1) & Mask()) {
      if (slots_[i].tag == tag && text_of(slots_[i].id) == text) return slots_[i].id;
    }
    slots_[i] = {tag, id};
    if (++count_ * 2 > slots_.size()) Grow(text_of);
    return id;
  }

 private:
  struct Slot {
    uint32_t tag = 0;  // of the hash; 0 marks an empty slot
    int32_t id = kNone;
  };
  template <typename TextOf>
  void Grow(const TextOf& text_of) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.tag == 0) continue;
      size_t i = HashText(text_of(slot.id)) & Mask();
      while (slots_[i].tag != 0) i = (i + 1) & Mask();
      slots_[i] = slot;
    }
  }
  size_t Mask() const { return slots_.size() - 1; }
  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32) | 1; }
  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace ingot::model
