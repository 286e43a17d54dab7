// EXPECT_GOLDEN(text, path): `text` is what the file of the repository holds. With
// INGOT_UPDATE_GOLDEN=1 in the environment the file is written instead.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::test {

// Where two texts part: line, column, and what stands there in both.
inline std::string FirstDifference(std::string_view got, std::string_view want) {
  auto [at, end] = std::mismatch(got.begin(), got.end(), want.begin(), want.end());
  const size_t same = static_cast<size_t>(at - got.begin());
  const std::string_view before = got.substr(0, same);
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  // The rest of the line, with a little of what both have in front of it.
  auto shown = [&](std::string_view text) {
    constexpr size_t kBefore = 60, kAfter = 100;
    if (same == text.size()) return std::string("the text ends");
    const size_t begin = same - std::min(kBefore, same - line_begin);
    const size_t line_end = std::min(text.find('\n', same), text.size());
    return StrCat("(", text.substr(begin, std::min(line_end, same + kAfter) - begin), ")");
  };
  return StrCat("line ", std::count(before.begin(), before.end(), '\n') + 1, " column ",
                same - line_begin + 1, ":\n  got  ", shown(got), "\n  want ", shown(want));
}

inline testing::AssertionResult IsGolden(std::string_view text, const std::string& path) {
  if (std::getenv("INGOT_UPDATE_GOLDEN") != nullptr) {
    const Status written = WriteFileAtomic(path, text);
    if (!written.ok()) return testing::AssertionFailure() << written.message();
    return testing::AssertionSuccess();
  }
  const Result<std::string> want = ReadFile(path);
  if (!want.ok()) {
    return testing::AssertionFailure()
           << want.status().message() << "; INGOT_UPDATE_GOLDEN=1 writes it";
  }
  if (text == *want) return testing::AssertionSuccess();
  return testing::AssertionFailure() << path << ": " << FirstDifference(text, *want)
                                     << "\n  INGOT_UPDATE_GOLDEN=1 writes what it is now";
}

}  // namespace ingot::test

#define EXPECT_GOLDEN(text, path) EXPECT_TRUE(::ingot::test::IsGolden(text, path))
