// Template text to syntax tree. What can be known without data is checked here: names of filters
// and tests, matching end tags, nesting.
#pragma once

#include <string_view>

#include "ingot/base/status.h"
#include "ingot/model/jinja/tree.h"

namespace ingot::model::jinja {

// `name` stands in messages: `NAME:LINE: what`.
Result<Stmts> Parse(std::string_view source, std::string_view name, const Limits& limits);

}  // namespace ingot::model::jinja
