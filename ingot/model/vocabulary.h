// Vocabulary: the tokens of a GGUF file with their types, scores, special ids and flags, checked.
// It says nothing of how a text is cut into tokens.
// Immutable once made: safe to read from any number of threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/gguf.h"
#include "ingot/model/text_index.h"

namespace ingot::model {

enum class TokenizerKind {
  kSpm,      // `llama`: pairs of pieces joined by score
  kByteBpe,  // `gpt2`: merges over bytes, written in an alphabet of 256 printable characters
  kRawBpe,   // `gemma4`: merges over code points, a space being U+2581
};
std::string_view TokenizerKindName(TokenizerKind kind);  // as in tokenizer.ggml.model

enum class TokenType : uint8_t {
  kUndefined,
  kNormal,
  kUnknown,
  kControl,
  kUserDefined,
  kUnused,
  kByte,
};

class Vocabulary {
 public:
  static constexpr int32_t kNone = TextIndex::kNone;
  static constexpr std::string_view kEscapedSpace = "\xE2\x96\x81";  // U+2581

  // Reads `tokenizer.ggml.*`. Nothing of the file is referred to afterwards.
  static Result<Vocabulary> Read(const Gguf& gguf);

  TokenizerKind kind() const { return kind_; }
  size_t size() const { return types_.size(); }
  bool IsToken(int32_t id) const { return id >= 0 && static_cast<size_t>(id) < size(); }

  // All REQUIRE IsToken(id).
  std::string_view Text(int32_t id) const {
    return Slice(texts_, text_ends_, id);
  }  // as in the file
  // The bytes that the token stands for in a text.
  std::string_view Bytes(int32_t id) const { return Slice(bytes_, byte_ends_, id); }
  // Whether text may become the token: not if it is a control, unknown or byte token.
  bool IsPart(int32_t id) const { return parts_[static_cast<size_t>(id)]; }
  TokenType Type(int32_t id) const { return types_[static_cast<size_t>(id)]; }
  float Score(int32_t id) const { return scores_[static_cast<size_t>(id)]; }
  // The token in the form that Find takes.
  std::string_view Key(int32_t id) const {
    return kind_ == TokenizerKind::kByteBpe ? Bytes(id) : Text(id);
  }
  bool IsControl(int32_t id) const {
    return Type(id) == TokenType::kControl || Type(id) == TokenType::kUnknown;
  }

  // The token for which IsPart holds and that a part of a text becomes, or kNone. `part` is in the
  // form that merges work on: bytes for kByteBpe, else escaped text. Of equal ones the lowest id
  // counts.
  int32_t Find(std::string_view part) const {
    if (part.size() > longest_) return kNone;  // before it is hashed
    return index_.Find(part, [this](int32_t id) { return Key(id); });
  }
  // Appends the tokens of bytes that are no token: one for each byte, or where those are missing
  // the unknown token. Fails with kInvalidArgument if there is none either.
  Status AppendFallback(std::string_view bytes, std::vector<int32_t>& ids) const;
  // The token whose text in the file is `text`, of any type; kNone if there is none. Slow.
  int32_t FindText(std::string_view text) const;

  int32_t bos() const { return bos_; }  // kNone where there is none, as for all of these
  int32_t eos() const { return eos_; }
  int32_t eot() const { return eot_; }
  int32_t eom() const { return eom_; }
  int32_t unknown() const { return unknown_; }
  int32_t padding() const { return padding_; }
  bool add_space_prefix() const { return add_space_prefix_; }
  std::optional<bool> add_bos() const { return add_bos_; }  // where the file says so
  bool add_eos() const { return add_eos_; }
  // Ascending. The tokens that end a generation, whichever comes.
  const std::vector<int32_t>& stops() const { return stops_; }

 private:
  friend class VocabularyReader;
  static std::string_view Slice(const std::string& all, const std::vector<uint32_t>& ends,
                                int32_t id) {
    auto i = static_cast<size_t>(id);
    uint32_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(all).substr(begin, ends[i] - begin);
  }

  TokenizerKind kind_ = TokenizerKind::kSpm;
  std::string texts_, bytes_;  // of all tokens, one after the other
  std::vector<uint32_t> text_ends_, byte_ends_;
  std::vector<TokenType> types_;
  std::vector<float> scores_;
  std::vector<bool> parts_;
  TextIndex index_;
  size_t longest_ = 0;  // of the texts in the index
  std::array<int32_t, 256> byte_tokens_{};
  int32_t bos_ = kNone, eos_ = kNone, eot_ = kNone, eom_ = kNone, unknown_ = kNone;
  int32_t padding_ = kNone;
  bool add_space_prefix_ = false, add_eos_ = false;
  std::optional<bool> add_bos_;
  std::vector<int32_t> stops_;
};

// Appends the bytes that `text` stands for in the printable alphabet of byte-level BPE. False if a
// character is not of that alphabet; `out` is then as before.
bool AppendAlphabetBytes(std::string& out, std::string_view text);

}  // namespace ingot::model
