// What a run must not skip: INGOT_REQUIRE=gpu,model turns a missing need into a failure.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ingot/base/text.h"

namespace ingot::test {

inline bool IsRequired(std::string_view need) {
  const char* list = std::getenv("INGOT_REQUIRE");
  if (list == nullptr) return false;
  std::vector<std::string_view> needs = Split(list, ',');
  return std::ranges::find(needs, need) != needs.end();
}

}  // namespace ingot::test
