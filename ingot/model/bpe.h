// BpeMerger: joins the smallest parts of a piece of text by the merges of a GGUF file, lowest rank
// first, of equal ranks the leftmost.
// Immutable once made: safe to read from any number of threads, each with a Scratch of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"
#include "ingot/model/text_index.h"
#include "ingot/model/vocabulary.h"

namespace ingot::model {

class BpeMerger {
 public:
  // Reads `tokenizer.ggml.merges`. `vocabulary` must outlive the merger.
  static Result<BpeMerger> Make(const Gguf& gguf, const Vocabulary& vocabulary);

  // Memory that calls of Encode reuse.
  class Scratch {
    friend class BpeMerger;
    struct Node {
      int32_t symbol;
      uint32_t begin;
      uint32_t previous;
      uint32_t next;
    };
    struct Candidate {
      int32_t rank;
      uint32_t left;  // the nodes, and what they held when the candidate was found
      int32_t left_symbol;
      int32_t right_symbol;
      int32_t merged;
    };
    std::vector<Node> nodes;
    std::vector<Candidate> heap;
  };

  // Appends the tokens of `piece`; n log n in its length.
  // REQUIRES: piece.size() < 2^32.
  Status Encode(std::string_view piece, Scratch& scratch, std::vector<int32_t>& ids) const;

 private:
  struct Merge {
    uint64_t pair = 0;  // 0 marks an empty slot
    int32_t rank = 0;
    int32_t merged = 0;
  };
  explicit BpeMerger(const Vocabulary& vocabulary) : vocabulary_(&vocabulary) {}

  // A symbol is a token, or a part of one that is no token itself.
  std::string_view SymbolText(int32_t symbol) const;
  int32_t FindSymbol(std::string_view part) const;
  int32_t AddSymbol(std::string_view part);
  void Prefetch(const Merge& merge) const;
  void AddMerges(std::vector<Merge>& merges);  // and empties the list
  const Merge* FindMerge(int32_t left, int32_t right) const;
  void Offer(Scratch& scratch, uint32_t left) const;
  void BeginNodes(std::string_view piece, Scratch& scratch) const;
  size_t FirstSlot(uint64_t pair) const;
  // Where the pair is, or the empty slot where it belongs.
  size_t MergeSlot(uint64_t pair) const;

  const Vocabulary* vocabulary_;
  std::vector<Merge> merges_;  // a hash table
  std::string extra_texts_;    // symbols that are no tokens
  std::vector<size_t> extra_ends_;
  TextIndex extra_index_;
  std::array<int32_t, 256> byte_symbols_{};
};

}  // namespace ingot::model
