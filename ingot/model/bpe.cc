#include "ingot/model/bpe.h"

#include <algorithm>
#include <limits>

#include "ingot/base/text.h"
#include "ingot/model/unicode.h"

namespace ingot::model {
namespace {

constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();
constexpr int32_t kNoSymbol = Vocabulary::kNone;
constexpr int32_t kGone = -2;  // the node was joined to its left neighbour
// Merges put into the table at once, each slot asked for from memory when the merge is read.
constexpr size_t kBatch = 32;
constexpr size_t kMaxMerges = size_t{1} << 26;

uint64_t PairOf(int32_t left, int32_t right) {
  return (static_cast<uint64_t>(left) + 1) << 32 | static_cast<uint32_t>(right);
}

}  // namespace

Result<BpeMerger> BpeMerger::Make(const Gguf& gguf, const Vocabulary& vocabulary) {
  INGOT_ASSIGN(const GgufValue::Strings* lines, gguf.Strings("tokenizer.ggml.merges"));
  if (lines->size() > kMaxMerges) {
    return Status(Code::kInvalidArgument,
                  StrCat(gguf.name(), ": tokenizer.ggml.merges: merges (", lines->size(),
                         ") are more than (", kMaxMerges, ")"));
  }
  BpeMerger merger(vocabulary);
  size_t slots = 16;
  while (slots < lines->size() * 2) slots *= 2;
  merger.merges_.resize(slots);
  bool alphabet = vocabulary.kind() == TokenizerKind::kByteBpe;
  for (size_t byte = 0; byte < 256; ++byte) {
    char text = static_cast<char>(byte);
    bool whole = alphabet || byte < 0x80;
    merger.byte_symbols_[byte] = whole ? merger.AddSymbol({&text, 1}) : kNoSymbol;
  }
  std::string both;
  std::vector<Merge> waiting;
  for (size_t i = 0; i < lines->size(); ++i) {
    std::string_view line = (*lines)[i];
    size_t space = line.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == line.size()) {
      return Status(Code::kInvalidArgument, StrCat(gguf.name(), ": tokenizer.ggml.merges: merge (",
                                                   i, ") has no space between two parts"));
    }
    std::string_view left = line.substr(0, space), right = line.substr(space + 1);
    both.clear();
    size_t middle = left.size();
    if (alphabet) {
      // A part outside of the alphabet can never occur.
      if (!AppendAlphabetBytes(both, left)) continue;
      middle = both.size();
      if (!AppendAlphabetBytes(both, right)) continue;
    } else {
      both.append(left).append(right);
    }
    std::string_view merged = both;
    int32_t left_symbol = merger.AddSymbol(merged.substr(0, middle));
    int32_t right_symbol = merger.AddSymbol(merged.substr(middle));
    waiting.push_back(
        {PairOf(left_symbol, right_symbol), static_cast<int32_t>(i), merger.AddSymbol(merged)});
    merger.Prefetch(waiting.back());
    if (waiting.size() == kBatch) merger.AddMerges(waiting);
  }
  merger.AddMerges(waiting);
  return merger;
}

std::string_view BpeMerger::SymbolText(int32_t symbol) const {
  if (vocabulary_->IsToken(symbol)) return vocabulary_->Key(symbol);
  size_t i = static_cast<size_t>(symbol) - vocabulary_->size();
  size_t begin = i == 0 ? 0 : extra_ends_[i - 1];
  return std::string_view(extra_texts_).substr(begin, extra_ends_[i] - begin);
}

int32_t BpeMerger::FindSymbol(std::string_view part) const {
  int32_t token = vocabulary_->Find(part);
  if (token != Vocabulary::kNone || extra_ends_.empty()) return token;
  return extra_index_.Find(part, [this](int32_t symbol) { return SymbolText(symbol); });
}

int32_t BpeMerger::AddSymbol(std::string_view part) {
  int32_t found = FindSymbol(part);
  if (found != kNoSymbol) return found;
  auto symbol = static_cast<int32_t>(vocabulary_->size() + extra_ends_.size());
  extra_texts_ += part;
  extra_ends_.push_back(extra_texts_.size());
  return extra_index_.Add(part, symbol, [this](int32_t other) { return SymbolText(other); });
}

size_t BpeMerger::FirstSlot(uint64_t pair) const {
  return MixWords(pair, 0) & (merges_.size() - 1);
}

size_t BpeMerger::MergeSlot(uint64_t pair) const {
  size_t slot = FirstSlot(pair);
  while (merges_[slot].pair != 0 && merges_[slot].pair != pair) {
    slot = (slot + 1) & (merges_.size() - 1);
  }
  return slot;
}

void BpeMerger::Prefetch(const Merge& merge) const {
  __builtin_prefetch(&merges_[FirstSlot(merge.pair)]);
}

void BpeMerger::AddMerges(std::vector<Merge>& merges) {
  for (const Merge& merge : merges) {
    Merge& slot = merges_[MergeSlot(merge.pair)];
    if (slot.pair == 0) slot = merge;  // the first one counts
  }
  merges.clear();
}

const BpeMerger::Merge* BpeMerger::FindMerge(int32_t left, int32_t right) const {
  if (left < 0 || right < 0) return nullptr;
  const Merge& merge = merges_[MergeSlot(PairOf(left, right))];
  return merge.pair == 0 ? nullptr : &merge;
}

void BpeMerger::BeginNodes(std::string_view piece, Scratch& scratch) const {
  bool bytes = vocabulary_->kind() == TokenizerKind::kByteBpe;
  scratch.nodes.clear();
  for (size_t at = 0; at < piece.size();) {
    auto byte = static_cast<uint8_t>(piece[at]);
    int32_t symbol = byte_symbols_[byte];
    size_t length = 1;
    if (!bytes && byte >= 0x80) {
      length = ReadUtf8(piece, at).length;
      symbol = FindSymbol(piece.substr(at, length));
    }
    auto index = static_cast<uint32_t>(scratch.nodes.size());
    scratch.nodes.push_back({symbol, static_cast<uint32_t>(at), index - 1, index + 1});
    at += length;
  }
  scratch.nodes.front().previous = kNoNode;
  scratch.nodes.back().next = kNoNode;
}

// Puts the node and its right neighbour up for merging.
void BpeMerger::Offer(Scratch& scratch, uint32_t left) const {
  if (left == kNoNode || scratch.nodes[left].next == kNoNode) return;
  int32_t left_symbol = scratch.nodes[left].symbol;
  int32_t right_symbol = scratch.nodes[scratch.nodes[left].next].symbol;
  const Merge* merge = FindMerge(left_symbol, right_symbol);
  if (merge == nullptr) return;
  scratch.heap.push_back({merge->rank, left, left_symbol, right_symbol, merge->merged});
}

Status BpeMerger::Encode(std::string_view piece, Scratch& scratch,
                         std::vector<int32_t>& ids) const {
  if (piece.empty()) return {};
  using Candidate = Scratch::Candidate;
  auto later = [](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
  };
  BeginNodes(piece, scratch);
  auto& nodes = scratch.nodes;
  auto& heap = scratch.heap;
  heap.clear();
  for (uint32_t i = 0; i < nodes.size(); ++i) Offer(scratch, i);
  std::make_heap(heap.begin(), heap.end(), later);
  auto offer = [&](uint32_t left) {
    size_t before = heap.size();
    Offer(scratch, left);
    if (heap.size() != before) std::push_heap(heap.begin(), heap.end(), later);
  };
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Candidate best = heap.back();
    heap.pop_back();
    auto& left = nodes[best.left];
    // A node that was joined since then holds another symbol.
    if (left.symbol != best.left_symbol || left.next == kNoNode) continue;
    auto& right = nodes[left.next];
    if (right.symbol != best.right_symbol) continue;
    left.symbol = best.merged;
    right.symbol = kGone;
    left.next = right.next;
    if (right.next != kNoNode) nodes[right.next].previous = best.left;
    offer(left.previous);
    offer(best.left);
  }
  for (uint32_t i = 0; i != kNoNode; i = nodes[i].next) {
    if (vocabulary_->IsToken(nodes[i].symbol)) {
      ids.push_back(nodes[i].symbol);
      continue;
    }
    size_t end = nodes[i].next == kNoNode ? piece.size() : nodes[nodes[i].next].begin;
    INGOT_TRY(vocabulary_->AppendFallback(piece.substr(nodes[i].begin, end - nodes[i].begin), ids));
  }
  return {};
}

}  // namespace ingot::model
