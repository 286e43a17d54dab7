// SpmMerger: joins code points by the scores of the tokens that they form, highest first, of equal
// scores the leftmost.
// Immutable once made: safe to read from any number of threads, each with a Scratch of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/vocabulary.h"

namespace ingot::model {

class SpmMerger {
 public:
  // `vocabulary` must outlive the merger.
  explicit SpmMerger(const Vocabulary& vocabulary);

  // Memory that calls of Encode reuse.
  class Scratch {
    friend class SpmMerger;
    struct Node {
      uint32_t begin;
      uint32_t length;  // 0: joined to the left neighbour
      uint32_t previous;
      uint32_t next;
    };
    struct Candidate {
      float score;
      uint32_t left;
      uint32_t length;  // of both nodes when the candidate was found
    };
    std::vector<Node> nodes;
    std::vector<Candidate> heap;
  };

  // Appends the tokens of `escaped`, a text whose spaces are U+2581; n log n in its length.
  // REQUIRES: escaped.size() < 2^32.
  Status Encode(std::string_view escaped, Scratch& scratch, std::vector<int32_t>& ids) const;

 private:
  void Offer(std::string_view text, Scratch& scratch, uint32_t left) const;
  Status EncodeWord(std::string_view text, Scratch& scratch, std::vector<int32_t>& ids) const;

  const Vocabulary* vocabulary_;
  // No token goes on with a space after another character, so words can be joined one by one.
  bool words_are_apart_ = true;
};

}  // namespace ingot::model
