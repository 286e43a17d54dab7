#include "ingot/cli/text_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ingot/base/text.h"

namespace ingot::cli {
namespace {

using Lines = std::vector<std::string_view>;

struct Entry {
  char mark;
  std::string_view line;
};

// common[i][j]: the most lines that a from i on and b from j on have in common, in order.
std::vector<Entry> Align(const Lines& a, const Lines& b) {
  const size_t width = b.size() + 1;
  std::vector<uint32_t> common((a.size() + 1) * width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i * width + j] =
          a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<Entry> entries;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      entries.push_back({' ', a[i++]});
      ++j;
    } else if (j == b.size() ||
               (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      entries.push_back({'-', a[i++]});
    } else {
      entries.push_back({'+', b[j++]});
    }
  }
  return entries;
}

}  // namespace

std::string LineDiff(std::string_view a, std::string_view b) {
  constexpr size_t kContext = 3;
  if (a == b) return "";
  const std::vector<Entry> entries = Align(Split(a, '\n'), Split(b, '\n'));
  std::vector<bool> shown(entries.size(), false);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].mark == ' ') continue;
    const size_t begin = i < kContext ? 0 : i - kContext;
    const size_t end = std::min(i + kContext + 1, entries.size());
    for (size_t near = begin; near < end; ++near) shown[near] = true;
  }
  std::string out;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (shown[i]) {
      out += StrCat(entries[i].mark, entries[i].line, "\n");
    } else if (i == 0 || shown[i - 1]) {
      out += "...\n";
    }
  }
  return out;
}

}  // namespace ingot::cli
