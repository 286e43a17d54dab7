#include "test/support/golden.h"

#include "test/support/temp_dir.h"

namespace ingot::test {
namespace {

TEST(Golden, DifferenceNamesLineAndColumnAndBothTexts) {
  EXPECT_EQ(FirstDifference("a\nbcd\ne", "a\nbXd\ne"),
            "line 2 column 2:\n  got  (bcd)\n  want (bXd)");
  EXPECT_EQ(FirstDifference("xyz", "abc"), "line 1 column 1:\n  got  (xyz)\n  want (abc)");
  EXPECT_EQ(FirstDifference("a\n", "a\nb\n"), "line 2 column 1:\n  got  the text ends\n  want (b)");
}

TEST(Golden, DifferenceInALongLineIsCut) {
  std::string got(500, 'g'), want = got;
  got[300] = '1';
  want[300] = '2';
  EXPECT_EQ(FirstDifference(got, want),
            StrCat("line 1 column 301:\n  got  (", std::string(60, 'g'), "1", std::string(99, 'g'),
                   ")\n  want (", std::string(60, 'g'), "2", std::string(99, 'g'), ")"));
}

TEST(Golden, MissingFileAndOtherTextFail) {
  if (std::getenv("INGOT_UPDATE_GOLDEN") != nullptr) GTEST_SKIP() << "goldens are being written";
  TempDir dir;
  EXPECT_FALSE(IsGolden("a", dir.Path("none")));
  ASSERT_TRUE(WriteFileAtomic(dir.Path("some"), "a").ok());
  EXPECT_TRUE(IsGolden("a", dir.Path("some")));
  EXPECT_FALSE(IsGolden("b", dir.Path("some")));
}

}  // namespace
}  // namespace ingot::test
