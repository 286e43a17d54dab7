// SpecialTokens: cuts the tokens that stand for themselves out of a text before anything else sees
// it. Immutable once made: safe to read from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/vocabulary.h"

namespace ingot::model {

class SpecialTokens {
 public:
  // Longer tokens are refused: the time to search is the length of the text by that of the tokens.
  static constexpr size_t kMaxBytes = 512;

  static Result<SpecialTokens> Make(const Vocabulary& vocabulary);

  // A part of a text: a token, or the text between two tokens.
  struct Part {
    std::string_view text;
    int32_t token = Vocabulary::kNone;
  };
  // Bytes [begin, end) of a text.
  struct Range {
    size_t begin, end;
  };
  // Longest tokens first, then leftmost. User-defined tokens always count, control and unknown ones
  // only where all of them lies in one of the ranges `control`, which are sorted and disjoint. The
  // parts join to the text; none is empty.
  std::vector<Part> Cut(std::string_view text, std::span<const Range> control) const;

 private:
  // The entries that are searched: sorted by text, so that those with a common beginning are
  // neighbours.
  struct List {
    std::vector<std::string> texts;
    std::vector<int32_t> ids;
    std::vector<bool> begins;  // by first byte
    void Add(std::string_view text, int32_t id);
    // The longest entry that stands at the beginning of `text` and is shorter than `below`, or -1.
    int32_t Longest(std::string_view text, size_t below) const;
  };
  List user_;  // user-defined
  List all_;   // control and unknown as well
};

}  // namespace ingot::model
