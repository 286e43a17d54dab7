#include "ingot/model/vocabulary.h"

#include <algorithm>
#include <limits>

#include "ingot/base/text.h"
#include "ingot/model/unicode.h"

namespace ingot::model {
namespace {

constexpr std::string_view kPrefix = "tokenizer.ggml.";
constexpr size_t kMaxTokens = size_t{1} << 24;
constexpr uint64_t kMaxTextBytes = uint64_t{1} << 31;

// Tokens that end a turn or a text wherever they exist, whatever type the file gives them.
constexpr std::string_view kStopTexts[] = {"<|eot_id|>",
                                           "<|eom_id|>",
                                           "<|im_end|>",
                                           "<end_of_turn>",
                                           "<|endoftext|>",
                                           "<|end_of_text|>",
                                           "<|return|>",
                                           "<|call|>",
                                           "<turn|>",
                                           "<\xEF\xBD\x9C"
                                           "end\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>"};
// Ends a turn, but only a message in formats that have both of the others.
constexpr std::string_view kEndText = "<|end|>", kReturnText = "<|return|>", kCallText = "<|call|>";

// The byte of each character of the alphabet, which ends before U+0144; -1 for no member.
std::array<int16_t, 0x144> MakeAlphabet() {
  std::array<int16_t, 0x144> bytes;
  bytes.fill(-1);
  uint32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    bytes[printable ? static_cast<uint32_t>(byte) : next++] = static_cast<int16_t>(byte);
  }
  return bytes;
}

// The byte of `<0xHH>`, or -1.
int ParseByteToken(std::string_view text) {
  if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>') return -1;
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  int high = digit(text[3]), low = digit(text[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void AppendUnescaped(std::string& out, std::string_view text) {
  constexpr std::string_view kSpace = Vocabulary::kEscapedSpace;
  for (size_t at = 0;;) {
    size_t next = text.find(kSpace, at);
    out += text.substr(at, next - at);
    if (next == std::string_view::npos) return;
    out += ' ';
    at = next + kSpace.size();
  }
}

std::string KeyOf(std::string_view name) { return StrCat(kPrefix, name); }

}  // namespace

std::string_view TokenizerKindName(TokenizerKind kind) {
  switch (kind) {
    case TokenizerKind::kSpm:
      return "llama";
    case TokenizerKind::kByteBpe:
      return "gpt2";
    case TokenizerKind::kRawBpe:
      return "gemma4";
  }
  return "";
}

bool AppendAlphabetBytes(std::string& out, std::string_view text) {
  static const std::array<int16_t, 0x144> kAlphabet = MakeAlphabet();
  size_t before = out.size();
  for (size_t at = 0; at < text.size();) {
    Utf8Step step = ReadUtf8(text, at);
    int byte = step.code_point < kAlphabet.size() ? kAlphabet[step.code_point] : -1;
    if (byte < 0) {
      out.resize(before);
      return false;
    }
    out += static_cast<char>(byte);
    at += step.length;
  }
  return true;
}

class VocabularyReader {
 public:
  explicit VocabularyReader(const Gguf& gguf) : gguf_(gguf) {}

  Result<Vocabulary> Read() {
    INGOT_TRY(ReadKind());
    INGOT_TRY(ReadTypesAndScores());
    INGOT_TRY(ReadTexts());
    INGOT_TRY(ReadSpecialIds());
    FindStops();
    BuildBytes();
    BuildIndex();
    return std::move(vocabulary_);
  }

 private:
  Status Invalid(std::string_view message) const {
    return Status(Code::kInvalidArgument, StrCat(gguf_.name(), ": ", message));
  }

  Status ReadKind() {
    INGOT_ASSIGN(std::string_view name, gguf_.String(KeyOf("model")));
    const TokenizerKind kinds[] = {TokenizerKind::kSpm, TokenizerKind::kByteBpe,
                                   TokenizerKind::kRawBpe};
    std::vector<std::string> known;
    for (TokenizerKind kind : kinds) {
      known.emplace_back(TokenizerKindName(kind));
      if (TokenizerKindName(kind) != name) continue;
      vocabulary_.kind_ = kind;
      return {};
    }
    return Status(Code::kUnsupported, StrCat(gguf_.name(), ": tokenizer.ggml.model (", name,
                                             ") is none of (", Join(known, ", "), ")"));
  }

  Status ReadTypesAndScores() {
    INGOT_ASSIGN(tokens_, gguf_.Strings(KeyOf("tokens")));
    size_t count = tokens_->size();
    if (count == 0 || count > kMaxTokens) {
      return Invalid(
          StrCat("tokenizer.ggml.tokens: tokens (", count, ") are not in 1..", kMaxTokens));
    }
    vocabulary_.types_.assign(count, TokenType::kNormal);
    if (gguf_.Find(KeyOf("token_type")) != nullptr) {
      INGOT_ASSIGN(const GgufValue::Ints* types, gguf_.Ints(KeyOf("token_type")));
      INGOT_TRY(SameLength("token_type", types->size()));
      for (size_t i = 0; i < count; ++i) {
        int64_t type = (*types)[i];
        if (type < 0 || type > static_cast<int64_t>(TokenType::kByte)) {
          return Invalid(StrCat("tokenizer.ggml.token_type: type (", type, ") of token (", i,
                                ") is not in 0..6"));
        }
        vocabulary_.types_[i] = static_cast<TokenType>(type);
      }
    }
    vocabulary_.scores_.assign(count, 0.0f);
    if (vocabulary_.kind_ != TokenizerKind::kSpm) return {};
    INGOT_ASSIGN(const GgufValue::Floats* scores, gguf_.Floats(KeyOf("scores")));
    INGOT_TRY(SameLength("scores", scores->size()));
    for (size_t i = 0; i < count; ++i) {
      auto score = static_cast<float>((*scores)[i]);
      if (score != score) {
        return Invalid(StrCat("tokenizer.ggml.scores: score of token (", i, ") is not a number"));
      }
      vocabulary_.scores_[i] = score;
    }
    return {};
  }

  Status SameLength(std::string_view key, size_t length) const {
    if (length == tokens_->size()) return {};
    return Invalid(StrCat("tokenizer.ggml.", key, ": values (", length, ") are not the tokens (",
                          tokens_->size(), ")"));
  }

  Status ReadTexts() {
    uint64_t bytes = 0;
    for (std::string_view text : *tokens_) bytes += text.size();
    if (bytes > kMaxTextBytes) {
      return Invalid(
          StrCat("tokenizer.ggml.tokens: bytes (", bytes, ") are more than (", kMaxTextBytes, ")"));
    }
    vocabulary_.texts_.reserve(bytes);
    vocabulary_.text_ends_.reserve(tokens_->size());
    for (std::string_view text : *tokens_) {
      vocabulary_.texts_ += text;
      vocabulary_.text_ends_.push_back(static_cast<uint32_t>(vocabulary_.texts_.size()));
    }
    return {};
  }

  // `fallback` counts where the file has no such key. All ones is how files say "none".
  Result<int32_t> ReadId(std::string_view name, int32_t fallback) const {
    if (gguf_.Find(KeyOf(name)) == nullptr) {
      return vocabulary_.IsToken(fallback) ? fallback : Vocabulary::kNone;
    }
    INGOT_ASSIGN(int64_t id, gguf_.Int(KeyOf(name)));
    if (id == -1 || id == std::numeric_limits<uint32_t>::max()) return Vocabulary::kNone;
    if (id < 0 || static_cast<uint64_t>(id) >= vocabulary_.size()) {
      return Invalid(StrCat("tokenizer.ggml.", name, ": id (", id, ") is not below the tokens (",
                            vocabulary_.size(), ")"));
    }
    return static_cast<int32_t>(id);
  }

  Result<std::optional<bool>> ReadFlag(std::string_view name) const {
    if (gguf_.Find(KeyOf(name)) == nullptr) return std::optional<bool>();
    INGOT_ASSIGN(bool value, gguf_.Bool(KeyOf(name)));
    return std::optional<bool>(value);
  }

  Status ReadSpecialIds() {
    Vocabulary& v = vocabulary_;
    bool spm = v.kind_ == TokenizerKind::kSpm;
    INGOT_ASSIGN(v.bos_, ReadId("bos_token_id", spm ? 1 : Vocabulary::kNone));
    INGOT_ASSIGN(v.eos_, ReadId("eos_token_id", spm ? 2 : Vocabulary::kNone));
    INGOT_ASSIGN(v.unknown_, ReadId("unknown_token_id", spm ? 0 : Vocabulary::kNone));
    INGOT_ASSIGN(v.eot_, ReadId("eot_token_id", Vocabulary::kNone));
    INGOT_ASSIGN(v.eom_, ReadId("eom_token_id", Vocabulary::kNone));
    INGOT_ASSIGN(v.padding_, ReadId("padding_token_id", Vocabulary::kNone));
    INGOT_ASSIGN(v.add_bos_, ReadFlag("add_bos_token"));
    INGOT_ASSIGN(std::optional<bool> add_eos, ReadFlag("add_eos_token"));
    INGOT_ASSIGN(std::optional<bool> space, ReadFlag("add_space_prefix"));
    v.add_eos_ = add_eos.value_or(false);
    v.add_space_prefix_ = spm && space.value_or(true);
    if (v.add_bos_.value_or(false) && v.bos_ == Vocabulary::kNone) {
      return Invalid("tokenizer.ggml.add_bos_token is true, but there is no bos_token_id");
    }
    if (v.add_eos_ && v.eos_ == Vocabulary::kNone) {
      return Invalid("tokenizer.ggml.add_eos_token is true, but there is no eos_token_id");
    }
    return {};
  }

  void FindStops() {
    Vocabulary& v = vocabulary_;
    std::vector<int32_t> stops = {v.eos_, v.eot_, v.eom_};
    int32_t end = Vocabulary::kNone;
    bool has_return = false, has_call = false;
    for (size_t i = 0; i < v.size(); ++i) {
      auto id = static_cast<int32_t>(i);
      std::string_view text = v.Text(id);
      if (text.empty() || text[0] != '<') continue;
      if (text == kEndText) end = id;
      has_return |= text == kReturnText;
      has_call |= text == kCallText;
      if (std::find(std::begin(kStopTexts), std::end(kStopTexts), text) == std::end(kStopTexts)) {
        continue;
      }
      // Else a user could write the end of a turn.
      v.types_[i] = TokenType::kControl;
      stops.push_back(id);
    }
    if (!(has_return && has_call)) stops.push_back(end);
    std::sort(stops.begin(), stops.end());
    stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
    if (stops.front() == Vocabulary::kNone) stops.erase(stops.begin());
    v.stops_ = std::move(stops);
  }

  void BuildBytes() {
    Vocabulary& v = vocabulary_;
    v.bytes_.reserve(v.texts_.size());
    v.byte_ends_.reserve(v.size());
    v.parts_.assign(v.size(), false);
    v.byte_tokens_.fill(Vocabulary::kNone);
    for (size_t i = v.size(); i-- > 0;) {  // so that the lowest id of equal ones counts
      int byte =
          v.kind_ == TokenizerKind::kByteBpe ? -1 : ParseByteToken(v.Text(static_cast<int32_t>(i)));
      if (byte >= 0) v.byte_tokens_[static_cast<size_t>(byte)] = static_cast<int32_t>(i);
    }
    for (size_t i = 0; i < v.size(); ++i) {
      v.parts_[i] = AppendBytes(static_cast<int32_t>(i));
      v.byte_ends_.push_back(static_cast<uint32_t>(v.bytes_.size()));
    }
  }

  // Appends what a token stands for; true if merging text may give the token.
  bool AppendBytes(int32_t id) {
    Vocabulary& v = vocabulary_;
    std::string_view text = v.Text(id);
    TokenType type = v.Type(id);
    int byte = ParseByteToken(text);
    if (type == TokenType::kByte && byte >= 0) {
      v.bytes_ += static_cast<char>(byte);
      return false;
    }
    if (v.IsControl(id) || type == TokenType::kByte) {
      v.bytes_ += text;
      return false;
    }
    if (v.kind_ == TokenizerKind::kByteBpe) {
      if (type != TokenType::kUserDefined) {
        if (AppendAlphabetBytes(v.bytes_, text)) return !text.empty();
      }
      v.bytes_ += text;
      return false;
    }
    if (type == TokenType::kUserDefined) {
      v.bytes_ += text;
    } else {
      AppendUnescaped(v.bytes_, text);
    }
    return !text.empty();
  }

  void BuildIndex() {
    Vocabulary& v = vocabulary_;
    v.index_ = TextIndex(v.size());
    auto key = [&v](int32_t id) { return v.Key(id); };
    for (size_t i = 0; i < v.size(); ++i) {
      if (!v.parts_[i]) continue;
      auto id = static_cast<int32_t>(i);
      v.longest_ = std::max(v.longest_, v.Key(id).size());
      v.index_.Add(v.Key(id), id, key);
    }
    if (v.kind_ != TokenizerKind::kByteBpe) return;
    for (size_t byte = 0; byte < 256; ++byte) {
      char text = static_cast<char>(byte);
      int32_t id = v.Find(std::string_view(&text, 1));
      if (id != Vocabulary::kNone) v.byte_tokens_[byte] = id;
    }
  }

  const Gguf& gguf_;
  const GgufValue::Strings* tokens_ = nullptr;
  Vocabulary vocabulary_;
};

Result<Vocabulary> Vocabulary::Read(const Gguf& gguf) { return VocabularyReader(gguf).Read(); }

Status Vocabulary::AppendFallback(std::string_view bytes, std::vector<int32_t>& ids) const {
  size_t before = ids.size();
  for (char c : bytes) {
    int32_t id = byte_tokens_[static_cast<uint8_t>(c)];
    if (id != kNone) {
      ids.push_back(id);
      continue;
    }
    if (unknown_ == kNone) {
      return Status(Code::kInvalidArgument,
                    StrCat("byte (", static_cast<uint32_t>(static_cast<uint8_t>(c)),
                           ") has no token, and there is no unknown token"));
    }
    ids.resize(before);
    ids.push_back(unknown_);
    return {};
  }
  return {};
}

int32_t Vocabulary::FindText(std::string_view text) const {
  for (size_t i = 0; i < size(); ++i) {
    if (Text(static_cast<int32_t>(i)) == text) return static_cast<int32_t>(i);
  }
  return kNone;
}

}  // namespace ingot::model
