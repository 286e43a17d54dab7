#include "ingot/base/text.h"

#include <gtest/gtest.h>

namespace ingot {
namespace {

TEST(Text, StrCatWritesEveryKind) {
  EXPECT_EQ(
      StrCat("a", 'b', 1, uint64_t{18446744073709551615u}, -2, true, 0.1, 1.5f, std::string("z")),
      "ab118446744073709551615-2true0.11.5z");
}

TEST(Text, SplitKeepsEmptyPieces) {
  EXPECT_TRUE(Split("", ',').empty());
  EXPECT_EQ(Split("a,,b", ',').size(), 3u);
  EXPECT_EQ(Split("a,", ',').size(), 2u);
}

TEST(Text, NumbersAreWhole) {
  EXPECT_EQ(ParseInt("-12"), -12);
  EXPECT_FALSE(ParseInt("12a").has_value());
  EXPECT_FALSE(ParseInt("").has_value());
  EXPECT_FALSE(ParseUint("-1").has_value());
  EXPECT_EQ(ParseDouble("1e3"), 1000.0);
  EXPECT_FALSE(ParseInt("99999999999999999999").has_value());
}

TEST(Text, NearestNamesTheLikelyOne) {
  std::vector<std::string> names = {"rms_norm", "matmul"};
  EXPECT_EQ(NearestHint("rmsnorm", names), ", nearest is (rms_norm)");
  EXPECT_EQ(NearestHint("xyzzyplugh", names), "");
}

}  // namespace
}  // namespace ingot
