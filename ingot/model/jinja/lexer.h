// The tokens of a template. White space around tags is settled here, as the model hubs render:
// trim_blocks and lstrip_blocks are on, one newline at the end of the template is dropped, line
// ends become \n.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"

namespace ingot::model::jinja {

enum class TokenKind {
  kData,  // text to print as it is
  kBlockBegin,
  kBlockEnd,
  kPrintBegin,
  kPrintEnd,
  kName,
  kString,  // `text` without quotes, escapes replaced
  kInt,
  kFloat,
  kOperator,
  kEnd,  // of the template; always the last one
};

struct Token {
  TokenKind kind;
  std::string text;
  int line;
};

// Fails with `NAME:LINE: what`.
Result<std::vector<Token>> Tokenize(std::string_view source, std::string_view name);

}  // namespace ingot::model::jinja
