#include <gtest/gtest.h>

#include "ingot/base/text.h"
#include "ingot/wgsl/literal.h"
#include "ingot/wgsl/token.h"

namespace ingot::wgsl {
namespace {

// The tokens with blanks between them, template brackets as `{<` and `>}`.
std::string Shown(std::string_view text) {
  Result<Tokens> tokens = Lex(text, "t");
  if (!tokens.ok()) return tokens.status().message();
  std::string out;
  for (const Token& token : tokens->tokens) {
    if (token.kind == TokenKind::kEnd) continue;
    if (!out.empty()) out += ' ';
    if (token.kind == TokenKind::kTemplateOpen) out += '{';
    out += token.text;
    if (token.kind == TokenKind::kTemplateClose) out += '}';
  }
  return out;
}

TEST(Lexer, TellsTemplateListsFromComparisons) {
  EXPECT_EQ(Shown("array<vec4<f32>, N>"), "array {< vec4 {< f32 >} , N >}");
  EXPECT_EQ(Shown("array<vec4<f32>>"), "array {< vec4 {< f32 >} >}");
  EXPECT_EQ(Shown("var<workgroup>x"), "var {< workgroup >} x");
  EXPECT_EQ(Shown("a<b"), "a < b");
  EXPECT_EQ(Shown("a < b && c > d"), "a < b && c > d");
  EXPECT_EQ(Shown("a < b || c > d"), "a < b || c > d");
  EXPECT_EQ(Shown("A ( B < C, D > ( E ) )"), "A ( B {< C , D >} ( E ) )");
  EXPECT_EQ(Shown("array<i32,select(2,3,a>b)>"), "array {< i32 , select ( 2 , 3 , a > b ) >}");
  EXPECT_EQ(Shown("a[b<d]>()"), "a [ b < d ] > ( )");
  EXPECT_EQ(Shown("A<B<<C>"), "A {< B << C >}");
  EXPECT_EQ(Shown("A<B<=C>"), "A {< B <= C >}");
  EXPECT_EQ(Shown("A<(B>=C)>"), "A {< ( B >= C ) >}");
  EXPECT_EQ(Shown("A<(B!=C)>"), "A {< ( B != C ) >}");
  EXPECT_EQ(Shown("A<(B==C)>"), "A {< ( B == C ) >}");
  EXPECT_EQ(Shown("for (i = 0; i < n; i = j > k)"), "for ( i = 0 ; i < n ; i = j > k )");
  EXPECT_EQ(Shown("if a < b { c > d }"), "if a < b { c > d }");
  EXPECT_EQ(Shown("1.0f < x, y > z"), "1.0f < x , y > z");
  EXPECT_EQ(Shown("true < x, y > z"), "true < x , y > z");
}

TEST(Lexer, TakesTheLongestOperator) {
  EXPECT_EQ(Shown("a>>=b<<=c>>d<<e>=f<=g"), "a >>= b <<= c >> d << e >= f <= g");
  EXPECT_EQ(Shown("x--- -y"), "x -- - - y");
  EXPECT_EQ(Shown("let v:vec2<u32>=w;"), "let v : vec2 {< u32 >} = w ;");
  EXPECT_EQ(Shown("array<vec2<u32>>=x"), "array {< vec2 {< u32 >} >} = x");
  EXPECT_EQ(Shown("f()->u32&&!~^|%"), "f ( ) -> u32 && ! ~ ^ | %");
  EXPECT_EQ(Shown("_ = a._b"), "_ = a . _b");
}

TEST(Lexer, ReadsEveryFormOfNumber) {
  EXPECT_EQ(Shown("0 0u 0i 123 123u 0x123 0X123u 0x3fi"), "0 0u 0i 123 123u 0x123 0X123u 0x3fi");
  EXPECT_EQ(Shown("0.e+4f 01. .01 12.34 .0f 0h 1e-3 5f 01e2"),
            "0.e+4f 01. .01 12.34 .0f 0h 1e-3 5f 01e2");
  EXPECT_EQ(Shown("0xa.fp+2 0x1P+4f 0X.3 0x3p+2h 0X1.fp-4 0x3.2p+2h 0x1.f"),
            "0xa.fp+2 0x1P+4f 0X.3 0x3p+2h 0X1.fp-4 0x3.2p+2h 0x1.f");
  EXPECT_EQ(Shown("v.x1.0"), "v . x1 .0");
}

TEST(Lexer, KnowsTheValueOfNumbers) {
  auto value = [](std::string_view text) { return *ReadNumber(text); };
  EXPECT_EQ(value("0x1Fu"), (Scalar{ScalarType::kU32, 31, 0}));
  EXPECT_EQ(value("7"), (Scalar{ScalarType::kAbstractInt, 7, 0}));
  EXPECT_EQ(value("2147483647i"), (Scalar{ScalarType::kI32, 2147483647, 0}));
  EXPECT_EQ(value("0x1.8p+1"), (Scalar{ScalarType::kAbstractFloat, 0, 3.0}));
  EXPECT_EQ(value("0x1p-1f"), (Scalar{ScalarType::kF32, 0, 0.5}));
  EXPECT_EQ(value("0x.f"), (Scalar{ScalarType::kAbstractFloat, 0, 0.9375}));
  EXPECT_EQ(value("0.1f"), (Scalar{ScalarType::kF32, 0, static_cast<double>(0.1f)}));
  EXPECT_EQ(value("65519h"), (Scalar{ScalarType::kF16, 0, 65504}));
  EXPECT_EQ(value("1e-400"), (Scalar{ScalarType::kAbstractFloat, 0, 0}));
  // Just above the tie between 1 and 1 + 2^-10: f32 on the way would round it onto the tie.
  EXPECT_EQ(value("1.00048828125h"), (Scalar{ScalarType::kF16, 0, 1.0}));
  EXPECT_EQ(value("1.00048828126h"), (Scalar{ScalarType::kF16, 0, 1.0009765625}));
}

TEST(Lexer, RefusesMalformedNumbers) {
  EXPECT_EQ(Shown("a 012"), "t:1:3: number (012) has a leading zero");
  EXPECT_EQ(Shown("012f"), "t:1:1: number (012f) has a leading zero");
  EXPECT_EQ(Shown("1x"), "t:1:1: number (1x) has an unknown suffix");
  EXPECT_EQ(Shown("1.0u"), "t:1:1: number (1.0u) has an unknown suffix");
  EXPECT_EQ(Shown("0x1.8f.2"), "t:1:1: number (0x1.8f.2) has an unknown suffix");
  EXPECT_EQ(Shown("0x1.8h"), "t:1:1: number (0x1.8h) has an unknown suffix");
  EXPECT_EQ(Shown("0x"), "t:1:1: number (0x) has no digits");
  EXPECT_EQ(Shown("1e+"), "t:1:1: number (1e+) has an exponent without digits");
  EXPECT_EQ(Shown("4294967296u"), "t:1:1: number (4294967296u) does not fit u32");
  EXPECT_EQ(Shown("2147483648i"), "t:1:1: number (2147483648i) does not fit i32");
  EXPECT_EQ(Shown("9223372036854775808"),
            "t:1:1: number (9223372036854775808) does not fit abstract int");
  EXPECT_EQ(Shown("1e39f"), "t:1:1: number (1e39f) does not fit f32");
  EXPECT_EQ(Shown("65520h"), "t:1:1: number (65520h) does not fit f16");
  EXPECT_EQ(Shown("0x1.001p0h"), "t:1:1: number (0x1.001p0h) is not exactly an f16");
  EXPECT_EQ(Shown("1e400"), "t:1:1: number (1e400) does not fit abstract float");
}

TEST(Lexer, SkipsCommentsAndKeepsHeaderLines) {
  Result<Tokens> tokens =
      Lex("//! op: matmul  \n"
          "//!formula: y\n"
          "// plain\n"
          "a /* one /* inner */ \n still */ b\n"
          "  //!\n",
          "t");
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->tokens.size(), 3u);
  EXPECT_EQ(tokens->tokens[1].place.line, 5u);
  EXPECT_EQ(tokens->tokens[1].place.column, 11u);
  ASSERT_EQ(tokens->header.size(), 3u);
  EXPECT_EQ(tokens->header[0].text, "op: matmul");
  EXPECT_EQ(tokens->header[1].text, "formula: y");
  EXPECT_EQ(tokens->header[1].place.line, 2u);
  EXPECT_EQ(tokens->header[2].text, "");
  EXPECT_EQ(tokens->header[2].place.line, 6u);
  EXPECT_EQ(tokens->header[2].place.column, 3u);
  EXPECT_EQ(Shown("a\n /* /* */"), "t:2:2: a block comment has no end");
}

TEST(Lexer, CountsTheLineBreaksOfTheStandard) {
  // LF, VT, FF, CR, CR LF, NEL, line separator, paragraph separator: eight breaks.
  Result<Tokens> tokens =
      Lex("a\n\v\f\r.\r\n\xC2\x85\xE2\x80\xA8\xE2\x80\xA9 b // x\xE2\x80\xA8 c", "t");
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->tokens.size(), 5u);
  EXPECT_EQ(tokens->tokens[1].place.line, 5u);
  EXPECT_EQ(tokens->tokens[2].place.line, 9u);
  EXPECT_EQ(tokens->tokens[2].place.column, 2u);
  EXPECT_EQ(tokens->tokens[3].place.line, 10u);
}

TEST(Lexer, ReadsUnicodeNames) {
  EXPECT_EQ(Shown("let \xCE\x94t = \xE6\xA0\xBC;"), "let \xCE\x94t = \xE6\xA0\xBC ;");
  EXPECT_EQ(Shown("\xCE\x94 $"), "t:1:3: unknown character ($)");  // columns are characters
  EXPECT_EQ(Shown("a \xE2\x86\x92 b"), "t:1:3: unknown character (\xE2\x86\x92)");
}

TEST(Lexer, RefusesWhatIsNoText) {
  EXPECT_EQ(Shown("a\n\xFF"), "t:2:1: byte (0xFF) is no UTF-8");
  EXPECT_EQ(Shown("\xC0\x80"), "t:1:1: byte (0xC0) is no UTF-8");
  EXPECT_EQ(Shown("\xED\xA0\x80"), "t:1:1: byte (0xED) is no UTF-8");
  EXPECT_EQ(Shown("\xE2\x82"), "t:1:1: byte (0xE2) is no UTF-8");
  EXPECT_EQ(Shown(std::string_view("a\0", 2)), "t:1:2: a zero byte");
  EXPECT_EQ(Shown("\xEF\xBB\xBF"
                  "a"),
            "t:1:1: unknown character (\xEF\xBB\xBF)");
}

TEST(Lexer, RefusesReservedWords) {
  EXPECT_EQ(Shown("let type = 1;"), "t:1:5: word (type) is reserved by WGSL");
  EXPECT_EQ(Shown("NULL"), "t:1:1: word (NULL) is reserved by WGSL");
  EXPECT_EQ(Shown("yield"), "t:1:1: word (yield) is reserved by WGSL");
  EXPECT_EQ(Shown("__x"), "t:1:1: name (__x) starts with two underscores");
  EXPECT_EQ(Shown("types null_ _x"), "types null_ _x");
}

}  // namespace
}  // namespace ingot::wgsl
