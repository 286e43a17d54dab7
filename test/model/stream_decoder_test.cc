#include "ingot/model/stream_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "test/support/vocab_gguf.h"

#include "ingot/base/hash.h"
#include "ingot/model/unicode.h"

namespace ingot::model {
namespace {

using Ids = std::vector<int32_t>;

// Bytes are the ids 0 to 255; 256 is a control token, 257 is "lo w".
std::shared_ptr<const Tokenizer> Bytes() {
  test::TokenList tokens;
  tokens.AddByteCharacters();
  tokens.Add("<end>", 3);
  tokens.Add(test::ByteText("lo w"));
  return Tokenizer::Load(*tokens.Write("gpt2").String("pre", "gpt-2").Strings("merges", {}).Parse())
      .value();
}

Ids AsIds(std::string_view text) {
  Ids ids;
  for (char c : text) ids.push_back(static_cast<uint8_t>(c));
  return ids;
}

struct Outcome {
  std::string text;
  bool stopped;
};
Outcome Feed(const std::shared_ptr<const Tokenizer>& tokenizer, const Ids& ids,
             StreamOptions options = {}) {
  StreamDecoder decoder(tokenizer, std::move(options));
  Outcome outcome;
  for (int32_t id : ids) outcome.text += decoder.Append(id);
  outcome.text += decoder.Finish();
  outcome.stopped = decoder.stopped();
  EXPECT_EQ(decoder.Append('x'), "");
  EXPECT_EQ(decoder.Finish(), "");
  return outcome;
}

TEST(StreamDecoder, GivesWholeCodePointsOnly) {
  StreamDecoder decoder(Bytes(), {});
  EXPECT_EQ(decoder.Append('a'), "a");
  EXPECT_EQ(decoder.Append(0xF0), "");
  EXPECT_EQ(decoder.Append(0x9F), "");
  EXPECT_EQ(decoder.Append(0x98), "");
  EXPECT_EQ(decoder.Append(0x80), "\xF0\x9F\x98\x80");
  EXPECT_EQ(decoder.Finish(), "");
}

TEST(StreamDecoder, ReplacesImpossibleBytesAtOnce) {
  StreamDecoder decoder(Bytes(), {});
  EXPECT_EQ(decoder.Append(0xFF), "\xEF\xBF\xBD");
  EXPECT_EQ(decoder.Append(0xE2), "");
  EXPECT_EQ(decoder.Append('a'),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(decoder.Append(0xE2), "");
  EXPECT_EQ(decoder.Append(0x82), "");
  EXPECT_EQ(decoder.Finish(), "\xEF\xBF\xBD");
}

TEST(StreamDecoder, PiecesJoinToTheDecodingOfTheWhole) {
  auto tokenizer = Bytes();
  Stream random(1, "stream");
  for (int round = 0; round < 300; ++round) {
    Ids ids;
    for (uint64_t i = random.Below(30); i > 0; --i) {
      if (random.Below(2) == 0) {
        ids.push_back(static_cast<int32_t>(random.Below(258)));
        continue;
      }
      std::string text;
      AppendUtf8(text, static_cast<uint32_t>(random.Below(0x110000)));
      for (int32_t id : AsIds(text)) ids.push_back(id);
    }
    for (bool skip : {true, false}) {
      std::string whole = tokenizer->Decode(ids, {.skip_control = skip});
      EXPECT_EQ(Feed(tokenizer, ids, {.skip_control = skip}).text, whole);
      std::string checked;
      EXPECT_EQ(AppendWholeUtf8(checked, whole), whole.size());
      EXPECT_EQ(checked, whole);
    }
  }
}

TEST(StreamDecoder, HoldsBackWhatMayBeginAStopString) {
  StreamDecoder decoder(Bytes(), {.stop_strings = {"abc", "bd"}});
  EXPECT_EQ(decoder.Append('x'), "x");
  EXPECT_EQ(decoder.Append('a'), "");
  EXPECT_EQ(decoder.Append('b'), "");
  EXPECT_EQ(decoder.Append('a'), "ab");
  EXPECT_EQ(decoder.Append('b'), "");
  EXPECT_FALSE(decoder.stopped());
  EXPECT_EQ(decoder.Append('d'), "a");
  EXPECT_TRUE(decoder.stopped());
  EXPECT_EQ(decoder.Append('y'), "");
}

TEST(StreamDecoder, ReleasesWhatItHeldAtTheEnd) {
  Outcome outcome = Feed(Bytes(), AsIds("xab"), {.stop_strings = {"abc"}});
  EXPECT_EQ(outcome.text, "xab");
  EXPECT_FALSE(outcome.stopped);
}

TEST(StreamDecoder, StopStringsMayLieAcrossAndInsideTokens) {
  Ids ids = {'h', 'e', 'l', 257, 'o'};  // "hello wo"
  for (const char* stop : {"ello", "o w", "lo", "o"}) {
    std::string whole = "hello wo";
    Outcome outcome = Feed(Bytes(), ids, {.stop_strings = {"", stop}});
    EXPECT_EQ(outcome.text, whole.substr(0, whole.find(stop))) << stop;
    EXPECT_TRUE(outcome.stopped);
  }
}

// However the text is cut into tokens, the stop string that is complete first ends it.
TEST(StreamDecoder, TheFirstCompleteStopStringWins) {
  EXPECT_EQ(Feed(Bytes(), AsIds("zlo w"), {.stop_strings = {"lo w", "o "}}).text, "zl");
  EXPECT_EQ(Feed(Bytes(), {'z', 257}, {.stop_strings = {"lo w", "o "}}).text, "zl");
  EXPECT_EQ(Feed(Bytes(), {'z', 257}, {.stop_strings = {" w", "lo w"}}).text, "z");
}

TEST(StreamDecoder, TheLeadingSpaceGoesOnlyAtTheStartOfAText) {
  test::TokenList tokens;
  tokens.Add("<unk>", 2);
  tokens.Add("<s>", 3);
  tokens.Add("</s>", 3);
  tokens.Add("\xE2\x96\x81x");
  auto tokenizer = Tokenizer::Load(*tokens.Write("llama").Parse()).value();
  EXPECT_EQ(Feed(tokenizer, {1, 3, 3}).text, "x x");
  EXPECT_EQ(Feed(tokenizer, {3, 3}, {.continues_text = true}).text, " x x");
  EXPECT_EQ(Feed(tokenizer, {1, 3, 3}, {.skip_control = false}).text, "<s>x x");
}

}  // namespace
}  // namespace ingot::model
