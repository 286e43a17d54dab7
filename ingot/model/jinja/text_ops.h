// Operations on texts that methods and filters share; all carry the marks of content along.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/jinja/text.h"
#include "ingot/model/jinja/value.h"

namespace ingot::model::jinja {

enum class Case { kUpper, kLower, kTitle, kSentence };

// ASCII letters change case, all else stays.
std::string ToCase(std::string_view bytes, Case form);
// At most `limit` cuts if it is not negative. REQUIRES: separator is not empty.
std::vector<Text> SplitAt(const Text& text, std::string_view separator, int64_t limit,
                          bool from_right);
// At runs of white space, without empty pieces.
std::vector<Text> SplitAtSpace(const Text& text, int64_t limit, bool from_right);
std::vector<Text> SplitLines(const Text& text, bool keep_ends);
// At most `limit` times if it is not negative; an empty `from` stands before every character and at
// the end.
Result<Text> Replace(const Text& text, std::string_view from, const Text& to, int64_t limit,
                     Budget& budget);
Result<Text> JoinTexts(const std::vector<Value>& items, const Text& separator, Budget& budget);

}  // namespace ingot::model::jinja
