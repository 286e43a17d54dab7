// Text inside of HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace ingot::cli {

// `text` as it may stand between tags and inside of quotes. What is no printable ASCII becomes a
// question mark: names come from drivers and files.
inline std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  return out;
}

}  // namespace ingot::cli
