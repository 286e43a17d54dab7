// What changed between two texts, line by line.
#pragma once

#include <string>
#include <string_view>

namespace ingot::cli {

// Lines of both in order: ` ` in front of common ones, `-` of those of `a`, `+` of those of `b`, as
// few of the last two as can be. Common lines further than three from a change are left out, a line
// `...` in their place. Empty if the texts are equal. REQUIRES: at most some ten thousand lines.
std::string LineDiff(std::string_view a, std::string_view b);

}  // namespace ingot::cli
