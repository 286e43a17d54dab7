#include "ingot/model/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "ingot/base/text.h"
#include "ingot/model/jinja/text.h"

namespace ingot::model::jinja {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendUtf8(std::string& out, uint32_t code) {
  const auto add = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

std::string WithPlainLineEnds(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out += source[i];
    } else if (i + 1 == source.size() || source[i + 1] != '\n') {
      out += '\n';
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  Lexer(std::string_view source, std::string_view name)
      : source_(WithPlainLineEnds(source)), name_(name) {}

  Result<std::vector<Token>> Run() {
    while (at_ < source_.size()) INGOT_TRY(Root());
    Add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  // What stands before the next tag, then the tag.
  Status Root() {
    size_t tag = at_;
    while (tag < source_.size() && !StartsTag(tag)) ++tag;
    std::string_view data = std::string_view(source_).substr(at_, tag - at_);
    if (tag == source_.size()) {
      AddData(data);
      at_ = tag;
      return Status();
    }
    const char kind = source_[tag + 1];
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    if (sign == '-') {
      const ByteRange kept = StripRange(data, nullptr, /*left=*/false, /*right=*/true);
      data = data.substr(0, kept.end);
    } else if (sign != '+' && kind != '{') {
      data = WithoutIndent(data);
    }
    AddData(data);
    SkipTo(tag);
    SkipTo(tag + (sign == '-' || sign == '+' ? 3 : 2));
    if (kind == '#') return Comment();
    if (kind == '%' && SkipRawBegin()) return Raw();
    Add(kind == '%' ? TokenKind::kBlockBegin : TokenKind::kPrintBegin, "");
    return Inside(kind == '%');
  }

  bool StartsTag(size_t at) const {
    if (source_[at] != '{' || at + 1 == source_.size()) return false;
    const char next = source_[at + 1];
    return next == '%' || next == '{' || next == '#';
  }

  // lstrip_blocks: blanks between the start of a line and a tag go.
  std::string_view WithoutIndent(std::string_view data) const {
    const size_t newline = data.rfind('\n');
    const size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    if (newline == std::string_view::npos && !line_starting_) return data;
    const ByteRange rest = StripRange(data.substr(start), nullptr, /*left=*/true, /*right=*/false);
    return rest.begin == rest.end ? data.substr(0, start) : data;
  }

  Status Comment() {
    const int line = line_;
    const size_t end = source_.find("#}", at_);
    if (end == std::string::npos) return ErrorAt(line, "a comment has no end (#})");
    const char sign = end > at_ ? source_[end - 1] : '\0';
    SkipTo(end + 2);
    AfterTag(sign, /*trim=*/true);
    return Status();
  }

  // Consumes ` raw %}` where that follows.
  bool SkipRawBegin() {
    size_t at = at_;
    while (at < source_.size() && IsBlank(source_[at])) ++at;
    if (source_.compare(at, 3, "raw") != 0) return false;
    at += 3;
    while (at < source_.size() && IsBlank(source_[at])) ++at;
    const char sign = at < source_.size() && source_[at] == '-' ? '-' : '\0';
    if (sign == '-') ++at;
    if (source_.compare(at, 2, "%}") != 0) return false;
    SkipTo(at + 2);
    AfterTag(sign, /*trim=*/false);
    return true;
  }

  Status Raw() {
    const int line = line_;
    for (size_t tag = source_.find("{%", at_); tag != std::string::npos;
         tag = source_.find("{%", tag + 2)) {
      size_t at = tag + 2;
      char begin_sign = '\0';
      if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) {
        begin_sign = source_[at++];
      }
      while (at < source_.size() && IsBlank(source_[at])) ++at;
      if (source_.compare(at, 6, "endraw") != 0) continue;
      at += 6;
      while (at < source_.size() && IsBlank(source_[at])) ++at;
      char end_sign = '\0';
      if (at < source_.size() && (source_[at] == '-' || source_[at] == '+'))
        end_sign = source_[at++];
      if (source_.compare(at, 2, "%}") != 0) continue;
      std::string_view data = std::string_view(source_).substr(at_, tag - at_);
      if (begin_sign == '-') {
        data = data.substr(0, StripRange(data, nullptr, false, true).end);
      } else if (begin_sign != '+') {
        data = WithoutIndent(data);
      }
      AddData(data);
      SkipTo(at + 2);
      AfterTag(end_sign, /*trim=*/true);
      return Status();
    }
    return ErrorAt(line, "a raw block has no end (endraw)");
  }

  // The tokens of an expression or statement, up to the end of its tag.
  Status Inside(bool is_block) {
    const int line = line_;
    const std::string_view closing = is_block ? "%}" : "}}";
    std::string open;  // brackets not yet closed
    while (true) {
      while (at_ < source_.size() && IsBlank(source_[at_])) SkipTo(at_ + 1);
      if (at_ == source_.size()) {
        return ErrorAt(line, StrCat("a tag has no end (", closing, ")"));
      }
      const char c = source_[at_];
      if (open.empty()) {
        const bool has_sign = c == '-' || (c == '+' && is_block);
        if (source_.compare(at_ + (has_sign ? 1 : 0), 2, closing) == 0) {
          Add(is_block ? TokenKind::kBlockEnd : TokenKind::kPrintEnd, "");
          SkipTo(at_ + (has_sign ? 3 : 2));
          AfterTag(has_sign ? c : '\0', /*trim=*/is_block);
          return Status();
        }
      }
      if (IsNameStart(c)) {
        size_t end = at_;
        while (end < source_.size() && IsNameChar(source_[end])) ++end;
        Add(TokenKind::kName, source_.substr(at_, end - at_));
        SkipTo(end);
      } else if (IsDigit(c)) {
        INGOT_TRY(Number());
      } else if (c == '"' || c == '\'') {
        INGOT_TRY(String());
      } else {
        INGOT_TRY(Operator(open));
      }
    }
  }

  Status Operator(std::string& open) {
    static constexpr std::array<std::string_view, 6> kPairs = {"//", "**", "==", "!=", "<=", ">="};
    const std::string_view rest = std::string_view(source_).substr(at_);
    std::string_view op = rest.substr(0, 1);
    if (std::find(kPairs.begin(), kPairs.end(), rest.substr(0, 2)) != kPairs.end()) {
      op = rest.substr(0, 2);
    }
    if (op.size() == 1 &&
        std::string_view("+-*/%~()[]{}<>=.:|,").find(op) == std::string_view::npos) {
      const unsigned char byte = static_cast<unsigned char>(op[0]);
      return ErrorAt(line_, byte > 0x20 && byte < 0x7F
                                ? StrCat("unexpected character (", op, ")")
                                : Format("unexpected byte (0x%02x)", static_cast<unsigned>(byte)));
    }
    if (op == "(" || op == "[" || op == "{") open += op[0];
    if (op == ")" || op == "]" || op == "}") {
      const char partner = op == ")" ? '(' : op == "]" ? '[' : '{';
      if (open.empty() || open.back() != partner) {
        return ErrorAt(line_, StrCat("unexpected bracket (", op, ")"));
      }
      open.pop_back();
    }
    Add(TokenKind::kOperator, std::string(op));
    SkipTo(at_ + op.size());
    return Status();
  }

  // The end of `digit(_?digit)*` from `at`.
  size_t DigitsEnd(size_t at) const {
    while (at < source_.size()) {
      if (IsDigit(source_[at])) {
        ++at;
      } else if (source_[at] == '_' && at + 1 < source_.size() && IsDigit(source_[at + 1])) {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }
  bool IsDigitAt(size_t at) const { return at < source_.size() && IsDigit(source_[at]); }

  Status Number() {
    size_t end = DigitsEnd(at_);
    bool is_float = false;
    // After a dot a number is an index: `x.0.1`.
    if (at_ == 0 || source_[at_ - 1] != '.') {
      if (end < source_.size() && source_[end] == '.' && IsDigitAt(end + 1)) {
        is_float = true;
        end = DigitsEnd(end + 1);
      }
      if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
        const bool has_sign =
            end + 1 < source_.size() && (source_[end + 1] == '+' || source_[end + 1] == '-');
        const size_t digits = end + (has_sign ? 2 : 1);
        if (IsDigitAt(digits)) {
          is_float = true;
          end = DigitsEnd(digits);
        }
      }
    }
    std::string text = source_.substr(at_, end - at_);
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    if (end < source_.size() && IsNameChar(source_[end])) {
      return ErrorAt(line_, StrCat("a number (", text, ") ends in a letter (", source_[end], ")"));
    }
    Add(is_float ? TokenKind::kFloat : TokenKind::kInt, std::move(text));
    SkipTo(end);
    return Status();
  }

  Status String() {
    const int line = line_;
    const char quote = source_[at_];
    std::string text;
    size_t at = at_ + 1;
    while (at < source_.size() && source_[at] != quote) {
      if (source_[at] == '\\' && at + 1 < source_.size()) {
        at = Escape(at + 1, text);
      } else {
        text += source_[at++];
      }
    }
    if (at >= source_.size()) return ErrorAt(line, "a string has no end");
    Add(TokenKind::kString, std::move(text));
    SkipTo(at + 1);
    return Status();
  }

  // The escape whose letter is at `at`, as Python has it; an unknown one stays as it is. Returns
  // where it ends.
  size_t Escape(size_t at, std::string& text) const {
    static constexpr std::string_view kLetters = "abfnrtv\\'\"";
    static constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\'\"";
    const char c = source_[at];
    if (c == '\n') return at + 1;
    if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
      text += kBytes[letter];
      return at + 1;
    }
    uint32_t code = 0;
    if (c >= '0' && c <= '7') {
      size_t end = at;
      while (end < at + 3 && end < source_.size() && source_[end] >= '0' && source_[end] <= '7') {
        code = code * 8 + static_cast<uint32_t>(source_[end++] - '0');
      }
      AppendUtf8(text, code);
      return end;
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    bool valid = digits > 0 && at + digits < source_.size();
    for (size_t i = 1; valid && i <= digits; ++i) {
      const int digit = HexDigit(source_[at + i]);
      valid = digit >= 0;
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    if (valid && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)) {
      AppendUtf8(text, code);
      return at + 1 + digits;
    }
    text += '\\';
    return at;
  }

  // The white space that a closing tag takes with it: all after `-`, one newline after a plain tag.
  void AfterTag(char sign, bool trim) {
    const size_t tag_end = at_;
    if (sign == '-') {
      SkipTo(at_ + StripRange(std::string_view(source_).substr(at_), nullptr, true, false).begin);
    } else if (sign != '+' && trim && at_ < source_.size() && source_[at_] == '\n') {
      SkipTo(at_ + 1);
    }
    line_starting_ = at_ > tag_end && source_[at_ - 1] == '\n';
  }

  void SkipTo(size_t at) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    at_ = at;
  }
  void Add(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }
  void AddData(std::string_view data) {
    if (!data.empty()) Add(TokenKind::kData, std::string(data));
  }
  Status ErrorAt(int line, std::string_view what) const {
    return Status(Code::kInvalidArgument, StrCat(name_, ":", line, ": ", what));
  }

  const std::string source_;
  const std::string_view name_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view source, std::string_view name) {
  return Lexer(source, name).Run();
}

}  // namespace ingot::model::jinja
