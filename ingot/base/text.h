// Text without locale: joining, splitting, numbers, the nearest name for an error message, indented
// lines.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ingot {

// How StrCat writes one value: text as it is, integers in decimal, floats in the shortest form that
// reads back equal, bool as true or false.
void AppendText(std::string& out, std::string_view value);
void AppendText(std::string& out, char value);
void AppendText(std::string& out, bool value);
void AppendText(std::string& out, double value);
void AppendText(std::string& out, float value);
void AppendText(std::string& out, int64_t value);
void AppendText(std::string& out, uint64_t value);

// All arguments as text, one after the other.
template <typename... Args>
std::string StrCat(const Args&... args) {
  std::string out;
  auto append = [&out](const auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char>) {
      AppendText(out, value);
    } else if constexpr (std::signed_integral<T>) {
      AppendText(out, static_cast<int64_t>(value));
    } else if constexpr (std::unsigned_integral<T>) {
      AppendText(out, static_cast<uint64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      AppendText(out, value);
    } else {
      AppendText(out, std::string_view(value));
    }
  };
  (append(args), ...);
  return out;
}

// printf-style formatting for tables and fixed decimals.
[[gnu::format(printf, 1, 2)]] std::string Format(const char* format, ...);

// The items as text with `separator` between them.
template <typename Range>
std::string Join(const Range& range, std::string_view separator) {
  std::string out;
  bool first = true;
  for (const auto& item : range) {
    if (!first) out += separator;
    first = false;
    out += StrCat(item);
  }
  return out;
}

// Pieces between separators; an empty text gives no piece, `a,,b` gives an empty one.
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string_view Trim(std::string_view text);  // without ASCII white space at both ends
std::string ToLower(std::string_view text);    // ASCII only

// The whole text as a number, or nothing; no white space, no locale.
std::optional<int64_t> ParseInt(std::string_view text);
std::optional<uint64_t> ParseUint(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);

// The name of `names` with the fewest edits from `name`, or an empty string if none is near.
std::string Nearest(std::string_view name, std::span<const std::string> names);
// `, nearest is (NAME)`, or an empty string: the tail of an `unknown ...` message.
std::string NearestHint(std::string_view name, std::span<const std::string> names);

// 1234567 as `1.2 MB`; decimal units.
std::string HumanBytes(uint64_t bytes);

// A text of indented lines.
class LineWriter {
 public:
  explicit LineWriter(int spaces = 2) : spaces_(spaces) {}
  void Line(std::string_view text);
  void Indent() { ++depth_; }
  void Outdent() { --depth_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int spaces_;
  int depth_ = 0;
};

}  // namespace ingot
