// Tokens of WGSL text, as the standard cuts them.
// `<` and `>` around template arguments are told from comparisons and shifts here, by the
// standard's template list discovery, so a parser needs no second guess.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::wgsl {

// Where something stands; both from 1, columns in code points. All places compare equal, so that
// trees compare by what they say and not by how they are laid out.
struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
  bool operator==(const Place&) const { return true; }
};

enum class TokenKind : uint8_t {
  kIdentifier,
  kKeyword,
  kNumber,
  kSymbol,         // operators and punctuation, `_` included
  kTemplateOpen,   // `<` of a template list
  kTemplateClose,  // `>` of a template list
  kEnd,            // once, at the end
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // part of the text that was read; empty at the end
  Place place;
};

// A comment `//! text`: one leading space and trailing blanks are not part of it.
struct HeaderLine {
  std::string text;
  Place place;
  bool operator==(const HeaderLine&) const = default;
};

struct Tokens {
  std::vector<Token> tokens;  // at least the end
  std::vector<HeaderLine> header;
};

// Fails with `NAME:LINE:COLUMN: ...` on text that is no UTF-8, on unknown characters, open block
// comments, malformed or too large numbers and reserved words. The tokens point into `text`.
// Identifiers may hold any character beyond ASCII that Unicode does not set aside for syntax.
Result<Tokens> Lex(std::string_view text, std::string_view name);

bool IsKeyword(std::string_view word);
// Words that WGSL keeps for later; no name may be one.
bool IsReserved(std::string_view word);
// `NAME:LINE:COLUMN: what`. Where the name of the text is not known, `LINE:COLUMN: what`, for
// InText to complete.
Status ErrorAt(std::string_view name, Place place, std::string_view what);
Status ErrorAt(Place place, std::string_view what, Code code = Code::kInvalidArgument);
Status InText(std::string_view name, const Status& status);

}  // namespace ingot::wgsl
