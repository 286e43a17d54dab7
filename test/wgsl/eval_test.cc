#include "ingot/wgsl/eval.h"

#include <gtest/gtest.h>

#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

Module Read(std::string_view text) {
  Result<Module> module = Parse(text, "k");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return module.ok() ? *module : Module{};
}

// The value of the constant `x` that ends `text`, with its type.
std::string Value(std::string_view text, const OverrideValues& overrides = {}) {
  const Module module = Read(text);
  const Variable& x = std::get<Variable>(module.declarations.back());
  Result<Scalar> value = EvaluateConst(module, *x.value, overrides);
  if (!value.ok()) return value.status().message();
  if (value->type == ScalarType::kBool) return value->integer == 1 ? "true" : "false";
  if (IsInteger(value->type)) return StrCat(Name(value->type), " ", value->integer);
  return StrCat(Name(value->type), " ", value->number);
}
std::string Expression(std::string_view expression, const OverrideValues& overrides = {}) {
  return Value(StrCat("const x = ", expression, ";"), overrides);
}

TEST(Evaluate, ComputesAsWgslDoes) {
  EXPECT_EQ(Expression("1 + 2 * 3 - 8 / 3 % 2"), "abstract int 7");
  EXPECT_EQ(Expression("7u / 2u + 1"), "u32 4");
  EXPECT_EQ(Expression("-7 / 2"), "abstract int -3");
  EXPECT_EQ(Expression("-7 % 3"), "abstract int -1");
  EXPECT_EQ(Expression("0u - 1u"), "u32 4294967295");
  EXPECT_EQ(Expression("2147483647i + 1i"), "i32 -2147483648");
  EXPECT_EQ(Expression("65536u * 65537u"), "u32 65536");
  EXPECT_EQ(Expression("~0u >> 28u"), "u32 15");
  EXPECT_EQ(Expression("-8i >> 1u"), "i32 -4");
  EXPECT_EQ(Expression("1u << 31u"), "u32 2147483648");
  EXPECT_EQ(Expression("(0xF0u & 0x3Cu) | (1u ^ 3u)"), "u32 50");
  EXPECT_EQ(Expression("u32(4 * 1000 * 1000 * 1000)"), "u32 4000000000");
  EXPECT_EQ(Expression("1.5 * 2 + 1"), "abstract float 4");
  EXPECT_EQ(Expression("0.1f + 0.2f"), StrCat("f32 ", static_cast<double>(0.1f + 0.2f)));
  EXPECT_EQ(Expression("5.5f % 2f"), "f32 1.5");
  EXPECT_EQ(Expression("1h / 3"), "f16 0.333251953125");
  EXPECT_EQ(Expression("3 < 4 && !(2u == 3u)"), "true");
  EXPECT_EQ(Expression("(true & false) | true"), "true");
  EXPECT_EQ(Expression("false && 1 / 0 == 1"), "false");
  EXPECT_EQ(Expression("true || 1 / 0 == 1"), "true");
  EXPECT_EQ(Expression("1.0 >= 1"), "true");
}

TEST(Evaluate, ConvertsAndCalls) {
  EXPECT_EQ(Expression("u32(-1i)"), "u32 4294967295");
  EXPECT_EQ(Expression("i32(4294967295u)"), "i32 -1");
  EXPECT_EQ(Expression("u32(-3.7f)"), "u32 0");
  EXPECT_EQ(Expression("i32(1e10f)"), "i32 2147483647");
  EXPECT_EQ(Expression("f32(true) + f32(3u)"), "f32 4");
  EXPECT_EQ(Expression("bool(0.0)"), "false");
  EXPECT_EQ(Expression("u32()"), "u32 0");
  EXPECT_EQ(Value("alias word = u32; const x = word(3);"), "u32 3");
  EXPECT_EQ(Expression("min(3, 4u) + max(1u, 9) + clamp(5, 1u, 3u)"), "u32 15");
  EXPECT_EQ(Expression("select(1, 2.5, 3 > 2)"), "abstract float 2.5");
  EXPECT_EQ(Expression("abs(-3i) + i32(ceil(1.2)) + i32(floor(-1.2))"), "i32 3");
  EXPECT_EQ(Expression("firstLeadingBit(64u) + firstTrailingBit(8u) + countOneBits(7u)"), "u32 12");
  EXPECT_EQ(Expression("firstLeadingBit(-2i)"), "i32 0");
  EXPECT_EQ(Expression("firstTrailingBit(0u)"), "u32 4294967295");
}

TEST(Evaluate, TakesOverridesAsGiven) {
  constexpr std::string_view kText =
      "override WG: u32 = 64u; override LANES = 4; override F: bool = false; override EPS: f32;\n"
      "const HALF = 0.5; const x = select(WG / u32(LANES), WG, F);";
  EXPECT_EQ(Value(kText), "u32 16");
  EXPECT_EQ(Value(kText, {{"WG", 128}, {"LANES", 8}}), "u32 16");
  EXPECT_EQ(Value(kText, {{"F", 1}}), "u32 64");
  EXPECT_EQ(Value(kText, {{"WG", 1.5}}), "1:10: WG: number (1.5) does not fit u32");
  EXPECT_EQ(Value(kText, {{"WG", -1}}), "1:10: WG: number (-1) does not fit u32");
  EXPECT_EQ(Value(kText, {{"F", 2}}), "1:54: F: number (2) does not fit bool");
  EXPECT_EQ(Value(kText, {{"LANES", 3e9}}), "1:34: LANES: number (3000000000) does not fit i32");
  EXPECT_EQ(Value("override EPS: f32; const x = EPS;", {{"EPS", 0.1}}),
            StrCat("f32 ", static_cast<double>(0.1f)));
}

TEST(Evaluate, SaysWhatIsNoConstant) {
  EXPECT_EQ(Expression("1 / 0"), "1:13: (1 / 0) divides by zero");
  EXPECT_EQ(Expression("1u + 1i"), "1:14: (+) of u32 and i32");
  EXPECT_EQ(Expression("1.5 + 1u"), "1:15: (+) of abstract float and u32");
  EXPECT_EQ(Expression("true + 1"), "1:16: (+) of bool and abstract int");
  EXPECT_EQ(Expression("-1u"), "1:11: (-) of u32");
  EXPECT_EQ(Expression("!1"), "1:11: (!) of abstract int");
  EXPECT_EQ(Expression("1 && true"), "1:13: (&&) of abstract int and bool");
  EXPECT_EQ(Expression("1.0 & 2.0"), "1:15: (&) of abstract float");
  EXPECT_EQ(Expression("1u << 32u"), "1:14: shift (32) is not below the width (32)");
  EXPECT_EQ(Expression("3u << 31u"), "1:14: (3 << 31) overflows u32");
  EXPECT_EQ(Expression("9223372036854775807 + 1"),
            "1:31: (9223372036854775807 + 1) overflows abstract int");
  EXPECT_EQ(Expression("i32(-2147483648) / -1i"), "1:28: (-2147483648 / -1) overflows i32");
  EXPECT_EQ(Expression("0x1p127f * 4f"), "1:20: number (6.80564733841877e+38) does not fit f32");
  EXPECT_EQ(Expression("u32(-1)"), "1:11: number (-1) does not fit u32");
  EXPECT_EQ(Expression("u32(1, 2)"), "1:11: u32 of (2) values");
  EXPECT_EQ(Expression("y"), "1:11: name (y) is no constant of the module");
  EXPECT_EQ(Expression("vec2(1, 2).x"), "1:21: part of a value is no scalar constant");
  EXPECT_EQ(Expression("exp(1.0)"), "1:11: call of (exp) is no constant that is known here");
  EXPECT_EQ(Expression("min(1)"), "1:11: min of (1) values, not (2)");
  EXPECT_EQ(Value("fn f() -> u32 { return 1u; } const x = f();"),
            "1:40: call of (f) is no constant");
  EXPECT_EQ(Value("const a = b; const b = a; const x = a;"),
            "1:7: constant (a) needs its own value");
}

// Each constant doubles the one before it; without memory that would be 2^60 evaluations.
TEST(Evaluate, RemembersConstants) {
  std::string text = "const a0 = 1;";
  for (int i = 1; i <= 60; ++i) text += StrCat("const a", i, " = a", i - 1, " + a", i - 1, ";");
  EXPECT_EQ(Value(text + "const x = a60 / a50;"), "abstract int 1024");
}

}  // namespace
}  // namespace ingot::wgsl
