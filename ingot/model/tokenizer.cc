#include "ingot/model/tokenizer.h"

#include <algorithm>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/unicode.h"

namespace ingot::model {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 28;  // tripled by escaping, still 32 bits

void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t at = 0;;) {
    size_t next = text.find(' ', at);
    out += text.substr(at, next - at);
    if (next == std::string_view::npos) return;
    out += Vocabulary::kEscapedSpace;
    at = next + 1;
  }
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> Tokenizer::Load(const Gguf& gguf,
                                                         std::string_view pre_override) {
  INGOT_ASSIGN(Vocabulary vocabulary, Vocabulary::Read(gguf));
  std::shared_ptr<Tokenizer> tokenizer(new Tokenizer(std::move(vocabulary)));
  const Vocabulary& own = tokenizer->vocabulary_;
  INGOT_TRY(tokenizer->ChoosePretokenizer(gguf, pre_override));
  INGOT_ASSIGN(tokenizer->special_, SpecialTokens::Make(own).At(gguf.name()));
  if (own.kind() == TokenizerKind::kSpm) {
    tokenizer->spm_.emplace(own);
  } else {
    INGOT_ASSIGN(BpeMerger bpe, BpeMerger::Make(gguf, own));
    tokenizer->bpe_.emplace(std::move(bpe));
  }
  tokenizer->adds_bos_ = tokenizer->ChooseBos();
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

bool Tokenizer::ChooseBos() const {
  if (vocabulary_.bos() == Vocabulary::kNone) return false;
  // Models of this kind need it, and files exist that deny it.
  if (vocabulary_.kind() == TokenizerKind::kRawBpe) return true;
  if (vocabulary_.kind() == TokenizerKind::kSpm) return vocabulary_.add_bos().value_or(true);
  return vocabulary_.add_bos().value_or(pretokenizer_->adds_bos);
}

Status Tokenizer::ChoosePretokenizer(const Gguf& gguf, std::string_view pre_override) {
  if (vocabulary_.kind() == TokenizerKind::kSpm) return {};
  if (vocabulary_.kind() == TokenizerKind::kRawBpe) {
    pretokenizer_ = &LinePretokenizer();
    return {};
  }
  pre_ = std::string(pre_override);
  if (pre_.empty()) {
    if (gguf.Find("tokenizer.ggml.pre") == nullptr) {
      return Status(Code::kUnsupported,
                    StrCat(gguf.name(),
                           ": no key (tokenizer.ggml.pre): the pre-tokenizer must be "
                           "named"));
    }
    INGOT_ASSIGN(std::string_view pre, gguf.String("tokenizer.ggml.pre"));
    pre_ = std::string(pre);
  }
  pretokenizer_ = FindPretokenizer(pre_);
  if (pretokenizer_ != nullptr) return {};
  return Status(Code::kUnsupported, StrCat(gguf.name(), ": unknown pre-tokenizer (", pre_, ")",
                                           NearestHint(pre_, PretokenizerNames())));
}

Status Tokenizer::EncodeBpe(std::string_view text, Scratch& scratch,
                            std::vector<int32_t>& ids) const {
  bool raw = vocabulary_.kind() == TokenizerKind::kRawBpe;
  size_t begin = 0;
  for (uint32_t end : SplitText(*pretokenizer_, text)) {
    std::string_view piece = text.substr(begin, end - begin);
    begin = end;
    // A run of line feeds is a token before its merges are asked for.
    if (pretokenizer_->takes_whole_pieces || piece.size() == 1 || (raw && piece[0] == '\n')) {
      int32_t whole = vocabulary_.Find(piece);
      if (whole != Vocabulary::kNone) {
        ids.push_back(whole);
        continue;
      }
    }
    INGOT_TRY(bpe_->Encode(piece, scratch.bpe, ids));
  }
  return {};
}

Status Tokenizer::EncodePart(std::string_view text, bool after_special, Scratch& scratch,
                             std::vector<int32_t>& ids) const {
  if (vocabulary_.kind() == TokenizerKind::kByteBpe) return EncodeBpe(text, scratch, ids);
  scratch.escaped.clear();
  if (after_special && vocabulary_.add_space_prefix()) {
    scratch.escaped += Vocabulary::kEscapedSpace;
  }
  AppendEscaped(scratch.escaped, text);
  if (spm_.has_value()) return spm_->Encode(scratch.escaped, scratch.spm, ids);
  return EncodeBpe(scratch.escaped, scratch, ids);
}

Result<std::vector<int32_t>> Tokenizer::Encode(std::string_view text, EncodeOptions options) const {
  const SpecialTokens::Range whole{0, text.size()};
  return EncodeText(text, options.add_special, std::span(&whole, options.parse_special ? 1u : 0u));
}

Result<std::vector<int32_t>> Tokenizer::EncodeParts(std::span<const TextPart> parts,
                                                    bool add_special) const {
  std::string text;
  std::vector<SpecialTokens::Range> control;
  for (const TextPart& part : parts) {
    if (!part.is_content && !part.text.empty()) {
      bool joins = !control.empty() && control.back().end == text.size();
      if (!joins) control.push_back({text.size(), text.size()});
      control.back().end = text.size() + part.text.size();
    }
    text += part.text;
  }
  return EncodeText(text, add_special, control);
}

Result<std::vector<int32_t>> Tokenizer::EncodeText(
    std::string_view text, bool add_special, std::span<const SpecialTokens::Range> control) const {
  if (text.size() > kMaxTextBytes) {
    return Status(Code::kInvalidArgument,
                  StrCat("text: bytes (", text.size(), ") are more than (", kMaxTextBytes, ")"));
  }
  std::vector<SpecialTokens::Part> parts = special_.Cut(text, control);
  std::vector<int32_t> ids;
  bool has_bos = !parts.empty() && parts[0].token == vocabulary_.bos();
  if (add_special && adds_bos_ && !has_bos) ids.push_back(vocabulary_.bos());
  Scratch scratch;
  bool after_special = true;
  for (const SpecialTokens::Part& part : parts) {
    if (part.token != Vocabulary::kNone) {
      ids.push_back(part.token);
    } else {
      INGOT_TRY(EncodePart(part.text, after_special, scratch, ids).At("text"));
    }
    after_special = part.token != Vocabulary::kNone;
  }
  if (add_special && adds_eos()) ids.push_back(vocabulary_.eos());
  return ids;
}

std::string_view Tokenizer::Piece(int32_t id, DecodeOptions options) const {
  if (!vocabulary_.IsToken(id)) return {};
  if (options.skip_control && vocabulary_.IsControl(id)) return {};
  return vocabulary_.Bytes(id);
}

std::string Tokenizer::DecodeBytes(std::span<const int32_t> ids, DecodeOptions options) const {
  std::string bytes;
  SpacePrefix prefix(*this);
  for (int32_t id : ids) bytes += prefix.Strip(id, Piece(id, options));
  return bytes;
}

std::string Tokenizer::Decode(std::span<const int32_t> ids, DecodeOptions options) const {
  std::string bytes = DecodeBytes(ids, options);
  std::string text;
  text.reserve(bytes.size());
  if (AppendWholeUtf8(text, bytes) < bytes.size()) text += kReplacementText;
  return text;
}

std::string_view SpacePrefix::Strip(int32_t id, std::string_view piece) {
  const Vocabulary& vocabulary = tokenizer_->vocabulary();
  if (!pending_ || !vocabulary.IsToken(id) || vocabulary.IsControl(id)) return piece;
  pending_ = false;
  if (piece.substr(0, 1) == " ") piece.remove_prefix(1);
  return piece;
}

bool Tokenizer::IsStop(int32_t id) const {
  return std::binary_search(vocabulary_.stops().begin(), vocabulary_.stops().end(), id);
}

}  // namespace ingot::model
