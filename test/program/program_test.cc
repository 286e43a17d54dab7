#include "ingot/program/program.h"

#include <gtest/gtest.h>

namespace ingot::program {
namespace {

TEST(TensorBytes, AreTheProductOfTheShapeInWholeBlocks) {
  const Size tokens = Size::Tokens();
  EXPECT_EQ(*TensorBytes({DType::kF32, "rows", {tokens, 64}}), tokens * Size(256));
  EXPECT_EQ(*TensorBytes({DType::kF16, "kv", {2, 1, 4, 100, 32}}), Size(2 * 4 * 100 * 32 * 2));
  EXPECT_EQ(*TensorBytes({DType::kQ8_0, "blocks", {10, 64}}), Size(10 * 2 * 34));
  EXPECT_EQ(*TensorBytes({DType::kQ4_K, "blocks", {3, 512}}), Size(3 * 2 * 144));
  EXPECT_EQ(TensorBytes({DType::kU32, "ids", {tokens}})->Print(), "tokens * 4");
  EXPECT_EQ(*TensorBytes({DType::kF32, "kv", {2, 1, 4, Size::Capacity(), 8}})->Evaluate({1, 1, 10}),
            2u * 4 * 10 * 8 * 4);
}

TEST(TensorBytes, FailWhereTheyCannotBeTold) {
  EXPECT_EQ(TensorBytes({DType::kF32, "tiles16", {4, 4}}).status().message(),
            "layout (tiles16) does not tell its bytes");
  EXPECT_EQ(TensorBytes({DType::kF32, "rows", {}}).status().message(), "shape is empty");
  EXPECT_EQ(TensorBytes({DType::kQ4_K, "blocks", {4, 100}}).status().message(),
            "columns (100) are not a multiple of the block (256)");
  EXPECT_EQ(TensorBytes({DType::kQ4_K, "blocks", {4, Size::Tokens()}}).status().message(),
            "columns (tokens) of q4_k are not constant");
}

TEST(BufferKind, NamesReadBack) {
  for (int kind = 0; kind <= static_cast<int>(BufferKind::kLogits); ++kind) {
    EXPECT_EQ(BufferKindFromName(Name(static_cast<BufferKind>(kind))),
              static_cast<BufferKind>(kind));
  }
  EXPECT_EQ(BufferKindFromName("weights"), std::nullopt);
}

TEST(Describe, NamesOpRoleAndLayer) {
  Dispatch dispatch;
  dispatch.op = "matmul";
  EXPECT_EQ(Describe(dispatch), "matmul");
  dispatch.role = "q_proj";
  dispatch.layer = 3;
  EXPECT_EQ(Describe(dispatch), "matmul q_proj layer 3");
}

}  // namespace
}  // namespace ingot::program
