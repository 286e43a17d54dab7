// Unicode as a tokenizer needs it: the class of a code point, and UTF-8 that may be broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ingot::model {

// Sets of classes: one bit for each general category, and two that cut across them.
using UnicodeClasses = uint32_t;
constexpr UnicodeClasses kUpper = 1u << 1;        // Lu
constexpr UnicodeClasses kLower = 1u << 2;        // Ll
constexpr UnicodeClasses kTitle = 1u << 3;        // Lt
constexpr UnicodeClasses kModifier = 1u << 4;     // Lm
constexpr UnicodeClasses kOtherLetter = 1u << 5;  // Lo
constexpr UnicodeClasses kLetter = kUpper | kLower | kTitle | kModifier | kOtherLetter;
constexpr UnicodeClasses kMark = 7u << 6;                      // Mn Me Mc
constexpr UnicodeClasses kNumber = 7u << 9;                    // Nd Nl No
constexpr UnicodeClasses kPunctuation = 31u << 19 | 3u << 28;  // Pd Ps Pe Pc Po Pi Pf
constexpr UnicodeClasses kSymbol = 15u << 24;                  // Sm Sc Sk So
constexpr UnicodeClasses kWhiteSpace = 1u << 30;               // the property White_Space
constexpr UnicodeClasses kLineEnd = 1u << 31;                  // CR and LF

// The bits of one code point; those of U+FFFD for what is none.
UnicodeClasses ClassesOf(uint32_t code_point);

constexpr uint32_t kReplacement = 0xFFFD;
constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

enum class Utf8 {
  kValid,
  kInvalid,    // the bytes can begin nothing, whatever follows
  kUnfinished  // the text ends within what may become a code point
};
struct Utf8Step {
  Utf8 kind;
  uint32_t code_point;  // kReplacement unless valid
  // Bytes: of the code point, or the longest part of one that was begun, at least 1.
  uint32_t length;
};
// Reads what stands at `at`. Overlong forms, surrogates and values above U+10FFFF are invalid.
// REQUIRES: at < text.size().
Utf8Step ReadUtf8(std::string_view text, size_t at);

void AppendUtf8(std::string& out, uint32_t code_point);

// Appends `text` to `out`, U+FFFD for each sequence that is not UTF-8, and returns the number of
// bytes taken: all, but for an unfinished sequence at the end.
size_t AppendWholeUtf8(std::string& out, std::string_view text);

}  // namespace ingot::model
