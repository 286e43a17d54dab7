#include "ingot/model/spm.h"

#include <algorithm>
#include <limits>

#include "ingot/model/unicode.h"

namespace ingot::model {
namespace {

constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();
constexpr std::string_view kSpace = Vocabulary::kEscapedSpace;

// Where the first space stands that follows another character, or npos.
size_t FindWordEnd(std::string_view text) {
  size_t at = 0;
  while (text.substr(at, kSpace.size()) == kSpace) at += kSpace.size();
  return text.find(kSpace, at);
}

}  // namespace

SpmMerger::SpmMerger(const Vocabulary& vocabulary) : vocabulary_(&vocabulary) {
  for (size_t i = 0; i < vocabulary.size() && words_are_apart_; ++i) {
    auto id = static_cast<int32_t>(i);
    words_are_apart_ =
        !vocabulary.IsPart(id) || FindWordEnd(vocabulary.Key(id)) == std::string_view::npos;
  }
}

// Puts the node and its right neighbour up for merging, if together they are a token.
void SpmMerger::Offer(std::string_view text, Scratch& scratch, uint32_t left) const {
  if (left == kNoNode) return;
  const auto& node = scratch.nodes[left];
  if (node.next == kNoNode) return;
  uint32_t length = node.length + scratch.nodes[node.next].length;
  int32_t token = vocabulary_->Find(text.substr(node.begin, length));
  if (token == Vocabulary::kNone) return;
  scratch.heap.push_back({vocabulary_->Score(token), left, length});
}

Status SpmMerger::Encode(std::string_view escaped, Scratch& scratch,
                         std::vector<int32_t>& ids) const {
  while (!escaped.empty()) {
    size_t end = words_are_apart_ ? FindWordEnd(escaped) : std::string_view::npos;
    std::string_view word = escaped.substr(0, end);
    INGOT_TRY(EncodeWord(word, scratch, ids));
    escaped.remove_prefix(word.size());
  }
  return {};
}

Status SpmMerger::EncodeWord(std::string_view text, Scratch& scratch,
                             std::vector<int32_t>& ids) const {
  using Candidate = Scratch::Candidate;
  auto later = [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score < b.score : a.left > b.left;
  };
  auto& nodes = scratch.nodes;
  auto& heap = scratch.heap;
  nodes.clear();
  heap.clear();
  for (size_t at = 0; at < text.size();) {
    uint32_t length = ReadUtf8(text, at).length;
    auto index = static_cast<uint32_t>(nodes.size());
    nodes.push_back({static_cast<uint32_t>(at), length, index - 1, index + 1});
    at += length;
  }
  nodes.front().previous = kNoNode;
  nodes.back().next = kNoNode;
  for (uint32_t i = 0; i < nodes.size(); ++i) Offer(text, scratch, i);
  std::make_heap(heap.begin(), heap.end(), later);
  auto offer = [&](uint32_t left) {
    size_t before = heap.size();
    Offer(text, scratch, left);
    if (heap.size() != before) std::push_heap(heap.begin(), heap.end(), later);
  };
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Candidate best = heap.back();
    heap.pop_back();
    auto& left = nodes[best.left];
    if (left.length == 0 || left.next == kNoNode) continue;
    auto& right = nodes[left.next];
    // A node that was joined since then has another length.
    if (left.length + right.length != best.length) continue;
    left.length = best.length;
    right.length = 0;
    left.next = right.next;
    if (right.next != kNoNode) nodes[right.next].previous = best.left;
    offer(left.previous);
    offer(best.left);
  }
  for (uint32_t i = 0; i != kNoNode; i = nodes[i].next) {
    std::string_view part = text.substr(nodes[i].begin, nodes[i].length);
    int32_t token = vocabulary_->Find(part);
    if (token != Vocabulary::kNone) {
      ids.push_back(token);
    } else {
      INGOT_TRY(vocabulary_->AppendFallback(part, ids));
    }
  }
  return {};
}

}  // namespace ingot::model
