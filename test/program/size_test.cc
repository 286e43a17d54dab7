#include "ingot/program/size.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::program {
namespace {

std::string Message(const Result<uint64_t>& result) { return result.status().message(); }
std::string ParseMessage(std::string_view text) { return Size::Parse(text).status().message(); }

TEST(Size, FoldsConstantsAndDropsNeutralOperands) {
  EXPECT_EQ(Size(2) * Size(3) + Size(4), Size(10));
  EXPECT_EQ(Size::CeilDiv(7, 2), Size(4));
  EXPECT_EQ(Size::Min(7, 2), Size(2));
  EXPECT_EQ(Size::Max(7, 2), Size(7));
  const Size tokens = Size::Tokens();
  EXPECT_EQ(tokens * Size(1), tokens);
  EXPECT_EQ(Size(1) * tokens, tokens);
  EXPECT_EQ(tokens + Size(0), tokens);
  EXPECT_EQ(Size(0) + tokens, tokens);
  EXPECT_EQ(tokens - Size(0), tokens);
  EXPECT_EQ(Size::CeilDiv(tokens, 1), tokens);
  EXPECT_EQ(Size::Max(0, tokens), tokens);
  EXPECT_TRUE(Size(3).IsConstant());
  EXPECT_FALSE(tokens.IsConstant());
}

TEST(Size, AnOperandStandsOnceInAMaximum) {
  const Size a = Size::Tokens() * Size(4), b = Size::Outputs() * Size(8);
  EXPECT_EQ(Size::Max(Size::Max(a, b), a), Size::Max(a, b));
  EXPECT_EQ(Size::Max(Size::Max(a, b), b), Size::Max(a, b));
  EXPECT_EQ(Size::Min(a, a), a);
  EXPECT_EQ(Size::Max(a, b).Print(), "max(tokens * 4, outputs * 8)");
}

TEST(Size, IsEqualOnlyToTheSameExpression) {
  EXPECT_NE(Size::Tokens(), Size::Outputs());
  EXPECT_NE(Size::Tokens() + Size(2), Size(2) + Size::Tokens());
  EXPECT_NE(Size(3), Size(4));
}

TEST(Size, EvaluatesItsSymbols) {
  const Symbols symbols{.tokens = 5, .outputs = 2, .capacity = 100};
  EXPECT_EQ(*Size::Tokens().Evaluate(symbols), 5u);
  EXPECT_EQ(*Size::Outputs().Evaluate(symbols), 2u);
  EXPECT_EQ(*Size::Capacity().Evaluate(symbols), 100u);
  EXPECT_EQ(*Size::CeilDiv(Size::Tokens(), 4).Evaluate(symbols), 2u);
  EXPECT_EQ(*(Size::Capacity() - Size::Tokens() * Size(3)).Evaluate(symbols), 85u);
}

TEST(Size, SaysWhyThereIsNoValue) {
  EXPECT_EQ(Message((Size::Tokens() - Size(5)).Evaluate({})),
            "size (tokens - 5): 1 - 5 is negative");
  EXPECT_EQ(Message((Size::Tokens() * Size(UINT64_MAX)).Evaluate({.tokens = 2})),
            "size (tokens * 18446744073709551615): 2 * 18446744073709551615 overflows");
  EXPECT_EQ(Message((Size(UINT64_MAX) + Size::Tokens()).Evaluate({})),
            "size (18446744073709551615 + tokens): 18446744073709551615 + 1 overflows");
  EXPECT_EQ(Message(Size::CeilDiv(4, Size::Tokens() - Size(1)).Evaluate({})),
            "size (ceil(4, tokens - 1)): ceil(4, 0) divides by zero");
  EXPECT_EQ(Message((Size(3) - Size(4)).Evaluate({})), "size (3 - 4): 3 - 4 is negative");
}

TEST(Size, PrintsBracketsOnlyWhereTheyMatter) {
  const Size t = Size::Tokens(), o = Size::Outputs();
  EXPECT_EQ((t + o - t).Print(), "tokens + outputs - tokens");
  EXPECT_EQ((t - (o + t)).Print(), "tokens - (outputs + tokens)");
  EXPECT_EQ(((t + o) * t).Print(), "(tokens + outputs) * tokens");
  EXPECT_EQ((t * o * t).Print(), "tokens * outputs * tokens");
  EXPECT_EQ((t * (o * t)).Print(), "tokens * (outputs * tokens)");
  EXPECT_EQ(Size::CeilDiv(t + o, o * t).Print(), "ceil(tokens + outputs, outputs * tokens)");
}

TEST(Size, ReadsWhatAPersonWrites) {
  EXPECT_EQ(*Size::Parse(" ( tokens+3 )*4 "), (Size::Tokens() + Size(3)) * Size(4));
  EXPECT_EQ(*Size::Parse("2*3+4"), Size(10));
  EXPECT_EQ(*Size::Parse("10-4-3"), Size(3));
  EXPECT_EQ(*Size::Parse("18446744073709551615"), Size(UINT64_MAX));
  EXPECT_EQ(*Size::Parse("min(tokens, max(outputs,2))"),
            Size::Min(Size::Tokens(), Size::Max(Size::Outputs(), 2)));
}

TEST(Size, SaysWhereTheTextIsWrong) {
  EXPECT_EQ(ParseMessage(""), "size (): expected a size at column (1)");
  EXPECT_EQ(ParseMessage("tokens *"), "size (tokens *): expected a size at column (9)");
  EXPECT_EQ(ParseMessage("tokenz"), "size (tokenz): expected a size at column (1)");
  EXPECT_EQ(ParseMessage("ceil 4"), "size (ceil 4): expected ( at column (6)");
  EXPECT_EQ(ParseMessage("ceil(4"), "size (ceil(4): expected , at column (7)");
  EXPECT_EQ(ParseMessage("(4"), "size ((4): expected ) at column (3)");
  EXPECT_EQ(ParseMessage("4 4"), "size (4 4): expected an operator at column (3)");
  EXPECT_EQ(ParseMessage(std::string_view("4\0", 2)),
            std::string("size (4\0): expected an operator at column (2)", 45));
  EXPECT_EQ(ParseMessage("-4"), "size (-4): expected a size at column (1)");
  EXPECT_EQ(ParseMessage("18446744073709551616"),
            "size (18446744073709551616): integer (18446744073709551616) is too large");
}

TEST(Size, RefusesTextThatIsTooDeepOrTooLong) {
  std::string brackets(100000, '(');
  EXPECT_EQ(ParseMessage(brackets), StrCat("size (", brackets.substr(0, 80),
                                           "...): more than (256) brackets in each other"));
  std::string chain = "tokens";
  for (int i = 0; i < 257; ++i) chain += "+tokens";
  EXPECT_EQ(ParseMessage(chain), StrCat("size (", chain.substr(0, 80),
                                        "...): more than (256) operations in each other"));
  std::string sum = "tokens";
  for (int i = 0; i < 200; ++i) sum += "+tokens";
  std::string wide = sum;  // each further sum is one operation deeper, but two hundred wide
  for (int i = 0; i < 30; ++i) wide = StrCat("(", wide, ")*(", sum, ")");
  EXPECT_EQ(ParseMessage(wide),
            StrCat("size (", wide.substr(0, 80), "...): more than (4096) operations"));
}

// An expression and its value by arithmetic that shares nothing with Size; `bad` if there is none.
struct Model {
  Size size;
  __int128 value = 0;
  bool bad = false;
};

Model Random(Stream* random, int depth, const Symbols& symbols) {
  uint64_t kind = random->Below(depth == 0 ? 4 : 10);
  if (kind == 0) {
    uint64_t value = random->Below(random->Below(2) == 0 ? 4 : uint64_t{1} << 40);
    return {Size(value), static_cast<__int128>(value)};
  }
  if (kind == 1) return {Size::Tokens(), static_cast<__int128>(symbols.tokens)};
  if (kind == 2) return {Size::Outputs(), static_cast<__int128>(symbols.outputs)};
  if (kind == 3) return {Size::Capacity(), static_cast<__int128>(symbols.capacity)};
  Model a = Random(random, depth - 1, symbols);
  Model b = Random(random, depth - 1, symbols);
  Model out;
  if (kind == 4) out = {a.size + b.size, a.value + b.value};
  if (kind == 5) out = {a.size - b.size, a.value - b.value};
  if (kind == 6) out = {a.size * b.size, a.value * b.value};
  if (kind == 7) {
    out = {Size::CeilDiv(a.size, b.size), b.value == 0 ? -1 : (a.value + b.value - 1) / b.value};
  }
  if (kind == 8) out = {Size::Min(a.size, b.size), std::min(a.value, b.value)};
  if (kind == 9) out = {Size::Max(a.size, b.size), std::max(a.value, b.value)};
  out.bad = a.bad || b.bad || out.value < 0 || out.value > static_cast<__int128>(UINT64_MAX);
  if (out.bad) out.value = 1;
  return out;
}

TEST(Size, RandomExpressionsReadBackEqualAndHaveTheirValue) {
  Stream random(1, "size");
  int with_value = 0;
  for (int round = 0; round < 20000; ++round) {
    const Symbols symbols{random.Below(9), random.Below(9), random.Below(uint64_t{1} << 33)};
    Model model = Random(&random, static_cast<int>(random.Below(6)), symbols);
    Result<Size> again = Size::Parse(model.size.Print());
    ASSERT_TRUE(again.ok()) << again.status().message();
    ASSERT_EQ(*again, model.size) << model.size.Print();
    ASSERT_EQ(again->Print(), model.size.Print());
    Result<uint64_t> value = model.size.Evaluate(symbols);
    ASSERT_EQ(value.ok(), !model.bad) << model.size.Print();
    if (model.bad) continue;
    ++with_value;
    ASSERT_EQ(static_cast<__int128>(*value), model.value) << model.size.Print();
  }
  EXPECT_GT(with_value, 5000);
}

}  // namespace
}  // namespace ingot::program
