#include "ingot/model/jinja/text_ops.h"

#include <algorithm>
#include <utility>

namespace ingot::model::jinja {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

std::string ToCase(std::string_view bytes, Case form) {
  std::string out(bytes);
  bool in_word = false;  // title: a letter stands before; sentence: anything does
  for (char& c : out) {
    const bool raise = form == Case::kUpper || (form != Case::kLower && !in_word);
    if (raise && IsLower(c)) c = static_cast<char>(c - 'a' + 'A');
    if (!raise && IsUpper(c)) c = static_cast<char>(c - 'A' + 'a');
    // Bytes of other scripts count as letters.
    in_word = form == Case::kSentence || IsUpper(c) || IsLower(c) || (c & 0x80) != 0;
  }
  return out;
}

std::vector<Text> SplitAt(const Text& text, std::string_view separator, int64_t limit,
                          bool from_right) {
  std::vector<ByteRange> cuts;
  const std::string& bytes = text.bytes();
  const auto more = [&] { return limit < 0 || static_cast<int64_t>(cuts.size()) < limit; };
  if (from_right) {
    size_t end = bytes.size();
    while (more() && end >= separator.size()) {
      const size_t at = bytes.rfind(separator, end - separator.size());
      if (at == std::string::npos) break;
      cuts.push_back({at, at + separator.size()});
      end = at;
    }
    std::reverse(cuts.begin(), cuts.end());
  } else {
    for (size_t at = bytes.find(separator); at != std::string::npos && more();
         at = bytes.find(separator, at + separator.size())) {
      cuts.push_back({at, at + separator.size()});
    }
  }
  std::vector<Text> pieces;
  size_t begin = 0;
  for (const ByteRange& cut : cuts) {
    pieces.push_back(text.Slice(begin, cut.begin));
    begin = cut.end;
  }
  pieces.push_back(text.Slice(begin, text.size()));
  return pieces;
}

std::vector<Text> SplitAtSpace(const Text& text, int64_t limit, bool from_right) {
  std::vector<ByteRange> words;
  const std::string& bytes = text.bytes();
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = CharSize(bytes, at);
    if (!IsSpace(CodePoint(bytes, at, size))) {
      if (words.empty() || words.back().end != at) words.push_back({at, at});
      words.back().end = at + size;
    }
    at += size;
  }
  const size_t most = limit < 0 ? words.size() : static_cast<size_t>(limit) + 1;
  if (words.size() > most) {
    // The piece that is not cut further keeps the white space inside and at its outer end.
    if (from_right) {
      const size_t surplus = words.size() - most;
      words[surplus].begin = 0;
      words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(surplus));
    } else {
      words.resize(most);
      words.back().end = bytes.size();
    }
  }
  std::vector<Text> pieces;
  for (const ByteRange& word : words) pieces.push_back(text.Slice(word.begin, word.end));
  return pieces;
}

std::vector<Text> SplitLines(const Text& text, bool keep_ends) {
  std::vector<Text> lines;
  const std::string& bytes = text.bytes();
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = std::min(bytes.find_first_of("\r\n", begin), bytes.size());
    size_t next = std::min(end + 1, bytes.size());
    if (end + 1 < bytes.size() && bytes[end] == '\r' && bytes[end + 1] == '\n') ++next;
    lines.push_back(text.Slice(begin, keep_ends ? next : end));
    begin = next;
  }
  return lines;
}

Result<Text> Replace(const Text& text, std::string_view from, const Text& to, int64_t limit,
                     Budget& budget) {
  Text out;
  const std::string& bytes = text.bytes();
  size_t begin = 0;
  const auto put = [&](size_t at, size_t end) {
    out.AppendSlice(text, begin, at);
    out.Append(to);
    begin = end;
    return budget.SpendText(out.size() > budget.limits().text_bytes ? out.size() : to.size());
  };
  if (from.empty()) {
    for (size_t offset : CharOffsets(bytes)) {
      if (limit-- == 0) break;
      INGOT_TRY(put(offset, offset));
    }
  } else {
    for (size_t at = bytes.find(from); at != std::string::npos && limit-- != 0;
         at = bytes.find(from, begin)) {
      INGOT_TRY(put(at, at + from.size()));
    }
  }
  out.AppendSlice(text, begin, text.size());
  INGOT_TRY(budget.SpendText(out.size()));
  return out;
}

Result<Text> JoinTexts(const std::vector<Value>& items, const Text& separator, Budget& budget) {
  Text out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.Append(separator);
    INGOT_ASSIGN(Text piece, ToText(items[i], budget));
    out.Append(piece);
    INGOT_TRY(budget.SpendText(
        out.size() > budget.limits().text_bytes ? out.size() : separator.size() + piece.size()));
  }
  return out;
}

}  // namespace ingot::model::jinja
