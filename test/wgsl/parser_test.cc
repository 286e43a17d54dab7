#include <gtest/gtest.h>

#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {
namespace {

std::string Fault(std::string_view text) {
  Result<Module> module = Parse(text, "k.wgsl");
  return module.ok() ? "no fault" : module.status().message();
}

// The fault of a statement; its line is 2, its first column 1.
std::string FaultIn(std::string_view statement) {
  return Fault(StrCat("fn f() {\n", statement, "\n}"));
}

// The tree of an expression with every operation in brackets.
std::string Bracketed(const Expr& expr) {
  auto operand = [&](size_t i) { return Bracketed(expr.operands[i]); };
  switch (expr.kind) {
    case ExprKind::kLiteral:
    case ExprKind::kName:
    case ExprKind::kCall: {
      std::string out = expr.text;
      std::vector<std::string> list;
      for (const Expr& arg : expr.template_args) list.push_back(Bracketed(arg));
      if (!list.empty()) out += StrCat("<", Join(list, ","), ">");
      if (expr.kind != ExprKind::kCall) return out;
      list.clear();
      for (const Expr& arg : expr.operands) list.push_back(Bracketed(arg));
      return StrCat(out, "(", Join(list, ","), ")");
    }
    case ExprKind::kMember:
      return StrCat("[", operand(0), " . ", expr.text, "]");
    case ExprKind::kIndex:
      return StrCat("[", operand(0), " at ", operand(1), "]");
    case ExprKind::kUnary:
      return StrCat("[", Spelling(expr.op), " ", operand(0), "]");
    case ExprKind::kBinary:
      return StrCat("[", operand(0), " ", Spelling(expr.op), " ", operand(1), "]");
  }
  return {};
}

std::string Tree(std::string_view expression) {
  Result<Module> module = Parse(StrCat("const x = ", expression, ";"), "e");
  if (!module.ok()) return module.status().message();
  return Bracketed(*std::get<Variable>(module->declarations.at(0)).value);
}

TEST(Parser, OperatorsBindAsTheGrammarSays) {
  EXPECT_EQ(Tree("a + b * c - d"), "[[a + [b * c]] - d]");
  EXPECT_EQ(Tree("a * b / c % d"), "[[[a * b] / c] % d]");
  EXPECT_EQ(Tree("-a * !b"), "[[- a] * [! b]]");
  EXPECT_EQ(Tree("-a.b[c]"), "[- [[a . b] at c]]");
  EXPECT_EQ(Tree("*&a"), "[* [& a]]");
  EXPECT_EQ(Tree("~-(-a)"), "[~ [- [- a]]]");
  EXPECT_EQ(Tree("a + b < c << 2u"), "[[a + b] < [c << 2u]]");
  EXPECT_EQ(Tree("a && b == c && d"), "[[a && [b == c]] && d]");
  EXPECT_EQ(Tree("a | b | -c"), "[[a | b] | [- c]]");
  EXPECT_EQ(Tree("(a & b) == (c >> d)"), "[[a & b] == [c >> d]]");
  EXPECT_EQ(Tree("a == b >> c"), "[a == [b >> c]]");
  EXPECT_EQ(Tree("a--b*c---d"), "[[a - [[- b] * c]] - [- [- d]]]");
  EXPECT_EQ(Tree("--a"), "[- [- a]]");
  EXPECT_EQ(Tree("((a))"), "a");
}

TEST(Parser, ReadsCallsTypesAndParts) {
  EXPECT_EQ(Tree("bitcast<vec2<f32>>(a).y"), "[bitcast<vec2<f32>>(a) . y]");
  EXPECT_EQ(Tree("array<u32, (N >> 1) + 1,>()"), "array<u32,[[N >> 1] + 1]>()");
  EXPECT_EQ(Tree("f(a, b,)[1u][2]"), "[[f(a,b) at 1u] at 2]");
  EXPECT_EQ(Tree("f(a < b, c > (d))"), "f(a<b,c>(d))");
  EXPECT_EQ(Tree("f((a < b), c > (d))"), "f([a < b],[c > d])");
  EXPECT_EQ(Tree("(1u).x"), "[1u . x]");
}

TEST(Parser, MixedOperatorsNeedParentheses) {
  EXPECT_EQ(Tree("a && b || c"), "e:1:18: (||) after (&&) needs parentheses around one of them");
  EXPECT_EQ(Tree("a || b && c"), "e:1:18: (&&) after (||) needs parentheses around one of them");
  EXPECT_EQ(Tree("a & b | c"), "e:1:17: (|) after (&) needs parentheses around one of them");
  EXPECT_EQ(Tree("a & b == c"), "e:1:17: (==) after (&) needs parentheses around one of them");
  EXPECT_EQ(Tree("a + b & c"), "e:1:17: (&) after (+) needs parentheses around one of them");
  EXPECT_EQ(Tree("a + b << c"), "e:1:17: (<<) after (+) needs parentheses around one of them");
  EXPECT_EQ(Tree("a << b + c"), "e:1:18: (+) after (<<) needs parentheses around one of them");
  EXPECT_EQ(Tree("a << b << c"), "e:1:18: (<<) after (<<) needs parentheses around one of them");
  EXPECT_EQ(Tree("a == b == c"), "e:1:18: (==) after (==) needs parentheses around one of them");
  EXPECT_EQ(Tree("a <= b < c"), "e:1:18: (<) after (<=) needs parentheses around one of them");
}

TEST(Parser, KeepsWhereThingsStand) {
  Result<Module> module = Parse("\n  override N: u32 = 4u;\nfn f() {\n   x += 1;\n}\n", "k");
  ASSERT_TRUE(module.ok()) << module.status().message();
  const auto& variable = std::get<Variable>(module->declarations[0]);
  EXPECT_EQ(variable.place.line, 2u);
  EXPECT_EQ(variable.place.column, 12u);
  EXPECT_EQ(variable.value->place.column, 21u);
  const Stmt& stmt = std::get<Function>(module->declarations[1]).body.children.at(0);
  EXPECT_EQ(stmt.place.line, 4u);
  EXPECT_EQ(stmt.place.column, 4u);
  EXPECT_EQ(stmt.kind, StmtKind::kAssign);
  EXPECT_EQ(stmt.op, Op::kAdd);
}

TEST(Parser, TreesCompareWithoutPlacesAndLayout) {
  auto parse = [](std::string_view text) { return *Parse(text, "k"); };
  EXPECT_EQ(parse("const a = (1 + 2);"), parse(";const a\n=/*x*/ 1+2;;"));
  EXPECT_NE(parse("const a = 1 + 2;"), parse("const a = 2 + 1;"));
  EXPECT_NE(parse("const a = 1 + 2;"), parse("const a = 1 - 2;"));
  EXPECT_NE(parse("const a = 1;"), parse("//! op: x\nconst a = 1;"));
  EXPECT_NE(parse("fn f() { a = 1; }"), parse("fn f() { a += 1; }"));
  EXPECT_EQ(parse("fn f() { switch x { default: {} } }"),
            parse("fn f() { switch (x) { case default {} } }"));
}

TEST(Parser, SaysWhatItExpected) {
  EXPECT_EQ(Fault("fn f( {}"), "k.wgsl:1:7: found ({), expected a parameter");
  EXPECT_EQ(Fault("fn f()"), "k.wgsl:1:7: the text ends, expected ({)");
  EXPECT_EQ(Fault("fn f() {"), "k.wgsl:1:9: the text ends, expected (})");
  EXPECT_EQ(Fault("x = 1;"), "k.wgsl:1:1: found (x), expected a declaration");
  EXPECT_EQ(Fault("let x = 1;"), "k.wgsl:1:1: found (let), expected a declaration");
  EXPECT_EQ(Fault("const x;"), "k.wgsl:1:8: found (;), expected (=)");
  EXPECT_EQ(Fault("override x;"), "k.wgsl:1:11: found (;), expected (:) or (=)");
  EXPECT_EQ(Fault("@id(1) const x = 1;"),
            "k.wgsl:1:8: found (const), expected (fn), (var) or (override)");
  EXPECT_EQ(Fault("struct S { a: u32; b: u32 }"), "k.wgsl:1:18: found (;), expected (,) or (})");
  EXPECT_EQ(Fault("struct S {}"), "k.wgsl:1:11: found (}), expected a member");
  EXPECT_EQ(Fault("alias A = 3;"), "k.wgsl:1:11: found (3), expected a type");
  EXPECT_EQ(Fault("var<workgroup> a: array<u32, 4;"), "k.wgsl:1:24: found (<), expected (;)");
  EXPECT_EQ(Fault("const a = f(1;"), "k.wgsl:1:14: found (;), expected (,) or ())");
  EXPECT_EQ(Fault("const a = A<>;"), "k.wgsl:1:13: found (>), expected an expression");
  EXPECT_EQ(Fault("const a = 1; enable f16;"),
            "k.wgsl:1:14: directive (enable) stands after the first declaration");
  EXPECT_EQ(Fault("enable 3;"), "k.wgsl:1:8: found (3), expected the name of an extension");
  EXPECT_EQ(Fault("@ fn f() {}"), "k.wgsl:1:3: found (fn), expected the name of an attribute");
}

TEST(Parser, RefusesWhatIsNoStatement) {
  EXPECT_EQ(FaultIn("1 = x;"), "k.wgsl:2:1: found (1), expected a statement");
  EXPECT_EQ(FaultIn("a + 1;"),
            "k.wgsl:2:3: found (+), expected an assignment, (++), (--) or a call");
  EXPECT_EQ(FaultIn("(f());"),
            "k.wgsl:2:6: found (;), expected an assignment, (++), (--) or a call");
  EXPECT_EQ(FaultIn("(-a) = 1;"), "k.wgsl:2:2: nothing can be assigned to this expression");
  EXPECT_EQ(FaultIn("vec2<u32> = 1;"), "k.wgsl:2:1: nothing can be assigned to this expression");
  EXPECT_EQ(FaultIn("_ += 1;"), "k.wgsl:2:3: found (+=), expected (=)");
  EXPECT_EQ(FaultIn("_++;"), "k.wgsl:2:2: found (++), expected (=)");
  EXPECT_EQ(FaultIn("x = y--;"), "k.wgsl:2:8: found (;), expected an expression");
  EXPECT_EQ(FaultIn("break if x;"),
            "k.wgsl:2:1: (break if) stands outside the end of a continuing block");
  EXPECT_EQ(FaultIn("loop { continuing { break if x; y(); } }"),
            "k.wgsl:2:33: found (y), expected (})");
  EXPECT_EQ(FaultIn("loop { continuing {} y(); }"), "k.wgsl:2:22: found (y), expected (})");
  EXPECT_EQ(FaultIn("continuing {}"), "k.wgsl:2:1: found (continuing), expected a statement");
  EXPECT_EQ(FaultIn("switch x {}"), "k.wgsl:2:11: found (}), expected (case), (default) or (})");
  EXPECT_EQ(FaultIn("switch x { case 1 2: {} }"), "k.wgsl:2:19: found (2), expected ({)");
  EXPECT_EQ(FaultIn("@diagnostic(off, a.b) x = 1;"),
            "k.wgsl:2:23: found (x), expected a block, if, switch, loop, for or while");
  EXPECT_EQ(FaultIn("for (;;i++,j++) {}"), "k.wgsl:2:11: found (,), expected ())");
  EXPECT_EQ(FaultIn("for (return;;) {}"), "k.wgsl:2:6: found (return), expected a statement");
  EXPECT_EQ(FaultIn("if x y();"), "k.wgsl:2:6: found (y), expected ({)");
}

TEST(Parser, RefusesWhatIsTooDeep) {
  auto repeat = [](std::string_view piece, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += piece;
    return out;
  };
  const std::string open = repeat("(", 5000);
  EXPECT_EQ(Fault(StrCat("const a = ", open)), "k.wgsl:1:171: nesting is deeper than (160)");
  EXPECT_EQ(Fault(StrCat("fn f() ", repeat("{", 5000))),
            "k.wgsl:1:168: nesting is deeper than (160)");
  EXPECT_EQ(Fault(StrCat("const a = ", repeat("~", 5000), "1;")),
            "k.wgsl:1:170: nesting is deeper than (160)");
  EXPECT_EQ(Fault(StrCat("const a = ", repeat("- ", 120), "1;")),
            "k.wgsl:1:249: nesting is deeper than (160) when printed");
  EXPECT_EQ(Fault(StrCat("const a = ", repeat("a<", 5000), "a", repeat(">", 5000), ";")),
            "k.wgsl:1:331: nesting is deeper than (160)");
  EXPECT_EQ(FaultIn(StrCat("if a {}", repeat(" else if a {}", 5000))),
            "k.wgsl:2:2058: nesting is deeper than (160)");
  EXPECT_EQ(Fault(StrCat("const a = 1", repeat("+1", 5000), ";")),
            "k.wgsl:1:2012: expression is higher than (1000) operators");
  EXPECT_EQ(Fault(StrCat("const a = b", repeat(".b", 5000), ";")),
            "k.wgsl:1:2012: expression is higher than (1000) operators");
  // Each sign prints in brackets of its own.
  EXPECT_EQ(Fault(StrCat("const a = ", repeat("-", 79), "1;")), "no fault");
  EXPECT_EQ(Fault(StrCat("const a = 1", repeat("+1", 999), ";")), "no fault");
  EXPECT_EQ(Fault(StrCat("const a = ", repeat("(", 159), "1", repeat(")", 159), ";")), "no fault");
}

}  // namespace
}  // namespace ingot::wgsl
