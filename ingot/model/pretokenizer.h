// Pre-tokenizers: how a text is cut into pieces before byte pairs are merged inside each of them.
// A pre-tokenizer is data: stages, each a list of rules, applied one after the other to every piece
// of the stage before. At each place of a piece the first rule that matches cuts out what it
// matches; what no rule matches stays together as a piece of its own.
// All of it is constant: safe to use from any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/model/unicode.h"

namespace ingot::model {

struct CodeRange {
  uint32_t first;
  uint32_t last;
};

// A set of code points: those of the classes and of the ranges, or all others if negated.
struct CharSet {
  UnicodeClasses classes = 0;
  std::span<const CodeRange> ranges = {};  // ascending
  bool negated = false;
};

enum class RuleKind {
  kRun,          // lead? body{min,max} tail*
  kCased,        // lead? body* tail+, else lead? body+ tail*; then a contraction where asked for
  kContraction,  // ' and one of s, t, re, ve, m, ll, d
  kLines,        // white space up to its last line end
  kGap,          // white space up to the end, or without its last character
  kTrailing,     // the white space at the end
};

constexpr uint32_t kNoLimit = std::numeric_limits<uint32_t>::max();

struct Rule {
  RuleKind kind;
  CharSet lead;
  CharSet body;
  CharSet tail;
  uint32_t min = 1;
  uint32_t max = kNoLimit;
  bool needs_lead = false;
  bool contraction = false;  // of kCased
  bool any_case = false;     // of contractions
};

struct Pretokenizer {
  std::span<const std::string_view> names;  // the first is the usual one
  std::span<const std::span<const Rule>> stages;
  bool takes_whole_pieces = false;  // a piece that is a token is taken without merging
  bool adds_bos = false;            // where the file does not say
};

// By a name of `tokenizer.ggml.pre`; nullptr if there is none.
const Pretokenizer* FindPretokenizer(std::string_view name);
// Every name, for messages and tests.
std::vector<std::string> PretokenizerNames();
// The splitter of raw-text BPE: runs of line feeds and what is between.
const Pretokenizer& LinePretokenizer();

// The ends of the pieces as byte offsets, ascending, the last one text.size(); none for an empty
// text. A byte that is no UTF-8 counts as U+FFFD and is never joined with its neighbours' bytes.
// Linear in the text but for a search in the ranges.
// REQUIRES: text.size() < 2^32.
std::vector<uint32_t> SplitText(const Pretokenizer& pretokenizer, std::string_view text);

}  // namespace ingot::model
