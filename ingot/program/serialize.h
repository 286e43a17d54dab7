// The one text form of a Program: docs/formats/program.md has its grammar.
#pragma once

#include <string>
#include <string_view>

#include "ingot/program/program.h"

namespace ingot::program {

// JSON, one buffer and one dispatch a line, stable. Parse(Print(p)) == p.
// REQUIRES: binding buffers are in range, buffer names unique, text is UTF-8, numbers finite.
std::string Print(const Program& program);
// Refuses unknown, missing and repeated keys, newer versions and values out of range, with
// `NAME:LINE: `. The result is well-formed but not yet checked (check.h).
Result<Program> Parse(std::string_view text, std::string_view name);

}  // namespace ingot::program
