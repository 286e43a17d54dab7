// Real vocabularies against the ids that the tokenizers' own makers give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/model/tokenizer.h"

namespace ingot::model {
namespace {

const std::string kFolder = INGOT_SOURCE_DIR "/../shared/data/vocab/";

struct Case {
  std::string text;
  std::vector<int32_t> ids;
};

std::vector<Case> ReadCases(const std::string& path) {
  std::string input = ReadFile(path + ".inp").value();
  std::string output = ReadFile(path + ".out").value();
  constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";
  std::vector<Case> cases;
  std::vector<std::string_view> lines = Split(output, '\n');
  for (size_t at = 0; at <= input.size();) {
    size_t end = std::min(input.find(kSeparator, at), input.size());
    Case item{input.substr(at, end - at), {}};
    if (cases.size() >= lines.size()) break;
    for (std::string_view word : Split(lines[cases.size()], ' ')) {
      if (!word.empty()) item.ids.push_back(static_cast<int32_t>(ParseInt(word).value()));
    }
    cases.push_back(std::move(item));
    at = end + kSeparator.size();
  }
  return cases;
}

class RealVocab : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    path_ = kFolder + "ggml-vocab-" + GetParam() + ".gguf";
    if (!FileExists(path_)) GTEST_SKIP() << path_ << " is not here";
    auto gguf = Gguf::Open(path_);
    ASSERT_TRUE(gguf.ok()) << gguf.status().message();
    gguf_ = *gguf;
    auto tokenizer = Tokenizer::Load(*gguf_);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    tokenizer_ = *tokenizer;
  }
  std::string path_;
  std::shared_ptr<const Gguf> gguf_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_P(RealVocab, GivesTheExpectedIds) {
  std::vector<Case> cases = ReadCases(path_);
  ASSERT_GE(cases.size(), 40u);
  for (const Case& item : cases) {
    auto ids = tokenizer_->Encode(item.text, {.add_special = false});
    ASSERT_TRUE(ids.ok()) << ids.status().message();
    EXPECT_EQ(*ids, item.ids) << "'" << item.text << "'";
  }
}

TEST_P(RealVocab, DecodesWhatItEncoded) {
  for (const Case& item : ReadCases(path_)) {
    auto ids = tokenizer_->Encode(item.text);
    ASSERT_TRUE(ids.ok());
    EXPECT_EQ(tokenizer_->Decode(*ids), item.text);
  }
}

TEST_P(RealVocab, EveryTokenIsFoundAgainOrStandsForItself) {
  const Vocabulary& vocabulary = tokenizer_->vocabulary();
  size_t same = 0, parts = 0;
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    auto id = static_cast<int32_t>(i);
    if (!vocabulary.IsPart(id)) continue;
    ++parts;
    same += vocabulary.Find(vocabulary.Key(id)) == id;
  }
  EXPECT_EQ(same, parts);
}

TEST_P(RealVocab, LongTextsTakeTimeInProportion) {
  for (const char* unit : {"a", " ", "\n", "1", "\xE4\xB8\x80", "ab "}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    auto begin = std::chrono::steady_clock::now();
    auto ids = tokenizer_->Encode(text, {.add_special = false});
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    ASSERT_TRUE(ids.ok());
    EXPECT_LT(seconds, 20) << "'" << unit << "'";
    EXPECT_EQ(tokenizer_->DecodeBytes(*ids), text) << "'" << unit << "'";
  }
}

INSTANTIATE_TEST_SUITE_P(All, RealVocab,
                         testing::Values("llama-spm", "llama-bpe", "qwen2", "gpt-2", "gemma-4"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace ingot::model
