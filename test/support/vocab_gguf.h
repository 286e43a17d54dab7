// A GGUF file in memory that holds metadata only: vocabularies for tests.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/model/gguf.h"

namespace ingot::test {

class VocabGguf {
 public:
  VocabGguf& String(std::string_view key, std::string_view value) {
    Key(key, model::GgufType::kString);
    Text(value);
    return *this;
  }
  VocabGguf& U32(std::string_view key, uint32_t value) {
    Key(key, model::GgufType::kU32);
    Put(value);
    return *this;
  }
  VocabGguf& Bool(std::string_view key, bool value) {
    Key(key, model::GgufType::kBool);
    Put(static_cast<uint8_t>(value));
    return *this;
  }
  VocabGguf& Strings(std::string_view key, const std::vector<std::string>& values) {
    Array(key, model::GgufType::kString, values.size());
    for (const std::string& value : values) Text(value);
    return *this;
  }
  VocabGguf& Ints(std::string_view key, const std::vector<int32_t>& values) {
    Array(key, model::GgufType::kI32, values.size());
    for (int32_t value : values) Put(value);
    return *this;
  }
  VocabGguf& Floats(std::string_view key, const std::vector<float>& values) {
    Array(key, model::GgufType::kF32, values.size());
    for (float value : values) Put(value);
    return *this;
  }

  std::shared_ptr<const model::Gguf> Parse() const {
    auto bytes = std::make_shared<std::string>("GGUF");
    uint32_t version = 3;
    uint64_t tensors = 0;
    bytes->append(reinterpret_cast<const char*>(&version), sizeof(version));
    bytes->append(reinterpret_cast<const char*>(&tensors), sizeof(tensors));
    bytes->append(reinterpret_cast<const char*>(&keys_), sizeof(keys_));
    bytes->append(body_);
    auto parsed = model::Gguf::Parse(std::as_bytes(std::span(bytes->data(), bytes->size())),
                                     "test.gguf", bytes);
    if (!parsed.ok()) std::abort();
    return *parsed;
  }

 private:
  template <typename T>
  void Put(T value) {
    body_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void Text(std::string_view text) {
    Put(static_cast<uint64_t>(text.size()));
    body_ += text;
  }
  // Keys are written without their common beginning.
  void Key(std::string_view key, model::GgufType type) {
    ++keys_;
    Text("tokenizer.ggml." + std::string(key));
    Put(static_cast<uint32_t>(type));
  }
  void Array(std::string_view key, model::GgufType element, size_t size) {
    Key(key, model::GgufType::kArray);
    Put(static_cast<uint32_t>(element));
    Put(static_cast<uint64_t>(size));
  }

  std::string body_;
  uint64_t keys_ = 0;
};

// The printable character of byte-level BPE for a byte, written out by its definition.
inline std::string ByteCharacter(uint8_t byte) {
  uint32_t code = byte;
  auto printable = [](uint32_t b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  };
  if (!printable(byte)) {
    code = 256;
    for (uint32_t b = 0; b < byte; ++b) code += !printable(b);
  }
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

inline std::string ByteText(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += ByteCharacter(static_cast<uint8_t>(c));
  return text;
}

// The tokens of a vocabulary under construction.
struct TokenList {
  std::vector<std::string> texts;
  std::vector<int32_t> types;
  std::vector<float> scores;
  int32_t Add(std::string text, int32_t type = 1, float score = 0) {
    texts.push_back(std::move(text));
    types.push_back(type);
    scores.push_back(score);
    return static_cast<int32_t>(texts.size()) - 1;
  }
  // `<0x00>` to `<0xFF>`.
  void AddBytes() {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (int byte = 0; byte < 256; ++byte) {
      Add(std::string("<0x") + kHex[byte >> 4] + kHex[byte & 15] + ">", 6);
    }
  }
  void AddByteCharacters() {
    for (int byte = 0; byte < 256; ++byte) Add(ByteCharacter(static_cast<uint8_t>(byte)));
  }
  VocabGguf Write(std::string_view kind) const {
    VocabGguf gguf;
    gguf.String("model", kind).Strings("tokens", texts).Ints("token_type", types);
    if (kind == "llama") gguf.Floats("scores", scores);
    return gguf;
  }
};

}  // namespace ingot::test
