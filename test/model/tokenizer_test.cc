#include "ingot/model/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "test/support/vocab_gguf.h"

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

using test::ByteText;
using test::TokenList;
using test::VocabGguf;
using testing::ElementsAre;

using Ids = std::vector<int32_t>;
const std::string kSpace = "\xE2\x96\x81";

std::shared_ptr<const Tokenizer> Load(const VocabGguf& gguf, std::string_view pre = {}) {
  auto tokenizer = Tokenizer::Load(*gguf.Parse(), pre);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  return tokenizer.ok() ? *tokenizer : nullptr;
}

std::string Failure(const VocabGguf& gguf, std::string_view pre = {}) {
  auto tokenizer = Tokenizer::Load(*gguf.Parse(), pre);
  return tokenizer.ok() ? "ok" : tokenizer.status().message();
}

Ids Encode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options = {}) {
  auto ids = tokenizer.Encode(text, options);
  EXPECT_TRUE(ids.ok()) << ids.status().message();
  return ids.ok() ? *ids : Ids();
}

constexpr EncodeOptions kPlain = {.add_special = false};
constexpr EncodeOptions kParsed = {.add_special = false, .parse_special = true};

// <unk> <s> </s>, 256 bytes, then what a test adds.
struct Spm : TokenList {
  Spm() {
    Add("<unk>", 2);
    Add("<s>", 3);
    Add("</s>", 3);
    AddBytes();
  }
  VocabGguf Write() const { return TokenList::Write("llama"); }
};

struct ByteBpe : TokenList {
  ByteBpe() { AddByteCharacters(); }
  std::vector<std::string> merges;
  int32_t Merge(std::string_view left, std::string_view right) {
    merges.push_back(ByteText(left) + " " + ByteText(right));
    return Add(ByteText(std::string(left) + std::string(right)));
  }
  VocabGguf Write(std::string_view pre = "gpt-2") const {
    VocabGguf gguf = TokenList::Write("gpt2");
    gguf.Strings("merges", merges);
    if (!pre.empty()) gguf.String("pre", pre);
    return gguf;
  }
};

TEST(Spm, JoinsTheHighestScoreFirstAndTiesToTheLeft) {
  Spm v;
  v.Add(kSpace, 1, -9);
  int32_t a = v.Add("a", 1, -9), b = v.Add("b", 1, -9);
  int32_t ab = v.Add("ab", 1, -2), ba = v.Add("ba", 1, -1), aa = v.Add("aa", 1, -3);
  auto tokenizer = Load(v.Write().Bool("add_space_prefix", false));
  EXPECT_THAT(Encode(*tokenizer, "aba", kPlain), ElementsAre(a, ba));
  EXPECT_THAT(Encode(*tokenizer, "aaa", kPlain), ElementsAre(aa, a));
  EXPECT_THAT(Encode(*tokenizer, "abb", kPlain), ElementsAre(ab, b));
}

TEST(Spm, PutsASpaceBeforeTheTextAndAfterSpecialTokens) {
  Spm v;
  int32_t space = v.Add(kSpace, 1, -9), x = v.Add("x", 1, -9), sx = v.Add(kSpace + "x", 1, -1);
  auto tokenizer = Load(v.Write());
  EXPECT_THAT(Encode(*tokenizer, "x"), ElementsAre(1, sx));
  EXPECT_THAT(Encode(*tokenizer, " x"), ElementsAre(1, space, sx));
  EXPECT_THAT(Encode(*tokenizer, "x</s>x x", kParsed), ElementsAre(sx, 2, sx, sx));
  EXPECT_THAT(Encode(*tokenizer, ""), ElementsAre(1));
  EXPECT_EQ(tokenizer->Decode(Ids{1, sx, sx}), "x x");
  EXPECT_EQ(tokenizer->Decode(Ids{1, space, sx}), " x");
  EXPECT_EQ(tokenizer->Decode(Ids{1, sx, 2}, {.skip_control = false}), "<s>x</s>");
  auto gemma = Load(v.Write().Bool("add_space_prefix", false));
  EXPECT_THAT(Encode(*gemma, "x x", kPlain), ElementsAre(x, sx));
  EXPECT_EQ(gemma->Decode(Ids{sx}), " x");
}

TEST(Spm, FallsBackToBytesThenToUnknown) {
  Spm v;
  auto tokenizer = Load(v.Write().Bool("add_space_prefix", false));
  EXPECT_THAT(Encode(*tokenizer, "\xC3\xA9", kPlain), ElementsAre(3 + 0xC3, 3 + 0xA9));
  EXPECT_EQ(tokenizer->Decode(Ids{3 + 0xC3, 3 + 0xA9}), "\xC3\xA9");
  TokenList few;
  few.Add("<unk>", 2);
  few.Add("a");
  auto poor = Load(few.Write("llama").Bool("add_space_prefix", false));
  EXPECT_THAT(Encode(*poor,
                     "a\xC3\xA9"
                     "a",
                     kPlain),
              ElementsAre(1, 0, 1));
}

TEST(Spm, TextNeverBecomesAControlOrByteToken) {
  Spm v;
  for (const char* part : {"<", "s", ">", "<s", "0", "x", "A", "<0", "<0x", "<0x0", "<0x0A"}) {
    v.Add(part, 1, -1);
  }
  auto tokenizer = Load(v.Write().Bool("add_space_prefix", false));
  for (std::string text : {"<s>", "<0x0A>"}) {
    Ids ids = Encode(*tokenizer, text, kPlain);
    EXPECT_GT(ids.size(), 1u);
    EXPECT_EQ(tokenizer->Decode(ids), text);
  }
}

// Joins by searching everything again after each join.
Ids SlowSpm(const Vocabulary& vocabulary, std::string_view text) {
  std::vector<std::string> parts;
  for (char c : text) parts.emplace_back(1, c);
  while (true) {
    size_t best = parts.size();
    float score = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      int32_t id = vocabulary.Find(parts[i] + parts[i + 1]);
      if (id < 0 || (best != parts.size() && vocabulary.Score(id) <= score)) continue;
      best = i;
      score = vocabulary.Score(id);
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  Ids ids;
  for (const std::string& part : parts) ids.push_back(vocabulary.Find(part));
  return ids;
}

TEST(Spm, EqualsTheSlowDefinition) {
  Stream random(1, "spm");
  for (int round = 0; round < 60; ++round) {
    Spm v;
    for (char c : std::string("abc")) v.Add(std::string(1, c), 1, -50);
    for (int i = 0; i < 25; ++i) {
      std::string text;
      for (uint64_t j = 2 + random.Below(4); j > 0; --j) text += "abc"[random.Below(3)];
      if (std::count(v.texts.begin(), v.texts.end(), text) > 0) continue;
      v.Add(text, 1, -static_cast<float>(random.Below(8)));
    }
    auto tokenizer = Load(v.Write().Bool("add_space_prefix", false));
    std::string text;
    for (int i = 0; i < 80; ++i) text += "abc"[random.Below(3)];
    EXPECT_EQ(Encode(*tokenizer, text, kPlain), SlowSpm(tokenizer->vocabulary(), text)) << text;
  }
}

TEST(ByteBpe, JoinsTheLowestRankFirstAndTiesToTheLeft) {
  ByteBpe v;
  int32_t bc = v.Merge("b", "c"), ab = v.Merge("a", "b"), aa = v.Merge("a", "a");
  auto tokenizer = Load(v.Write());
  EXPECT_THAT(Encode(*tokenizer, "abc", kPlain), ElementsAre('a', bc));
  EXPECT_THAT(Encode(*tokenizer, "abd", kPlain), ElementsAre(ab, 'd'));
  EXPECT_THAT(Encode(*tokenizer, "aaa", kPlain), ElementsAre(aa, 'a'));
}

TEST(ByteBpe, EqualsTheSlowDefinition) {
  Stream random(1, "bpe");
  for (int round = 0; round < 60; ++round) {
    ByteBpe v;
    std::map<std::pair<std::string, std::string>, size_t> ranks;
    std::vector<std::string> made = {"a", "b", "\xC3", "\xA9"};
    for (int i = 0; i < 25; ++i) {
      std::string left = made[random.Below(made.size())], right = made[random.Below(made.size())];
      if (!ranks.emplace(std::pair(left, right), ranks.size()).second) continue;
      if (std::count(made.begin(), made.end(), left + right) > 0) {
        v.merges.push_back(ByteText(left) + " " + ByteText(right));
      } else {
        v.Merge(left, right);
        made.push_back(left + right);
      }
    }
    auto tokenizer = Load(v.Write());
    std::vector<std::string> parts;
    std::string text;
    for (int i = 0; i < 60; ++i) {
      uint64_t draw = random.Below(3);
      text += draw == 0 ? "a" : draw == 1 ? "b" : "\xC3\xA9";
    }
    for (char c : text) parts.emplace_back(1, c);
    while (true) {
      size_t best = parts.size(), rank = ranks.size();
      for (size_t i = 0; i + 1 < parts.size(); ++i) {
        auto found = ranks.find({parts[i], parts[i + 1]});
        if (found == ranks.end() || found->second >= rank) continue;
        best = i;
        rank = found->second;
      }
      if (best == parts.size()) break;
      parts[best] += parts[best + 1];
      parts.erase(parts.begin() + static_cast<ptrdiff_t>(best) + 1);
    }
    Ids expected;
    for (const std::string& part : parts) expected.push_back(tokenizer->vocabulary().Find(part));
    EXPECT_EQ(Encode(*tokenizer, text, kPlain), expected) << text;
  }
}

TEST(ByteBpe, OnlySomeFamiliesTakeAWholePieceThatIsAToken) {
  ByteBpe v;
  v.Merge("c", "a");
  int32_t cat = v.Add("cat");
  EXPECT_THAT(Encode(*Load(v.Write("llama-bpe")), "cat", kPlain), ElementsAre(cat));
  EXPECT_THAT(Encode(*Load(v.Write("qwen2")), "cat", kPlain), ElementsAre(256, 't'));
}

TEST(ByteBpe, MergedPartsThatAreNoTokensFallToBytes) {
  ByteBpe v;
  v.merges = {"a b", "ab c"};
  EXPECT_THAT(Encode(*Load(v.Write()), "abd", kPlain), ElementsAre('a', 'b', 'd'));
  int32_t abc = v.Add("abc");
  EXPECT_THAT(Encode(*Load(v.Write()), "abc", kPlain), ElementsAre(abc));
}

TEST(ByteBpe, AnyBytesComeBack) {
  ByteBpe v;
  v.Merge("\xF0", "\x9F");
  auto tokenizer = Load(v.Write("llama-bpe"));
  Stream random(4, "bytes");
  for (int round = 0; round < 200; ++round) {
    std::string text(random.Below(40), ' ');
    for (char& c : text) c = static_cast<char>(random.NextU32());
    EXPECT_EQ(tokenizer->DecodeBytes(Encode(*tokenizer, text)), text);
  }
  EXPECT_EQ(tokenizer->Decode(Encode(*tokenizer, "a\xFF")), "a\xEF\xBF\xBD");
}

TEST(ByteBpe, APreTokenizerMustBeNamed) {
  ByteBpe v;
  EXPECT_EQ(Failure(v.Write("")),
            "test.gguf: no key (tokenizer.ggml.pre): the pre-tokenizer must be named");
  EXPECT_EQ(Failure(v.Write("qwen9")),
            "test.gguf: unknown pre-tokenizer (qwen9), nearest is (qwen2)");
  EXPECT_EQ(Load(v.Write("qwen9"), "gpt-2")->pre(), "gpt-2");
  EXPECT_EQ(Failure(v.Write(), "x y z"), "test.gguf: unknown pre-tokenizer (x y z)");
}

TEST(RawBpe, SpacesAreEscapedAndLineFeedsAreTakenWhole) {
  TokenList v;
  v.Add("<unk>", 2);
  v.Add("<s>", 3);
  v.AddBytes();
  int32_t space = v.Add(kSpace), a = v.Add("a"), sa = v.Add(kSpace + "a");
  int32_t feed = v.Add("\n"), feeds = v.Add("\n\n\n");
  VocabGguf gguf = v.Write("gemma4");
  gguf.Strings("merges", {kSpace + " a"}).U32("bos_token_id", 1);
  auto tokenizer = Load(gguf);
  EXPECT_THAT(Encode(*tokenizer, "a a\n\n\na\n\n  ", kPlain),
              ElementsAre(a, sa, feeds, a, feed, feed, space, space));
  EXPECT_THAT(Encode(*tokenizer, "\xC3\xA9", kPlain), ElementsAre(2 + 0xC3, 2 + 0xA9));
  EXPECT_EQ(tokenizer->Decode(Ids{sa, 2 + 0xC3, 2 + 0xA9}), " a\xC3\xA9");
  EXPECT_THAT(Encode(*tokenizer, "a"), ElementsAre(1, a));
}

TEST(SpecialTokens, UserDefinedOnesAlwaysAndControlOnesOnRequest) {
  ByteBpe v;
  int32_t user = v.Add("<user>", 4), control = v.Add("<ctl>", 3), unknown = v.Add("<unk>", 2);
  auto tokenizer = Load(v.Write());
  EXPECT_THAT(Encode(*tokenizer, "a<user>b", kPlain), ElementsAre('a', user, 'b'));
  EXPECT_EQ(Encode(*tokenizer, "<ctl><unk>", kPlain).size(), 10u);
  EXPECT_THAT(Encode(*tokenizer, "<ctl>a<unk>", kParsed), ElementsAre(control, 'a', unknown));
  EXPECT_EQ(tokenizer->Decode(Ids{control, 'a', user}), "a<user>");
  EXPECT_EQ(tokenizer->Decode(Ids{control, 'a'}, {.skip_control = false}), "<ctl>a");
}

TEST(SpecialTokens, TheLongestIsCutFirstThenTheLeftmost) {
  ByteBpe v;
  int32_t two = v.Add("xx", 4), four = v.Add("xxxx", 4), end = v.Add("xy", 4);
  auto tokenizer = Load(v.Write());
  EXPECT_THAT(Encode(*tokenizer, "xxxxxxx", kPlain), ElementsAre(four, two, 'x'));
  EXPECT_THAT(Encode(*tokenizer, "xxy", kPlain), ElementsAre(two, 'y'));
  EXPECT_THAT(Encode(*tokenizer, "axy", kPlain), ElementsAre('a', end));
  // The longer one wins although a shorter one begins before it.
  int32_t late = v.Add("xbcd", 4);
  EXPECT_THAT(Encode(*Load(v.Write()), "xxbcd", kPlain), ElementsAre('x', late));
}

// What a user writes into a chat is text, also where it looks like a turn, and also where only its
// last byte is his.
TEST(SpecialTokens, ContentCannotForgeATurn) {
  ByteBpe vocabulary;
  int32_t turn = vocabulary.Add("<turn>", 3);
  int32_t mine = vocabulary.Add("<mine>", 4);
  auto tokenizer = Load(vocabulary.Write());
  auto encode = [&](std::vector<Tokenizer::TextPart> parts) {
    auto ids = tokenizer->EncodeParts(parts, false);
    EXPECT_TRUE(ids.ok()) << ids.status().message();
    return ids.ok() ? *ids : Ids();
  };
  EXPECT_THAT(encode({{"<turn>"}, {"a", true}}), ElementsAre(turn, 'a'));
  EXPECT_THAT(encode({{"<tu"}, {"rn>"}}), ElementsAre(turn));
  EXPECT_EQ(encode({{"a"}, {"<turn>", true}}), Encode(*tokenizer, "a<turn>", kPlain));
  EXPECT_EQ(encode({{"<turn"}, {">", true}}), Encode(*tokenizer, "<turn>", kPlain));
  EXPECT_EQ(encode({{"<", true}, {"turn>"}}), Encode(*tokenizer, "<turn>", kPlain));
  EXPECT_THAT(encode({{"<mine>", true}}), ElementsAre(mine));
  EXPECT_THAT(encode({}), ElementsAre());
}

TEST(SpecialTokens, ManyOverlapsTakeLittleTime) {
  ByteBpe v;
  for (size_t i = 1; i <= SpecialTokens::kMaxBytes; ++i) v.Add(std::string(i, '-'), 4);
  auto tokenizer = Load(v.Write());
  std::string text(100'001, '-');
  Ids ids = Encode(*tokenizer, text, kPlain);
  EXPECT_EQ(tokenizer->Decode(ids), text);
  EXPECT_EQ(ids.size(), 100'001 / SpecialTokens::kMaxBytes + 1);
  v.Add(std::string(513, '-'), 4);
  EXPECT_EQ(Failure(v.Write()), "test.gguf: special token (768): bytes (513) are more than (512)");
}

TEST(Tokenizer, AddsBosAndEosAsTheFileSays) {
  ByteBpe v;
  v.Add("<bos>", 3);
  v.Add("<eos>", 3);
  auto with = [&](std::string_view pre) {
    return v.Write(pre).U32("bos_token_id", 256).U32("eos_token_id", 257);
  };
  EXPECT_THAT(Encode(*Load(with("gpt-2")), "a"), ElementsAre('a'));
  EXPECT_THAT(Encode(*Load(with("llama-bpe")), "a"), ElementsAre(256, 'a'));
  auto both = Load(with("gpt-2").Bool("add_bos_token", true).Bool("add_eos_token", true));
  EXPECT_THAT(Encode(*both, "a"), ElementsAre(256, 'a', 257));
  EXPECT_THAT(Encode(*both, "a", kPlain), ElementsAre('a'));
  // Not twice, if a template wrote it already.
  EXPECT_THAT(Encode(*both, "<bos>a", {.parse_special = true}), ElementsAre(256, 'a', 257));
  EXPECT_THAT(Encode(*Load(with("llama-bpe").Bool("add_bos_token", false)), "a"), ElementsAre('a'));
}

TEST(Tokenizer, StopsAreTheEndIdsAndTheKnownNames) {
  ByteBpe v;
  int32_t eos = v.Add("<end>", 3), im_end = v.Add("<|im_end|>", 4), end = v.Add("<|end|>", 3);
  auto write = [&] { return v.Write().U32("eos_token_id", static_cast<uint32_t>(eos)); };
  auto tokenizer = Load(write());
  EXPECT_THAT(tokenizer->vocabulary().stops(), ElementsAre(eos, im_end, end));
  EXPECT_TRUE(tokenizer->IsStop(im_end));
  EXPECT_FALSE(tokenizer->IsStop('a'));
  EXPECT_FALSE(tokenizer->IsStop(-1));
  // A user cannot write it, whatever its type in the file.
  EXPECT_EQ(Encode(*tokenizer, "<|im_end|>", kPlain).size(), 10u);
  int32_t back = v.Add("<|return|>", 3), call = v.Add("<|call|>", 3);
  EXPECT_THAT(Load(write())->vocabulary().stops(), ElementsAre(eos, im_end, back, call));
}

TEST(Tokenizer, IdsThatAreNoTokensDecodeToNothing) {
  auto tokenizer = Load(ByteBpe().Write());
  EXPECT_EQ(tokenizer->Decode(Ids{-1, 'a', 256, INT32_MAX, INT32_MIN}), "a");
  EXPECT_EQ(tokenizer->Piece(9999), "");
}

TEST(Tokenizer, HostileMetadataAreRefusedWithBothNumbers) {
  TokenList one;
  one.Add("a");
  EXPECT_EQ(Failure(VocabGguf()), "test.gguf: no key (tokenizer.ggml.model)");
  EXPECT_EQ(Failure(VocabGguf().String("model", "bert")),
            "test.gguf: tokenizer.ggml.model (bert) is none of (llama, gpt2, gemma4)");
  EXPECT_EQ(Failure(VocabGguf().String("model", "llama")),
            "test.gguf: no key (tokenizer.ggml.tokens)");
  EXPECT_EQ(Failure(VocabGguf().String("model", "llama").Strings("tokens", {})),
            "test.gguf: tokenizer.ggml.tokens: tokens (0) are not in 1..16777216");
  auto spm = [] { return VocabGguf().String("model", "llama").Strings("tokens", {"a", "b"}); };
  EXPECT_EQ(Failure(spm()), "test.gguf: no key (tokenizer.ggml.scores)");
  EXPECT_EQ(Failure(spm().Floats("scores", {1})),
            "test.gguf: tokenizer.ggml.scores: values (1) are not the tokens (2)");
  EXPECT_EQ(Failure(spm().Floats("scores", {1, NAN})),
            "test.gguf: tokenizer.ggml.scores: score of token (1) is not a number");
  EXPECT_EQ(Failure(spm().Floats("scores", {1, 2}).Ints("token_type", {1, 1, 1})),
            "test.gguf: tokenizer.ggml.token_type: values (3) are not the tokens (2)");
  EXPECT_EQ(Failure(spm().Floats("scores", {1, 2}).Ints("token_type", {1, 7})),
            "test.gguf: tokenizer.ggml.token_type: type (7) of token (1) is not in 0..6");
  EXPECT_EQ(Failure(one.Write("llama").U32("bos_token_id", 1)),
            "test.gguf: tokenizer.ggml.bos_token_id: id (1) is not below the tokens (1)");
  EXPECT_EQ(Failure(one.Write("llama").U32("padding_token_id", 0xFFFFFFFF)), "ok");
  EXPECT_EQ(Failure(one.Write("gpt2").String("pre", "gpt-2")),
            "test.gguf: no key (tokenizer.ggml.merges)");
  EXPECT_EQ(Failure(one.Write("gpt2").String("pre", "gpt-2").Strings("merges", {"a a", " b"})),
            "test.gguf: tokenizer.ggml.merges: merge (1) has no space between two parts");
  EXPECT_EQ(Failure(one.Write("gpt2")
                        .String("pre", "gpt-2")
                        .Strings("merges", {})
                        .Bool("add_bos_token", true)),
            "test.gguf: tokenizer.ggml.add_bos_token is true, but there is no bos_token_id");
  auto poor = Load(one.Write("gpt2").String("pre", "gpt-2").Strings("merges", {}));
  EXPECT_EQ(poor->Encode("ab").status().message(),
            "text: byte (98) has no token, and there is no unknown token");
}

// Random tokens, types, scores and merges: an error, or a tokenizer whose ids are tokens.
TEST(Tokenizer, RandomVocabulariesAreRefusedOrWork) {
  Stream random(9, "vocabularies");
  auto text = [&random] {
    std::string out;
    for (uint64_t i = random.Below(6); i > 0; --i) {
      constexpr std::string_view kSome = "ab <0x41>\n\xE2\x96\x81\xC4\xA0\xFF";
      out += kSome[random.Below(kSome.size())];
    }
    return out;
  };
  int loaded = 0;
  for (int round = 0; round < 3000; ++round) {
    TokenList tokens;
    if (random.Below(2) == 0) tokens.AddBytes();
    if (random.Below(2) == 0) tokens.AddByteCharacters();
    for (uint64_t i = random.Below(30); i > 0; --i) {
      tokens.Add(text(), static_cast<int32_t>(random.Below(7)),
                 static_cast<float>(random.Below(4)));
    }
    const char* kinds[] = {"llama", "gpt2", "gemma4"};
    VocabGguf gguf = tokens.Write(kinds[random.Below(3)]);
    std::vector<std::string> merges;
    for (uint64_t i = random.Below(20); i > 0; --i)
      merges.push_back("a" + text() + " " + text() + "b");
    gguf.Strings("merges", merges).String("pre", "llama-bpe");
    for (const char* key : {"bos_token_id", "eos_token_id", "unknown_token_id"}) {
      if (random.Below(2) == 0) gguf.U32(key, static_cast<uint32_t>(random.Below(40)));
    }
    auto tokenizer = Tokenizer::Load(*gguf.Parse());
    if (!tokenizer.ok()) continue;
    ++loaded;
    std::string input = text() + text() + text();
    auto ids = (*tokenizer)->Encode(input, {.parse_special = random.Below(2) == 0});
    if (!ids.ok()) continue;
    for (int32_t id : *ids) EXPECT_TRUE((*tokenizer)->vocabulary().IsToken(id));
    (*tokenizer)->Decode(*ids);
  }
  EXPECT_GT(loaded, 300);
}

TEST(Tokenizer, OddTokensDoNoHarm) {
  ByteBpe v;
  v.Add("");
  v.Add("a");             // there already
  v.Add("\xE4\xB8\x80");  // outside of the alphabet
  v.Add("\xFF\xFE");      // no UTF-8
  v.Add("<0x41>", 6);
  v.Add("<0xZZ>", 6);
  v.Add("", 3);
  v.merges = {"\xE4\xB8\x80 a", "a \xFF", "a a", "a a"};
  auto tokenizer = Load(v.Write());
  EXPECT_THAT(Encode(*tokenizer, "a", kParsed), ElementsAre('a'));
  EXPECT_EQ(tokenizer->Decode(Ids{256, 257, 258, 259, 260, 261}),
            "a\xE4\xB8\x80\xEF\xBF\xBD\xEF\xBF\xBD"
            "A<0xZZ>");
}

}  // namespace
}  // namespace ingot::model
