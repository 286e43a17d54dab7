#include "ingot/model/jinja/text.h"

#include <algorithm>
#include <utility>

#include "ingot/base/log.h"

namespace ingot::model::jinja {

void Text::Mark(size_t begin, size_t end) {
  if (begin == end) return;
  if (!content_.empty() && content_.back().end == begin) {
    content_.back().end = end;
  } else {
    content_.push_back({begin, end});
  }
}

void Text::Append(std::string_view bytes, bool is_content) {
  if (is_content) Mark(bytes_.size(), bytes_.size() + bytes.size());
  bytes_ += bytes;
}

void Text::AppendSlice(const Text& other, size_t begin, size_t end) {
  INGOT_DCHECK(begin <= end && end <= other.size() && &other != this);
  const size_t shift = bytes_.size();
  bytes_.append(other.bytes_, begin, end - begin);
  auto range = std::partition_point(other.content_.begin(), other.content_.end(),
                                    [begin](const ByteRange& r) { return r.end <= begin; });
  for (; range != other.content_.end() && range->begin < end; ++range) {
    Mark(shift + std::max(range->begin, begin) - begin, shift + std::min(range->end, end) - begin);
  }
}

Text Text::Slice(size_t begin, size_t end) const {
  Text out;
  out.AppendSlice(*this, begin, end);
  return out;
}

Text Text::WithBytes(std::string bytes) const {
  INGOT_CHECK(bytes.size() == size());
  Text out;
  out.bytes_ = std::move(bytes);
  out.content_ = content_;
  return out;
}

size_t CharSize(std::string_view bytes, size_t at) {
  const auto byte = [bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(at);
  const size_t size = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  if (size == 1 || at + size > bytes.size()) return 1;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 1;
  }
  return size;
}

std::vector<size_t> CharOffsets(std::string_view bytes) {
  std::vector<size_t> offsets;
  offsets.reserve(bytes.size() + 1);
  for (size_t at = 0; at < bytes.size(); at += CharSize(bytes, at)) offsets.push_back(at);
  offsets.push_back(bytes.size());
  return offsets;
}

size_t CharCount(std::string_view bytes) {
  size_t count = 0;
  for (size_t at = 0; at < bytes.size(); at += CharSize(bytes, at)) ++count;
  return count;
}

uint32_t CodePoint(std::string_view bytes, size_t at, size_t size) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + i]));
  };
  if (size == 1) return byte(0) < 0x80 ? byte(0) : 0xFFFD;
  uint32_t code = byte(0) & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3F);
  return code;
}

bool IsSpace(uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

ByteRange StripRange(std::string_view bytes, const std::string* chars, bool left, bool right) {
  const auto goes = [&](size_t at, size_t size) {
    if (chars == nullptr) return IsSpace(CodePoint(bytes, at, size));
    for (size_t i = 0; i < chars->size(); i += CharSize(*chars, i)) {
      if (chars->compare(i, CharSize(*chars, i), bytes, at, size) == 0) return true;
    }
    return false;
  };
  size_t begin = 0;
  while (left && begin < bytes.size() && goes(begin, CharSize(bytes, begin))) {
    begin += CharSize(bytes, begin);
  }
  size_t end = bytes.size();
  while (right && end > begin) {
    // The last character begins at most three bytes earlier.
    size_t at = end - 1;
    for (size_t back = 2; back <= 4 && back <= end - begin; ++back) {
      if (CharSize(bytes.substr(0, end), end - back) == back) at = end - back;
    }
    if (!goes(at, end - at)) break;
    end = at;
  }
  return {begin, end};
}

}  // namespace ingot::model::jinja
