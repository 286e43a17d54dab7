#include <algorithm>
#include <set>

#include "ingot/base/text.h"
#include "ingot/wgsl/literal.h"
#include "ingot/wgsl/token.h"

namespace ingot::wgsl {
namespace {

constexpr std::string_view kKeywords[] = {
    "alias",   "break",      "case",    "const", "const_assert", "continue", "continuing",
    "default", "diagnostic", "discard", "else",  "enable",       "false",    "fn",
    "for",     "if",         "let",     "loop",  "override",     "requires", "return",
    "struct",  "switch",     "true",    "var",   "while"};

// Sorted; one blank between words.
constexpr std::string_view kReserved =
    "NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto "
    "await become cast catch class co_await co_return co_yield coherent column_major common "
    "compile compile_fragment concept const_cast consteval constexpr constinit crate "
    "debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit export "
    "extends extern external fallthrough filter final finally friend from fxgroup get goto "
    "groupshared highp impl implements import inline instanceof interface layout lowp macro "
    "macro_rules match mediump meta mod module move mut mutable namespace new nil noexcept "
    "noinline nointerpolation non_coherent noncoherent noperspective null nullptr of "
    "operator package packoffset partition pass patch pixelfragment precise precision "
    "premerge priv protected pub public readonly ref regardless register reinterpret_cast "
    "require resource restrict self set shared sizeof smooth snorm static static_assert "
    "static_cast std subroutine super target template this thread_local throw trait try type "
    "typedef typeid typename typeof union unless unorm unsafe unsized use using varying "
    "virtual volatile wgsl where with writeonly yield";

// The longest first where one begins another.
constexpr std::string_view kSymbols[] = {
    ">>=", "<<=", "&&", "||", "->", "==", "!=", "<=", ">=", "<<", ">>", "++", "--", "+=", "-=",
    "*=",  "/=",  "%=", "&=", "|=", "^=", "&",  "|",  "^",  "@",  "/",  "!",  "[",  "]",  "{",
    "}",   ":",   ",",  "=",  ">",  "<",  "%",  "-",  ".",  "+",  "(",  ")",  ";",  "*",  "~"};

// Characters beyond ASCII that Unicode keeps for syntax (Pattern_Syntax, which never changes), and
// the byte order mark.
constexpr char32_t kSyntax[][2] = {
    {0xA1, 0xA7},     {0xA9, 0xA9},     {0xAB, 0xAC},     {0xAE, 0xAE},     {0xB0, 0xB1},
    {0xB6, 0xB6},     {0xBB, 0xBB},     {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},
    {0x2010, 0x2027}, {0x2030, 0x203E}, {0x2041, 0x2053}, {0x2055, 0x205E}, {0x2190, 0x245F},
    {0x2500, 0x2775}, {0x2794, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3001, 0x3003}, {0x3008, 0x3020},
    {0x3030, 0x3030}, {0xFD3E, 0xFD3F}, {0xFE45, 0xFE46}, {0xFEFF, 0xFEFF}};

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char32_t c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsLineBreak(char32_t c) {
  return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}
bool IsBlank(char32_t c) {
  return c == ' ' || c == '\t' || IsLineBreak(c) || c == 0x200E || c == 0x200F;
}
bool IsNameStart(char32_t c) {
  if (c < 0x80) return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c < 0xA1 || IsBlank(c)) return false;  // C1 controls and the no-break space too
  return std::ranges::none_of(kSyntax,
                              [c](const auto& range) { return c >= range[0] && c <= range[1]; });
}
bool IsNamePart(char32_t c) { return IsNameStart(c) || IsDigit(c); }

// A code point and its length in bytes; length 0 says that the bytes are no UTF-8.
struct CodePoint {
  char32_t value = 0;
  uint32_t bytes = 0;
};

CodePoint Decode(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const uint32_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  char32_t value = first & (0xFFu >> (bytes + 1));
  for (uint32_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, bytes};
}

// A cursor over the text that keeps its place and reads what both passes need: blanks, comments,
// names and numbers.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool AtEnd() const { return offset_ == text_.size(); }
  size_t offset() const { return offset_; }
  Place place() const { return place_; }
  std::string_view rest() const { return text_.substr(offset_); }
  std::string_view From(size_t begin) const { return text_.substr(begin, offset_ - begin); }
  bool Starts(std::string_view prefix) const { return rest().starts_with(prefix); }
  // 0 at the end; the text was checked to be UTF-8 without zeros.
  char32_t Peek() const { return AtEnd() ? 0 : Decode(rest()).value; }

  void Step() {
    const CodePoint c = Decode(rest());
    offset_ += c.bytes;
    if (IsLineBreak(c.value) && !(c.value == '\r' && Starts("\n"))) {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
  }
  void Skip(size_t ascii) {
    for (size_t i = 0; i < ascii; ++i) Step();
  }

  // Past blanks and comments. False at a block comment that does not end, which begins at
  // open_comment().
  bool SkipBlanks(std::vector<HeaderLine>* header) {
    while (!AtEnd()) {
      if (IsBlank(Peek())) {
        Step();
      } else if (Starts("//")) {
        SkipLineComment(header);
      } else if (Starts("/*")) {
        if (!SkipBlockComment()) return false;
      } else {
        return true;
      }
    }
    return true;
  }

  Place open_comment() const { return open_comment_; }

  std::string_view ReadName() {
    const size_t begin = offset_;
    while (IsNamePart(Peek())) Step();
    return From(begin);
  }
  bool AtNumber() const {
    return IsDigit(Peek()) || (Peek() == '.' && rest().size() > 1 && IsDigit(rest()[1]));
  }
  // Everything that can belong to the number; NumberFault judges its form.
  std::string_view ReadNumber() {
    const size_t begin = offset_;
    const bool hex = Starts("0x") || Starts("0X");
    while (IsNamePart(Peek()) || Peek() == '.') {
      const char32_t c = Peek();
      Step();
      const bool exponent = hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
      if (exponent && (Peek() == '+' || Peek() == '-')) Step();
    }
    return From(begin);
  }

 private:
  void SkipLineComment(std::vector<HeaderLine>* header) {
    const Place place = place_;
    const size_t begin = offset_;
    while (!AtEnd() && !IsLineBreak(Peek())) Step();
    std::string_view line = From(begin);
    if (header == nullptr || !line.starts_with("//!")) return;
    line.remove_prefix(3);
    if (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    header->push_back({std::string(line), place});
  }

  bool SkipBlockComment() {
    open_comment_ = place_;
    for (size_t depth = 0; !AtEnd();) {
      if (Starts("/*")) {
        ++depth;
        Skip(2);
      } else if (Starts("*/")) {
        Skip(2);
        if (--depth == 0) return true;
      } else {
        Step();
      }
    }
    return false;
  }

  std::string_view text_;
  size_t offset_ = 0;
  Place place_;
  Place open_comment_;
};

// The grammar of numeric literals; an empty result means that `text` is one.
std::string_view NumberFault(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  std::string_view rest = text.substr(hex ? 2 : 0);
  auto take_digits = [&](bool hex_digits) {
    size_t count = 0;
    while (count < rest.size() && (hex_digits ? IsHexDigit(rest[count]) : IsDigit(rest[count]))) {
      ++count;
    }
    rest.remove_prefix(count);
    return count;
  };
  auto take = [&](std::string_view letters) {
    if (rest.empty() || letters.find(rest[0]) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  };
  const size_t whole = take_digits(hex);
  const bool point = take(".");
  const size_t fraction = point ? take_digits(hex) : 0;
  if (whole + fraction == 0) return "has no digits";
  const bool exponent = take(hex ? "pP" : "eE");
  if (exponent) {
    take("+-");
    if (take_digits(false) == 0) return "has an exponent without digits";
  }
  const bool is_float = point || exponent;
  if (is_float && (exponent || !hex)) {
    take("fh");
  } else if (!is_float && !take("iu") && !hex) {
    take("fh");
  }
  if (!rest.empty()) return "has an unknown suffix";
  if (!hex && !point && !exponent && whole > 1 && text[0] == '0') return "has a leading zero";
  return {};
}

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Tokens> Run() {
    INGOT_TRY(CheckText());
    FindTemplateLists();
    Cursor at(text_);
    Tokens out;
    for (;;) {
      if (!at.SkipBlanks(&out.header)) {
        return ErrorAt(name_, at.open_comment(), "a block comment has no end");
      }
      if (at.AtEnd()) break;
      INGOT_ASSIGN(Token token, Next(&at));
      out.tokens.push_back(token);
    }
    out.tokens.push_back({TokenKind::kEnd, {}, at.place()});
    return out;
  }

 private:
  Status CheckText() {
    Cursor at(text_);
    while (!at.AtEnd()) {
      const CodePoint c = Decode(at.rest());
      if (c.bytes == 0) {
        const int byte = static_cast<uint8_t>(at.rest()[0]);
        return ErrorAt(name_, at.place(), Format("byte (0x%02X) is no UTF-8", byte));
      }
      if (c.value == 0) return ErrorAt(name_, at.place(), "a zero byte");
      at.Step();
    }
    return {};
  }

  Result<Token> Next(Cursor* at) {
    const Place place = at->place();
    const size_t begin = at->offset();
    const char32_t c = at->Peek();
    if (at->AtNumber()) {
      const std::string_view text = at->ReadNumber();
      const std::string_view fault = NumberFault(text);
      if (!fault.empty()) return ErrorAt(name_, place, StrCat("number (", text, ") ", fault));
      const Result<Scalar> value = ReadNumber(text);
      if (!value.ok()) return ErrorAt(name_, place, value.status().message());
      return Token{TokenKind::kNumber, text, place};
    }
    if (IsNameStart(c)) return Word(at->ReadName(), place);
    if (opens_.contains(begin) || closes_.contains(begin)) {
      at->Step();
      const bool opens = opens_.contains(begin);
      return Token{opens ? TokenKind::kTemplateOpen : TokenKind::kTemplateClose, at->From(begin),
                   place};
    }
    for (std::string_view symbol : kSymbols) {
      if (!at->Starts(symbol)) continue;
      at->Skip(symbol.size());
      return Token{TokenKind::kSymbol, at->From(begin), place};
    }
    at->Step();
    return ErrorAt(name_, place, StrCat("unknown character (", at->From(begin), ")"));
  }

  Result<Token> Word(std::string_view word, Place place) {
    if (word == "_") return Token{TokenKind::kSymbol, word, place};
    if (IsKeyword(word)) return Token{TokenKind::kKeyword, word, place};
    if (IsReserved(word)) {
      return ErrorAt(name_, place, StrCat("word (", word, ") is reserved by WGSL"));
    }
    if (word.starts_with("__")) {
      return ErrorAt(name_, place, StrCat("name (", word, ") starts with two underscores"));
    }
    return Token{TokenKind::kIdentifier, word, place};
  }

  // A `<` after a word may open a list; it does if a `>` follows on the same level of brackets
  // before anything that no list of expressions can hold.
  void FindTemplateLists() {
    struct Candidate {
      size_t offset;
      size_t depth;
    };
    std::vector<Candidate> pending;
    size_t depth = 0;
    auto drop_inner = [&] {
      while (!pending.empty() && pending.back().depth >= depth) pending.pop_back();
    };
    auto drop_all = [&] {
      pending.clear();
      depth = 0;
    };
    Cursor at(text_);
    while (at.SkipBlanks(nullptr) && !at.AtEnd()) {
      if (at.AtNumber()) {
        at.ReadNumber();
        continue;
      }
      if (IsNameStart(at.Peek())) {
        const std::string_view word = at.ReadName();
        if (word == "_" || word == "true" || word == "false") continue;
        if (!at.SkipBlanks(nullptr)) return;
        if (!at.Starts("<")) continue;
        if (!at.Starts("<<") && !at.Starts("<=")) pending.push_back({at.offset(), depth});
        at.Skip(at.Starts("<<") || at.Starts("<=") ? 2 : 1);
        continue;
      }
      const char32_t c = at.Peek();
      if (c == '>') {
        if (!pending.empty() && pending.back().depth == depth) {
          opens_.insert(pending.back().offset);
          closes_.insert(at.offset());
          pending.pop_back();
          at.Step();
        } else {
          at.Skip(at.Starts(">=") ? 2 : 1);
        }
        continue;
      }
      if (at.Starts("!=") || at.Starts("==") || at.Starts("<=")) {
        at.Skip(2);
        continue;
      }
      if (at.Starts("&&") || at.Starts("||")) {
        drop_inner();
        at.Skip(2);
        continue;
      }
      if (c == '(' || c == '[') {
        ++depth;
      } else if (c == ')' || c == ']') {
        drop_inner();
        if (depth > 0) --depth;
      } else if (c == '=' || c == ';' || c == '{' || c == ':') {
        drop_all();
      }
      at.Step();
    }
  }

  std::string_view text_;
  std::string_view name_;
  std::set<size_t> opens_, closes_;  // offsets
};

}  // namespace

bool IsKeyword(std::string_view word) { return std::ranges::binary_search(kKeywords, word); }
bool IsReserved(std::string_view word) {
  static const std::vector<std::string_view> words = Split(kReserved, ' ');
  return std::ranges::binary_search(words, word);
}

Status ErrorAt(Place place, std::string_view what, Code code) {
  return Status(code, StrCat(place.line, ":", place.column, ": ", what));
}

Status InText(std::string_view name, const Status& status) {
  if (status.ok()) return status;
  return Status(status.code(), StrCat(name, ":", status.message()));
}

Status ErrorAt(std::string_view name, Place place, std::string_view what) {
  return InText(name, ErrorAt(place, what));
}

Result<Tokens> Lex(std::string_view text, std::string_view name) { return Lexer(text, name).Run(); }

}  // namespace ingot::wgsl
