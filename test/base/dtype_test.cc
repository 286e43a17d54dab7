#include "ingot/base/dtype.h"

#include <gtest/gtest.h>

namespace ingot {
namespace {

TEST(DType, NamesAndGgufTypesLeadBack) {
  for (const DTypeTraits& traits : AllDTypes()) {
    EXPECT_EQ(DTypeFromName(traits.name), traits.dtype);
    if (traits.dtype != DType::kU32) {
      EXPECT_EQ(DTypeFromGguf(traits.gguf_type), traits.dtype);
    }
  }
  EXPECT_EQ(DTypeFromName("Q4_K"), DType::kQ4_K);
  EXPECT_FALSE(DTypeFromName("q9_9").has_value());
  EXPECT_FALSE(DTypeFromGguf(0xFFFFFFFF).has_value());
}

TEST(DType, RowBytesCountsBlocks) {
  EXPECT_EQ(*RowBytes(DType::kQ4_K, 512), 288u);
  EXPECT_EQ(*RowBytes(DType::kF16, 3), 6u);
  EXPECT_EQ(RowBytes(DType::kQ6_K, 2600).status().message(),
            "columns (2600) are not a multiple of the block (256)");
}

}  // namespace
}  // namespace ingot
