// Sizes out of header expressions: whatever the symbols are, they must come to what the header's
// own evaluation says.
#include "ingot/ir/passes/header_size.h"

#include <gtest/gtest.h>

#include <array>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::ir {
namespace {

using kernels::HeaderNumbers;
using program::Size;
using program::Symbols;

HeaderSizes Names() {
  return {{"rows", Size::Tokens()},
          {"outputs", Size::Outputs()},
          {"capacity", Size::Capacity()},
          {"dim", Size(70)},
          {"WG", Size(64)},
          {"FLAG", Size(1)},
          {"cells", Size::Tokens() * Size(3) + Size::Outputs()}};
}

HeaderNumbers NumbersAt(const Symbols& symbols) {
  HeaderNumbers numbers;
  for (const auto& [name, size] : Names()) {
    numbers[name] = static_cast<int64_t>(*size.Evaluate(symbols));
  }
  return numbers;
}

const std::array<Symbols, 7> kSymbols = {{{.tokens = 1, .outputs = 1, .capacity = 1},
                                          {.tokens = 2, .outputs = 1, .capacity = 7},
                                          {.tokens = 63, .outputs = 63, .capacity = 64},
                                          {.tokens = 64, .outputs = 1, .capacity = 4096},
                                          {.tokens = 65, .outputs = 65, .capacity = 65},
                                          {.tokens = 512, .outputs = 3, .capacity = 131072},
                                          {.tokens = 99991, .outputs = 17, .capacity = 99991}}};

void ExpectSame(std::string_view text) {
  SCOPED_TRACE(text);
  const auto expr = kernels::ParseHeaderExpr(text);
  ASSERT_TRUE(expr.ok()) << expr.status().message();
  const Result<Size> size = SizeOf(*expr, Names());
  ASSERT_TRUE(size.ok()) << size.status().message();
  for (const Symbols& symbols : kSymbols) {
    const Result<uint64_t> got = size->Evaluate(symbols);
    const Result<int64_t> want = kernels::Evaluate(*expr, NumbersAt(symbols));
    ASSERT_TRUE(want.ok()) << want.status().message();
    ASSERT_TRUE(got.ok()) << got.status().message();
    EXPECT_EQ(*got, static_cast<uint64_t>(*want)) << symbols.tokens << " tokens";
  }
}

TEST(HeaderSize, ExpressionsComeToTheSameForEverySymbol) {
  for (const char* text : {"rows",
                           "7",
                           "rows + 1",
                           "rows * dim",
                           "ceil(rows, WG)",
                           "ceil(rows * dim, WG * 4)",
                           "min(rows, WG) + max(outputs, 3)",
                           "rows - outputs",
                           "(rows + WG - 1) * 2",
                           "dim / 3",
                           "dim % 3",
                           "dim / 3 * rows",
                           "WG == 64 ? rows : capacity",
                           "WG != 64 ? rows : capacity",
                           "FLAG and dim > 8 ? ceil(cells, WG) : 1",
                           "FLAG == false or dim < 8 ? 5 : outputs",
                           "(dim & 7) + rows",
                           "ceil(ceil(rows, 4), 4)",
                           "max(1, ceil(capacity, 256)) * ceil(dim, WG)",
                           "FLAG ? (WG > 32 ? rows : 1) : 2"}) {
    ExpectSame(text);
  }
}

// Of names, numbers and what a Size can say, at random.
std::string RandomExpr(Stream& stream, int depth) {
  constexpr std::array kLeaves = {"rows", "outputs", "capacity", "dim", "WG", "cells", "1", "3"};
  if (depth == 0) return kLeaves[stream.Below(kLeaves.size())];
  const std::string a = RandomExpr(stream, depth - 1), b = RandomExpr(stream, depth - 1);
  switch (stream.Below(6)) {
    case 0:
      return StrCat("(", a, " + ", b, ")");
    case 1:
      return StrCat("ceil(", a, ", WG)");
    case 2:
      return StrCat("min(", a, ", ", b, ")");
    case 3:
      return StrCat("max(", a, ", ", b, ")");
    case 4:
      return StrCat("(", a, ") * 3");
    default:
      return StrCat("(dim % 2 == 0 ? ", a, " : ", b, ")");
  }
}

TEST(HeaderSize, RandomExpressionsComeToTheSame) {
  Stream stream(11, "expressions");
  for (int i = 0; i < 300; ++i) ExpectSame(RandomExpr(stream, 1 + i % 4));
}

std::string ErrorOf(std::string_view text) {
  const Result<Size> size = SizeOf(*kernels::ParseHeaderExpr(text), Names());
  return size.ok() ? "" : size.status().message();
}

TEST(HeaderSize, WhatASizeCannotSayIsRefused) {
  EXPECT_EQ(ErrorOf("depth + 1"), "(depth) has no value");
  EXPECT_EQ(ErrorOf("rows / 3"), "(rows / 3) depends on (rows = tokens), which each run changes");
  EXPECT_EQ(ErrorOf("rows > 8 ? 1 : 2"),
            "(rows > 8) depends on (rows = tokens), which each run changes");
  EXPECT_EQ(ErrorOf("dim / 0"), ErrorOf("dim / (WG - 64)"));
  EXPECT_NE(ErrorOf("dim / 0"), "");
}

void ExpectSameGrid(std::string_view text) {
  SCOPED_TRACE(text);
  const auto grid = kernels::ParseGrid(text);
  ASSERT_TRUE(grid.ok()) << grid.status().message();
  const auto axes = GridOf(*grid, Names());
  ASSERT_TRUE(axes.ok()) << axes.status().message();
  for (const Symbols& symbols : kSymbols) {
    const auto want = kernels::EvaluateGrid(*grid, NumbersAt(symbols));
    if (!want.ok()) continue;  // an axis is too long there
    std::array<uint64_t, 3> got = {};
    for (size_t i = 0; i < 3; ++i) {
      const Result<uint64_t> axis = (*axes)[i].Evaluate(symbols);
      ASSERT_TRUE(axis.ok()) << axis.status().message();
      got[i] = *axis;
    }
    EXPECT_EQ(got, (std::array<uint64_t, 3>{want->x, want->y, want->z})) << symbols.tokens;
  }
}

TEST(HeaderSize, GridsComeToTheSameAlsoWhereLinearIsFolded) {
  ExpectSameGrid("rows");
  ExpectSameGrid("linear(rows)");
  ExpectSameGrid("linear(rows * 1000)");  // above 65535 groups
  ExpectSameGrid("linear(ceil(rows * dim, WG))");
  ExpectSameGrid("linear(capacity * 3)");
  ExpectSameGrid("linear(65535)");
  ExpectSameGrid("linear(65536)");
  ExpectSameGrid("ceil(dim, WG), 1, rows");
  ExpectSameGrid("linear(ceil(capacity, 2)), 1, outputs");
  ExpectSameGrid("WG == 64 ? linear(rows * 700) : 1");
  ExpectSameGrid("FLAG ? 1 : linear(rows)");
}

TEST(HeaderSize, FoldedLinearHasEveryGroup) {
  const auto axes = *GridOf(*kernels::ParseGrid("linear(rows)"), Names());
  const Symbols symbols{.tokens = 65536};
  EXPECT_EQ(*axes[0].Evaluate(symbols), 32768u);
  EXPECT_EQ(*axes[1].Evaluate(symbols), 2u);
}

TEST(HeaderSize, ASecondAxisBesideLinearIsRefused) {
  const auto axes = GridOf(*kernels::ParseGrid("linear(rows), dim"), Names());
  ASSERT_FALSE(axes.ok());
  EXPECT_EQ(axes.status().message(), "axis 1 beside linear is (70), not 1");
}

}  // namespace
}  // namespace ingot::ir
