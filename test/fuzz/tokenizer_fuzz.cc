// Any text, with a small vocabulary of any kind: the ids are tokens, and decode to the text again.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "test/support/vocab_gguf.h"

#include "ingot/model/pretokenizer.h"
#include "ingot/model/stream_decoder.h"
#include "ingot/model/tokenizer.h"
#include "ingot/model/unicode.h"

namespace {

using ingot::model::Tokenizer;
using ingot::model::TokenizerKind;
using ingot::test::ByteText;
using ingot::test::TokenList;
using ingot::test::VocabGguf;

const std::string kSpace = "\xE2\x96\x81";
const std::vector<std::string> kParts = {"a", "b", " ", "\n", "'", "s", "1", "\xC3\xA9"};

void AddSpecial(TokenList& tokens) {
  tokens.Add("<unk>", 2);
  tokens.Add("<s>", 3);
  tokens.Add("</s>", 3);
  tokens.Add("<u>", 4);
  tokens.Add("<u><u>", 4);
  tokens.Add("aaaa", 4);
}

// Joins every pair of parts once, and some pairs of those.
std::vector<std::pair<std::string, std::string>> Merges() {
  std::vector<std::pair<std::string, std::string>> merges;
  for (const std::string& left : kParts) {
    for (const std::string& right : kParts) merges.emplace_back(left, right);
  }
  merges.emplace_back("ab", "ab");
  merges.emplace_back("  ", "  ");
  return merges;
}

std::shared_ptr<const Tokenizer> ByteBpe(std::string_view pre) {
  TokenList tokens;
  tokens.AddByteCharacters();
  std::vector<std::string> lines = {ByteText("\xC3") + " " + ByteText("\xA9")};
  tokens.Add(ByteText("\xC3\xA9"));
  for (const auto& [left, right] : Merges()) {
    lines.push_back(ByteText(left) + " " + ByteText(right));
    tokens.Add(ByteText(left + right));
  }
  AddSpecial(tokens);
  VocabGguf gguf = tokens.Write("gpt2");
  return Tokenizer::Load(*gguf.String("pre", pre).Strings("merges", lines).Parse()).value();
}

std::shared_ptr<const Tokenizer> Escaped(std::string_view kind) {
  TokenList tokens;
  AddSpecial(tokens);
  tokens.AddBytes();
  auto escape = [](const std::string& text) {
    std::string out;
    for (char c : text) out += c == ' ' ? kSpace : std::string(1, c);
    return out;
  };
  std::vector<std::string> lines;
  float score = 0;
  for (const std::string& part : kParts) tokens.Add(escape(part), 1, -100);
  for (const auto& [left, right] : Merges()) {
    lines.push_back(escape(left) + " " + escape(right));
    tokens.Add(escape(left + right), 1, score -= 1);
  }
  VocabGguf gguf = tokens.Write(kind);
  return Tokenizer::Load(*gguf.Strings("merges", lines).Parse()).value();
}

std::vector<std::shared_ptr<const Tokenizer>> MakeAll() {
  std::vector<std::shared_ptr<const Tokenizer>> all = {Escaped("llama"), Escaped("gemma4")};
  for (const std::string& name : ingot::model::PretokenizerNames()) all.push_back(ByteBpe(name));
  return all;
}

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto kTokenizers = MakeAll();
  if (size < 2) return 0;
  const auto& tokenizer = kTokenizers[data[0] % kTokenizers.size()];
  const ingot::model::Vocabulary& vocabulary = tokenizer->vocabulary();
  bool parse_special = (data[1] & 1) != 0;
  std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  auto ids = tokenizer->Encode(text, {.add_special = false, .parse_special = parse_special});
  Require(ids.ok());
  for (int32_t id : *ids) Require(vocabulary.IsToken(id));
  // Escaping takes U+2581 for a space, and after a special token the added space stays.
  bool bytes = vocabulary.kind() == TokenizerKind::kByteBpe;
  bool prefixed = vocabulary.add_space_prefix() && text.find("<") != std::string::npos;
  prefixed |= vocabulary.add_space_prefix() && text.find("aaaa") != std::string::npos;
  if (bytes || (text.find(kSpace) == std::string::npos && !prefixed)) {
    Require(tokenizer->DecodeBytes(*ids, {.skip_control = false}) == text);
  }
  std::string whole = tokenizer->Decode(*ids), checked, streamed;
  Require(ingot::model::AppendWholeUtf8(checked, whole) == whole.size() && checked == whole);
  ingot::model::StreamDecoder decoder(tokenizer, {.stop_strings = {"b1", "1b\n", ""}});
  for (int32_t id : *ids) streamed += decoder.Append(id);
  streamed += decoder.Finish();
  size_t stop = std::min(whole.find("b1"), whole.find("1b\n"));
  Require(decoder.stopped() == (stop != std::string::npos));
  if (!decoder.stopped()) Require(streamed == whole);
  if (decoder.stopped()) Require(whole.compare(0, streamed.size(), streamed) == 0);
  return 0;
}
