#include "ingot/model/expression.h"

#include <gtest/gtest.h>

namespace ingot::model {
namespace {

Scope TestScope() {
  Scope scope;
  scope.values = {{"d", int64_t{640}},
                  {"heads", int64_t{4}},
                  {"eps", 0.5},
                  {"kind", std::string("yarn")},
                  {"ff", std::vector<int64_t>{10, 20}},
                  {"i", int64_t{1}}};
  scope.has = [](const std::string& name) { return Result<bool>(name == "blk.1.bias"); };
  return scope;
}

std::string Show(const std::string& text) {
  Result<Expression> expression = Expression::Parse(text);
  if (!expression.ok()) return expression.status().message();
  Result<SpecValue> value = expression->Evaluate(TestScope());
  return value.ok() ? PrintSpecValue(*value) : value.status().message();
}

TEST(Expression, EvaluatesByPrecedence) {
  EXPECT_EQ(Show("1 + 2 * 3"), "7");
  EXPECT_EQ(Show("(1 + 2) * 3"), "9");
  EXPECT_EQ(Show("-d // heads - 1"), "-161");
  EXPECT_EQ(Show("7 % 4 == 3 && !(d < heads) ? 'a' : 'b'"), "a");
  EXPECT_EQ(Show("i % 6 < 5"), "1");
  EXPECT_EQ(Show("1.0 / sqrt(d / heads / 10)"), "0.25");
  EXPECT_EQ(Show("ff[i] + ff[0]"), "30");
  EXPECT_EQ(Show("kind == 'yarn'"), "1");
  EXPECT_EQ(Show("ceil_div(10, 4) * 100 + round_up(10, 4)"), "312");
  EXPECT_EQ(Show("min(3, eps) + max(1, 2)"), "2.5");
  EXPECT_EQ(Show("pow(2, 10)"), "1024");
  EXPECT_EQ(Show("has(blk.{i}.bias)"), "1");
  EXPECT_EQ(Show("has(blk.0.bias)"), "0");
  EXPECT_EQ(Show("1e3"), "1000");
  EXPECT_EQ(Show("-7 // 2"), "-4");
  EXPECT_EQ(Show("-7 % 2"), "1");
}

TEST(Expression, SaysWhatIsWrong) {
  EXPECT_EQ(Show("10 / 4"), "expression (10 / 4): (10) is not a multiple of (4)");
  EXPECT_EQ(Show("1 / 0"), "expression (1 / 0): division of (1) by zero");
  EXPECT_EQ(Show("nope + 1"), "expression (nope + 1): unknown name (nope)");
  EXPECT_EQ(
      Show("9223372036854775807 + 1"),
      "expression (9223372036854775807 + 1): integer overflow in (9223372036854775807) + (1)");
  EXPECT_EQ(Show("ff[2]"), "expression (ff[2]): index (2) is outside of a list of (2)");
  EXPECT_EQ(Show("kind + 1"), "expression (kind + 1): a string stands where a number is needed");
  EXPECT_EQ(Show("1 +"), "expression (1 +), column 4: ends too early");
  EXPECT_EQ(Show("foo(1)"), "expression (foo(1)), column 5: unknown function (foo)");
  EXPECT_EQ(Show("1 2"), "expression (1 2), column 3: unexpected (2)");
  EXPECT_EQ(Show("min(1)"),
            "expression (min(1)), column 7: function (min) takes (2) arguments, not (1)");
  EXPECT_EQ(Show("sqrt(-1)"), "expression (sqrt(-1)): square root of (-1)");
  EXPECT_FALSE(Expression::Parse(std::string(5000, '(')).ok());
  EXPECT_FALSE(Expression::Parse(std::string(5000, '-')).ok());
  EXPECT_FALSE(Expression::Parse("'open").ok());
  EXPECT_FALSE(Expression::Parse("").ok());
}

TEST(Expression, KnowsWhatItReads) {
  Result<Expression> expression = Expression::Parse("has(blk.{i}.x) ? d : ff[j]");
  ASSERT_TRUE(expression.ok());
  EXPECT_EQ(expression->names(), (std::set<std::string>{"d", "ff", "i", "j"}));
  EXPECT_EQ(expression->weights(), (std::set<std::string>{"blk.{i}.x"}));
}

}  // namespace
}  // namespace ingot::model
