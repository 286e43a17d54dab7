#include "ingot/model/unicode.h"

#include <algorithm>
#include <array>

namespace ingot::model {
namespace {

#include "model/unicode_tables.inc"

constexpr uint32_t kCodePoints = 0x110000;

constexpr std::array<UnicodeClasses, 128> MakeMasks() {
  std::array<UnicodeClasses, 128> masks{};
  for (uint32_t value = 0; value < masks.size(); ++value) {
    masks[value] = 1u << (value & 31);
    if ((value & 0x20) != 0) masks[value] |= kWhiteSpace;
    if ((value & 0x40) != 0) masks[value] |= kLineEnd;
  }
  return masks;
}
constexpr std::array<UnicodeClasses, 128> kMasks = MakeMasks();

// What may follow a lead byte: the number of further bytes and the range of the first of them.
struct Lead {
  uint8_t further;
  uint8_t low;
  uint8_t high;
};
constexpr Lead LeadOf(uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

UnicodeClasses ClassesOf(uint32_t code_point) {
  if (code_point >= kCodePoints) code_point = kReplacement;
  return kMasks[kClasses[kBlockOfPage[code_point >> 8] * 256u + (code_point & 255)]];
}

Utf8Step ReadUtf8(std::string_view text, size_t at) {
  auto byte_at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t first = byte_at(at);
  if (first < 0x80) return {Utf8::kValid, first, 1};
  Lead lead = LeadOf(first);
  if (lead.further == 0) return {Utf8::kInvalid, kReplacement, 1};
  uint32_t code_point = first & (0x3Fu >> lead.further);
  for (uint32_t i = 1; i <= lead.further; ++i) {
    if (at + i >= text.size()) return {Utf8::kUnfinished, kReplacement, i};
    uint8_t byte = byte_at(at + i);
    if (byte < lead.low || byte > lead.high) return {Utf8::kInvalid, kReplacement, i};
    lead.low = 0x80;
    lead.high = 0xBF;
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  return {Utf8::kValid, code_point, lead.further + 1u};
}

void AppendUtf8(std::string& out, uint32_t code_point) {
  auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

size_t AppendWholeUtf8(std::string& out, std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    Utf8Step step = ReadUtf8(text, at);
    if (step.kind == Utf8::kUnfinished) return at;
    if (step.kind == Utf8::kValid) {
      out += text.substr(at, step.length);
    } else {
      out += kReplacementText;
    }
    at += step.length;
  }
  return at;
}

}  // namespace ingot::model
