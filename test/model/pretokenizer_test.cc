#include "ingot/model/pretokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

using testing::ElementsAre;

std::vector<std::string> Pieces(const Pretokenizer& pretokenizer, std::string_view text) {
  std::vector<std::string> pieces;
  size_t begin = 0;
  for (uint32_t end : SplitText(pretokenizer, text)) {
    pieces.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  EXPECT_EQ(begin, text.size());
  return pieces;
}

std::vector<std::string> Pieces(std::string_view name, std::string_view text) {
  const Pretokenizer* pretokenizer = FindPretokenizer(name);
  EXPECT_NE(pretokenizer, nullptr) << name;
  return pretokenizer == nullptr ? std::vector<std::string>() : Pieces(*pretokenizer, text);
}

// `\u{1F600}` as that code point.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.substr(at, 3) != "\\u{") {
      out += text[at++];
      continue;
    }
    size_t end = text.find('}', at);
    AppendUtf8(out, static_cast<uint32_t>(
                        std::stoul(std::string(text.substr(at + 3, end - at - 3)), nullptr, 16)));
    at = end + 1;
  }
  return out;
}

// The cases were made by a regular expression engine from the expressions that the tokenizers'
// makers publish.
TEST(Pretokenizer, CutsAsThePublishedExpressions) {
  std::string table =
      ReadFile(INGOT_SOURCE_DIR "/test/model/fixtures/pretokenizer_cases.txt").value();
  std::set<std::string> names;
  for (std::string_view line : Split(table, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string_view> fields = Split(line, '\t');
    std::vector<std::string> expected;
    for (size_t i = 1; i < fields.size(); ++i) expected.push_back(Unescape(fields[i]));
    EXPECT_EQ(Pieces(fields[0], Join(expected, "")), expected) << line;
    names.emplace(fields[0]);
  }
  EXPECT_EQ(names.size(), 16u);
}

TEST(Pretokenizer, NumbersAreCutAsEachFamilyDoes) {
  EXPECT_THAT(Pieces("llama-bpe", "12345"), ElementsAre("123", "45"));
  EXPECT_THAT(Pieces("qwen2", "123"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(Pieces("gpt-2", "a 12345"), ElementsAre("a", " 12345"));
  EXPECT_THAT(Pieces("starcoder", "a 12"), ElementsAre("a", " ", "1", "2"));
  EXPECT_THAT(Pieces("falcon", "a 12345"), ElementsAre("a", " ", "123", "45"));
  EXPECT_THAT(Pieces("deepseek-llm", "12345"), ElementsAre("12345"));
}

TEST(Pretokenizer, ContractionsKeepTheirCaseRules) {
  EXPECT_THAT(Pieces("gpt-2", "it's IT'S"), ElementsAre("it", "'s", " IT", "'", "S"));
  EXPECT_THAT(Pieces("llama-bpe", "it's IT'S"), ElementsAre("it", "'s", " IT", "'S"));
  EXPECT_THAT(Pieces("gpt-4o", "it's IT'S"), ElementsAre("it's", " IT'S"));
  EXPECT_THAT(Pieces("tekken", "it's"), ElementsAre("it", "'s"));
}

TEST(Pretokenizer, CasedWordsBeginAnewAtCapitals) {
  EXPECT_THAT(Pieces("gpt-4o", "HTTPServerOne X"), ElementsAre("HTTPServer", "One", " X"));
  // A modifier letter ends a run of capitals that no small letter follows.
  EXPECT_THAT(Pieces("gpt-4o",
                     "AB\xCA\xB0"
                     "CD"),
              ElementsAre("AB\xCA\xB0", "CD"));
}

TEST(Pretokenizer, GapsLeaveTheLastSpaceToTheNextWord) {
  EXPECT_THAT(Pieces("gpt-2", "a   b  "), ElementsAre("a", "  ", " b", "  "));
  EXPECT_THAT(Pieces("llama-bpe", "a \n  \n  b"), ElementsAre("a", " \n  \n", " ", " b"));
}

TEST(Pretokenizer, AnyBytesAreCutIntoAllOfThem) {
  Stream random(3, "bytes");
  for (const std::string& name : PretokenizerNames()) {
    for (int round = 0; round < 20; ++round) {
      std::string text(random.Below(60), ' ');
      for (char& c : text) c = static_cast<char>(random.NextU32());
      EXPECT_EQ(Join(Pieces(name, text), ""), text) << name;
    }
  }
  EXPECT_TRUE(SplitText(LinePretokenizer(), "").empty());
}

// Runs that a rule reads to the end before it gives up, or again from each place.
TEST(Pretokenizer, LongRunsTakeTimeInProportion) {
  auto begin = std::chrono::steady_clock::now();
  for (const std::string& name : PretokenizerNames()) {
    for (const char* unit :
         {" ", "A", "A\xCA\xB0", "\xCC\x81", " \n", "'", "1", "/", "\xE3\x80\x80"}) {
      std::string text;
      while (text.size() < 100'000) text += unit;
      text += "a";
      EXPECT_EQ(SplitText(*FindPretokenizer(name), text).back(), text.size());
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(Pretokenizer, LinesAreCutAtRunsOfLineFeeds) {
  EXPECT_THAT(Pieces(LinePretokenizer(), "a b\n\n\r\nc"),
              ElementsAre("a b", "\n\n", "\r", "\n", "c"));
}

TEST(Pretokenizer, NamesAreKnownOnceAndAliasesShareTheirRow) {
  std::vector<std::string> names = PretokenizerNames();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(FindPretokenizer("llama3"), FindPretokenizer("llama-bpe"));
  EXPECT_EQ(FindPretokenizer("deepseek-r1-qwen"), FindPretokenizer("qwen2"));
  EXPECT_EQ(FindPretokenizer("phi-2"), FindPretokenizer("gpt-2"));
  EXPECT_EQ(FindPretokenizer("llama4"), FindPretokenizer("gpt-4o"));
  EXPECT_EQ(FindPretokenizer("no-such"), nullptr);
  EXPECT_EQ(FindPretokenizer(""), nullptr);
}

}  // namespace
}  // namespace ingot::model
