// A test that needs what not every machine has: it is skipped with the reason, or fails where
// INGOT_REQUIRE (names joined by commas) says that this machine has it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "ingot/base/text.h"

namespace ingot::test {

inline bool IsRequired(std::string_view need) {
  const char* required = std::getenv("INGOT_REQUIRE");
  if (required == nullptr) return false;
  const auto names = Split(required, ',');
  return std::find(names.begin(), names.end(), need) != names.end();
}

}  // namespace ingot::test

// Ends the test unless `present`: INGOT_NEED("model", FileExists(path), path << " is missing");
#define INGOT_NEED(need, present, why)                       \
  if (const bool ingot_present = (present); ingot_present) { \
  } else if (::ingot::test::IsRequired(need)) {              \
    FAIL() << why;                                           \
  } else                                                     \
    GTEST_SKIP() << why
