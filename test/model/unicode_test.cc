#include "ingot/model/unicode.h"

#include <gtest/gtest.h>

#include <string>

namespace ingot::model {
namespace {

TEST(Unicode, ClassesAreThoseOfTheStandard) {
  EXPECT_EQ(ClassesOf('A'), kUpper);
  EXPECT_EQ(ClassesOf('z'), kLower);
  EXPECT_EQ(ClassesOf(0x1C5), kTitle);
  EXPECT_EQ(ClassesOf(0x2B0), kModifier);
  EXPECT_EQ(ClassesOf(0x4E00), kOtherLetter);
  EXPECT_NE(ClassesOf(0x301) & kMark, 0u);
  for (uint32_t number : {0x30u, 0x661u, 0xB2u, 0x2167u})
    EXPECT_NE(ClassesOf(number) & kNumber, 0u);
  for (uint32_t mark : {'!', '_', '(', ')', '-'}) EXPECT_NE(ClassesOf(mark) & kPunctuation, 0u);
  EXPECT_NE(ClassesOf(0xAB) & kPunctuation, 0u);
  EXPECT_NE(ClassesOf(0xBB) & kPunctuation, 0u);
  for (uint32_t symbol : {'$', '+', '<', '`', '~'}) EXPECT_NE(ClassesOf(symbol) & kSymbol, 0u);
  EXPECT_NE(ClassesOf(0x1F600) & kSymbol, 0u);
  EXPECT_EQ(ClassesOf(0x110000), ClassesOf(0xFFFD));
}

TEST(Unicode, WhiteSpaceAndLineEnds) {
  int spaces = 0, line_ends = 0;
  for (uint32_t code_point = 0; code_point < 0x110000; ++code_point) {
    spaces += (ClassesOf(code_point) & kWhiteSpace) != 0;
    line_ends += (ClassesOf(code_point) & kLineEnd) != 0;
  }
  EXPECT_EQ(spaces, 25);
  EXPECT_EQ(line_ends, 2);
  for (uint32_t space : {0x9u, 0xDu, 0x20u, 0x85u, 0xA0u, 0x1680u, 0x2028u, 0x3000u}) {
    EXPECT_NE(ClassesOf(space) & kWhiteSpace, 0u) << space;
  }
}

TEST(Unicode, EveryCodePointIsReadBack) {
  for (uint32_t code_point = 0; code_point < 0x110000; ++code_point) {
    std::string text;
    AppendUtf8(text, code_point);
    Utf8Step step = ReadUtf8(text, 0);
    bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
    ASSERT_EQ(step.kind == Utf8::kValid, !surrogate) << code_point;
    if (surrogate) continue;
    ASSERT_EQ(step.code_point, code_point);
    ASSERT_EQ(step.length, text.size());
    for (size_t cut = 1; cut < text.size(); ++cut) {
      ASSERT_EQ(ReadUtf8(text.substr(0, cut), 0).kind, Utf8::kUnfinished);
    }
  }
}

// The replacement of the longest part that was begun, as the standard recommends it.
TEST(Unicode, WhatIsNotUtf8BecomesReplacements) {
  struct Case {
    std::string_view bytes;
    std::string_view text;
    size_t taken;
  };
  const Case cases[] = {
      {"a\xFF"
       "b",
       "a\xEF\xBF\xBD"
       "b",
       3},
      {"\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
      {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
      {"\xE2\x82x", "\xEF\xBF\xBDx", 3},
      {"\xF0\x9F\x98", "", 0},
      {"\xF0\x9F\x98z", "\xEF\xBF\xBDz", 4},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3},
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 4},
      {"ok\xE4\xB8", "ok", 2},
  };
  for (const Case& item : cases) {
    std::string out;
    EXPECT_EQ(AppendWholeUtf8(out, item.bytes), item.taken);
    EXPECT_EQ(out, item.text);
  }
}

}  // namespace
}  // namespace ingot::model
