// Text: a string that remembers which of its bytes came from the caller.
// A chat template joins its own control tokens with what users wrote. Only the template's own bytes
// may be read as control tokens later, so every operation carries the marks along: parts of a text
// keep theirs, and what is computed from marked bytes is marked as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::model::jinja {

// Bytes [begin, end) of a text.
struct ByteRange {
  size_t begin;
  size_t end;
  bool operator==(const ByteRange&) const = default;
};

class Text {
 public:
  Text() = default;
  explicit Text(std::string_view bytes, bool is_content = false) { Append(bytes, is_content); }

  const std::string& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  // The bytes that came from the caller: ascending, apart, never empty.
  std::span<const ByteRange> content() const { return content_; }
  bool HasContent() const { return !content_.empty(); }

  void Append(std::string_view bytes, bool is_content);
  void Append(const Text& other) { AppendSlice(other, 0, other.size()); }
  // REQUIRES: begin <= end <= other.size().
  void AppendSlice(const Text& other, size_t begin, size_t end);
  Text Slice(size_t begin, size_t end) const;
  // The same marks over other bytes. REQUIRES: bytes.size() == size().
  Text WithBytes(std::string bytes) const;

 private:
  void Mark(size_t begin, size_t end);
  std::string bytes_;
  std::vector<ByteRange> content_;
};

// Characters are code points, as in Python; a byte that is no UTF-8 counts as one.
// The bytes of the character at `at`. REQUIRES: at < bytes.size().
size_t CharSize(std::string_view bytes, size_t at);
// The byte at which each character begins, and at the end the size.
std::vector<size_t> CharOffsets(std::string_view bytes);
size_t CharCount(std::string_view bytes);
// The code point of a character of `size` bytes; 0xFFFD for an invalid byte.
uint32_t CodePoint(std::string_view bytes, size_t at, size_t size);
// What Python's str.isspace() accepts.
bool IsSpace(uint32_t code_point);

// The bytes that remain without white space (or, if `chars` is not null, without the characters in
// it) at the chosen ends.
ByteRange StripRange(std::string_view bytes, const std::string* chars, bool left, bool right);

}  // namespace ingot::model::jinja
