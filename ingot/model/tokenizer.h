// Tokenizer: text to token ids and back, from the metadata of a GGUF file.
// Three kinds: `llama` (pieces joined by score), `gpt2` (byte-level BPE, cut into pieces by the
// pre-tokenizer that the file names) and `gemma4` (BPE over raw text).
// Immutable: safe to use from any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/bpe.h"
#include "ingot/model/gguf.h"
#include "ingot/model/pretokenizer.h"
#include "ingot/model/special_tokens.h"
#include "ingot/model/spm.h"
#include "ingot/model/vocabulary.h"

namespace ingot::model {

struct EncodeOptions {
  // Add bos and eos as the file asks for. A bos that the text itself begins with, where
  // parse_special reads it, is not added again.
  bool add_special = true;
  // Read control tokens out of the text: for rendered templates, never for what a user wrote.
  bool parse_special = false;
};

struct DecodeOptions {
  bool skip_control = true;  // leave control and unknown tokens out, else write their names
};

class Tokenizer {
 public:
  // Nothing of `gguf` is referred to afterwards. `pre_override` stands in for
  // tokenizer.ggml.pre. Fails with kUnsupported for a kind, and for a missing or unknown
  // pre-tokenizer; with kInvalidArgument or kNotFound for metadata that do not fit together.
  static Result<std::shared_ptr<const Tokenizer>> Load(const Gguf& gguf,
                                                       std::string_view pre_override = {});
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  // Bytes that are not UTF-8 are encoded as they are. Fails with kInvalidArgument for a text of
  // more than 256 MiB, and for one that the tokens cannot express.
  Result<std::vector<int32_t>> Encode(std::string_view text, EncodeOptions options = {}) const;

  // A rendered chat: control tokens count only where all of them lies in a part that is not
  // content, so that nobody forges a turn. The parts are read as one text.
  struct TextPart {
    std::string_view text;
    bool is_content = false;
  };
  Result<std::vector<int32_t>> EncodeParts(std::span<const TextPart> parts, bool add_special) const;

  // Valid UTF-8: what is not becomes U+FFFD. Ids that are no token give nothing. The space that
  // `llama` puts before a text is taken away again.
  std::string Decode(std::span<const int32_t> ids, DecodeOptions options = {}) const;
  // The same without the replacement.
  std::string DecodeBytes(std::span<const int32_t> ids, DecodeOptions options = {}) const;

  // What `id` adds to a text that is not at its start: bytes, maybe part of a code point. Empty for
  // an id that is no token.
  std::string_view Piece(int32_t id, DecodeOptions options = {}) const;

  // Whether the token ends a generation.
  bool IsStop(int32_t id) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  bool adds_bos() const { return adds_bos_; }
  bool adds_eos() const { return vocabulary_.add_eos(); }
  // The name the pre-tokenizer was found by; empty for kinds without one.
  const std::string& pre() const { return pre_; }

 private:
  explicit Tokenizer(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  struct Scratch {
    BpeMerger::Scratch bpe;
    SpmMerger::Scratch spm;
    std::string escaped;
  };
  bool ChooseBos() const;
  Result<std::vector<int32_t>> EncodeText(std::string_view text, bool add_special,
                                          std::span<const SpecialTokens::Range> control) const;
  Status ChoosePretokenizer(const Gguf& gguf, std::string_view pre_override);
  Status EncodePart(std::string_view text, bool after_special, Scratch& scratch,
                    std::vector<int32_t>& ids) const;
  Status EncodeBpe(std::string_view text, Scratch& scratch, std::vector<int32_t>& ids) const;

  Vocabulary vocabulary_;
  SpecialTokens special_;
  std::optional<BpeMerger> bpe_;
  std::optional<SpmMerger> spm_;
  const Pretokenizer* pretokenizer_ = nullptr;
  std::string pre_;
  bool adds_bos_ = false;
};

// Takes the space away that `llama` puts before a text: only from the first token of the text,
// control tokens not counted.
class SpacePrefix {
 public:
  explicit SpacePrefix(const Tokenizer& tokenizer)
      : tokenizer_(&tokenizer), pending_(tokenizer.vocabulary().add_space_prefix()) {}
  // The piece of the next token without that space.
  std::string_view Strip(int32_t id, std::string_view piece);

 private:
  const Tokenizer* tokenizer_;
  bool pending_;
};

}  // namespace ingot::model
