#include "ingot/model/pretokenizer.h"

#include <algorithm>

#include "ingot/base/log.h"

namespace ingot::model {
namespace {

// A text as code points, each with its classes; indices of all functions below count these.
struct Decoded {
  std::vector<uint32_t> code_points;
  std::vector<UnicodeClasses> classes;
  std::vector<uint32_t> offsets;  // of the first byte, and at the end text.size()
};

Decoded Decode(std::string_view text) {
  Decoded decoded;
  decoded.code_points.reserve(text.size());
  decoded.classes.reserve(text.size());
  decoded.offsets.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size();) {
    Utf8Step step = ReadUtf8(text, at);
    decoded.code_points.push_back(step.code_point);
    decoded.classes.push_back(ClassesOf(step.code_point));
    decoded.offsets.push_back(static_cast<uint32_t>(at));
    at += step.length;
  }
  decoded.offsets.push_back(static_cast<uint32_t>(text.size()));
  return decoded;
}

bool InRanges(std::span<const CodeRange> ranges, uint32_t code_point) {
  auto after = std::upper_bound(ranges.begin(), ranges.end(), code_point,
                                [](uint32_t value, const CodeRange& r) { return value < r.first; });
  return after != ranges.begin() && code_point <= std::prev(after)->last;
}

// Matches rules inside one piece: what lies outside of it does not exist.
class Scanner {
 public:
  Scanner(const Decoded& text, size_t end) : text_(text), end_(end), trailing_(end) {}

  // The end of what `rule` matches at `at`, or `at` if it does not match.
  size_t Match(const Rule& rule, size_t at) {
    switch (rule.kind) {
      case RuleKind::kRun:
        return Run(rule, at);
      case RuleKind::kCased:
        return Cased(rule, at);
      case RuleKind::kContraction:
        return at + Contraction(at, rule.any_case);
      case RuleKind::kLines:
        return Lines(at);
      case RuleKind::kGap:
        return Gap(at);
      case RuleKind::kTrailing:
        return Trailing(at);
    }
    return at;
  }

 private:
  bool Has(const CharSet& set, size_t at) const {
    if (at >= end_) return false;
    bool inside = (text_.classes[at] & set.classes) != 0 ||
                  (!set.ranges.empty() && InRanges(set.ranges, text_.code_points[at]));
    return inside != set.negated;
  }

  bool Is(UnicodeClasses classes, size_t at) const {
    return at < end_ && (text_.classes[at] & classes) != 0;
  }

  // The end of the run of at most `max` members of `set`.
  size_t Skip(const CharSet& set, size_t at, uint32_t max = kNoLimit) const {
    for (; max > 0 && Has(set, at); --max) ++at;
    return at;
  }

  size_t Run(const Rule& rule, size_t at) const {
    size_t body = at;
    if (Has(rule.lead, at) && Has(rule.body, at + 1)) {
      body = at + 1;
    } else if (rule.needs_lead || !Has(rule.body, at)) {
      return at;
    }
    size_t stop = Skip(rule.body, body, rule.max);
    if (stop - body < rule.min) return at;
    return Skip(rule.tail, stop);
  }

  // body* tail+ with the longest body that leaves a tail; `at` if there is none.
  size_t LowerEnd(const Rule& rule, size_t at) const {
    size_t split = Skip(rule.body, at);
    while (!Has(rule.tail, split)) {
      if (split == at) return at;
      --split;
    }
    return Skip(rule.tail, split);
  }

  size_t Cased(const Rule& rule, size_t at) const {
    bool lead = Has(rule.lead, at);
    size_t stop = at;
    if (lead && (stop = LowerEnd(rule, at + 1)) == at + 1) stop = at;
    if (stop == at) stop = LowerEnd(rule, at);
    for (size_t body = lead ? at + 1 : at; stop == at; body = at) {
      if (Has(rule.body, body)) stop = Skip(rule.tail, Skip(rule.body, body));
      if (body == at) break;
    }
    if (stop != at && rule.contraction) stop += Contraction(stop, rule.any_case);
    return stop;
  }

  // The length of a contraction, or 0.
  size_t Contraction(size_t at, bool any_case) const {
    auto letter = [&](size_t i) -> uint32_t {
      if (i >= end_) return 0;
      uint32_t value = text_.code_points[i];
      if (!any_case) return value;
      if (value == 0x17F) return 's';  // the long s is a case of s
      return value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
    };
    if (letter(at) != '\'') return 0;
    uint32_t first = letter(at + 1), second = letter(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
    if (second == 'e' && (first == 'r' || first == 'v')) return 3;
    return first == 'l' && second == 'l' ? 3 : 0;
  }

  size_t Lines(size_t at) const {
    size_t stop = at;
    for (size_t i = at; Is(kWhiteSpace, i); ++i) {
      if (Is(kLineEnd, i)) stop = i + 1;
    }
    return stop;
  }

  size_t Gap(size_t at) const {
    size_t stop = at;
    while (Is(kWhiteSpace, stop)) ++stop;
    if (stop == end_ || stop == at) return stop;
    return stop - 1;
  }

  // Where the white space at the end begins is looked for once: a search at each place would be
  // quadratic.
  size_t Trailing(size_t at) {
    if (!trailing_known_) {
      while (trailing_ > at && Is(kWhiteSpace, trailing_ - 1)) --trailing_;
      trailing_known_ = true;
    }
    return at >= trailing_ ? end_ : at;
  }

  const Decoded& text_;
  size_t end_;
  size_t trailing_;
  bool trailing_known_ = false;
};

// Appends the ends of the pieces that `rules` cut [begin, end) into.
void Cut(const Decoded& text, std::span<const Rule> rules, size_t begin, size_t end,
         std::vector<uint32_t>& ends) {
  Scanner scanner(text, end);
  size_t unmatched = begin;  // the start of what no rule has matched yet
  for (size_t at = begin; at < end;) {
    size_t stop = at;
    for (const Rule& rule : rules) {
      if ((stop = scanner.Match(rule, at)) != at) break;
    }
    if (stop == at) {
      ++at;
      continue;
    }
    if (at != unmatched) ends.push_back(static_cast<uint32_t>(at));
    ends.push_back(static_cast<uint32_t>(stop));
    at = unmatched = stop;
  }
  if (unmatched != end) ends.push_back(static_cast<uint32_t>(end));
}

}  // namespace

std::vector<uint32_t> SplitText(const Pretokenizer& pretokenizer, std::string_view text) {
  INGOT_CHECK(text.size() < kNoLimit);
  if (text.empty()) return {};
  Decoded decoded = Decode(text);
  std::vector<uint32_t> ends = {static_cast<uint32_t>(decoded.code_points.size())};
  for (std::span<const Rule> rules : pretokenizer.stages) {
    std::vector<uint32_t> finer;
    finer.reserve(ends.size());
    size_t begin = 0;
    for (uint32_t end : ends) {
      Cut(decoded, rules, begin, end, finer);
      begin = end;
    }
    ends = std::move(finer);
  }
  for (uint32_t& end : ends) end = decoded.offsets[end];
  return ends;
}

}  // namespace ingot::model
