#include "ingot/wgsl/printer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "ingot/base/file.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {
namespace {

std::string Again(std::string_view text) {
  Result<Module> module = Parse(text, "k");
  return module.ok() ? Print(*module) : module.status().message();
}

void ExpectStable(const std::string& path) {
  SCOPED_TRACE(path);
  Result<std::string> text = ReadFile(path);
  ASSERT_TRUE(text.ok()) << text.status().message();
  Result<Module> module = Parse(*text, path);
  ASSERT_TRUE(module.ok()) << module.status().message();
  const std::string printed = Print(*module);
  Result<Module> again = Parse(printed, "printed");
  ASSERT_TRUE(again.ok()) << again.status().message() << "\n" << printed;
  EXPECT_TRUE(*again == *module) << printed;
  EXPECT_EQ(Print(*again), printed);
}

// The `.wgsl` files of a folder, sorted.
std::vector<std::string> Shaders(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".wgsl") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(Printer, WhatItPrintsReadsBackEqual) {
  const std::vector<std::string> paths = Shaders(INGOT_SOURCE_DIR "/test/wgsl/corpus");
  EXPECT_GE(paths.size(), 15u);
  for (const std::string& path : paths) ExpectStable(path);
}

TEST(Printer, MeasuredShadersReadBackEqual) {
  const std::vector<std::string> paths = Shaders(INGOT_SOURCE_DIR "/../shared/probes");
  if (paths.empty()) GTEST_SKIP() << "no measured shaders beside the repository";
  for (const std::string& path : paths) ExpectStable(path);
}

// Of the corpus: a construct that it lacks would go untested.
TEST(Printer, TheCorpusHoldsEveryKindOfNode) {
  std::set<ExprKind> exprs;
  std::set<StmtKind> stmts;
  std::set<Op> ops;
  for (const std::string& path : Shaders(INGOT_SOURCE_DIR "/test/wgsl/corpus")) {
    const Module module = *Parse(*ReadFile(path), path);
    auto see = [&](const Expr& expr) {
      exprs.insert(expr.kind);
      ops.insert(expr.op);
    };
    for (const Declaration& declaration : module.declarations) {
      if (const auto* variable = std::get_if<Variable>(&declaration))
        ForEachOwnExpr(*variable, see);
      const auto* function = std::get_if<Function>(&declaration);
      if (function == nullptr) continue;
      ForEach(function->body, [&](const Stmt& stmt) {
        stmts.insert(stmt.kind);
        ops.insert(stmt.op);
        ForEachOwnExpr(stmt, see);
      });
    }
  }
  EXPECT_EQ(exprs.size(), static_cast<size_t>(ExprKind::kBinary) + 1);
  EXPECT_EQ(stmts.size(), static_cast<size_t>(StmtKind::kConstAssert) + 1);
  EXPECT_EQ(ops.size(), static_cast<size_t>(Op::kLogicalOr) + 1);
}

TEST(Printer, HasOneFormForATree) {
  EXPECT_EQ(
      Again("//! op: x\n//!\nenable f16,subgroups;requires a;diagnostic(off,b.c);\n"
            "alias F=array<f32,4>;const a:u32=1u;\n@group(0)@binding(1)var<storage,read>x:F;\n"
            "struct S{@size(16)a:u32,b:F};const_assert a==1;override o:bool;\n"
            "@compute@workgroup_size(a,2,)fn main(@builtin(workgroup_id)g:vec3u,)"
            "{if((a<b)){return;}else if c{}else{x[0]+=1;}"
            "for(var i=0u;i<4u;i++){}for(;;){break;}loop{continuing{break if(d);}}"
            "switch e{case 1,2{}case default{}case default,3{}}while f{}let y=&x;_=y;discard;"
            "@diagnostic(off,q){}}fn g()->@location(0)f32{return 1;}const z=2;"),
      "//! op: x\n"
      "//!\n"
      "\n"
      "enable f16, subgroups;\n"
      "requires a;\n"
      "diagnostic(off, b.c);\n"
      "\n"
      "alias F = array<f32, 4>;\n"
      "const a: u32 = 1u;\n"
      "@group(0) @binding(1) var<storage, read> x: F;\n"
      "\n"
      "struct S {\n"
      "  @size(16) a: u32,\n"
      "  b: F,\n"
      "}\n"
      "\n"
      "const_assert a == 1;\n"
      "override o: bool;\n"
      "\n"
      "@compute @workgroup_size(a, 2)\n"
      "fn main(@builtin(workgroup_id) g: vec3u) {\n"
      "  if (a < b) {\n"
      "    return;\n"
      "  } else if (c) {} else {\n"
      "    x[0] += 1;\n"
      "  }\n"
      "  for (var i = 0u; i < 4u; i++) {}\n"
      "  for (;;) {\n"
      "    break;\n"
      "  }\n"
      "  loop {\n"
      "    continuing {\n"
      "      break if d;\n"
      "    }\n"
      "  }\n"
      "  switch (e) {\n"
      "    case 1, 2: {}\n"
      "    default: {}\n"
      "    case default, 3: {}\n"
      "  }\n"
      "  while (f) {}\n"
      "  let y = &x;\n"
      "  _ = y;\n"
      "  discard;\n"
      "  @diagnostic(off, q) {}\n"
      "}\n"
      "\n"
      "fn g() -> @location(0) f32 {\n"
      "  return 1;\n"
      "}\n"
      "\n"
      "const z = 2;\n");
  EXPECT_EQ(Again(""), "");
  EXPECT_EQ(Again("//!x"), "//! x\n");
}

std::string Expression(std::string_view text) {
  Result<Module> module = Parse(StrCat("const x = ", text, ";"), "e");
  if (!module.ok()) return module.status().message();
  return Print(*std::get<Variable>(module->declarations.at(0)).value);
}

TEST(Printer, WritesOnlyTheBracketsThatTheGrammarDemands) {
  EXPECT_EQ(Expression("((a)+(b*c))-(d-e)"), "a + b * c - (d - e)");
  EXPECT_EQ(Expression("((a)&(b))==(c)"), "(a & b) == c");
  EXPECT_EQ(Expression("(a<<1u)+(b)"), "(a << 1u) + b");
  EXPECT_EQ(Expression("(a+b)<<(1u)"), "(a + b) << 1u");
  EXPECT_EQ(Expression("(a&&b)||(c==d)"), "(a && b) || c == d");
  EXPECT_EQ(Expression("(a|b)|c"), "a | b | c");
  EXPECT_EQ(Expression("a|(b|c)"), "a | (b | c)");
  EXPECT_EQ(Expression("(-a).b"), "(-a).b");
  EXPECT_EQ(Expression("-(a.b)"), "-a.b");
  EXPECT_EQ(Expression("(*p)[(i)]"), "(*p)[i]");
  EXPECT_EQ(Expression("(1)[0]"), "(1)[0]");
}

TEST(Printer, BracketsKeepComparisonsFromBecomingTemplates) {
  EXPECT_EQ(Expression("f((a < b), c > d)"), "f((a < b), c > d)");
  EXPECT_EQ(Expression("f(a < b, (c > d))"), "f((a < b), c > d)");
  EXPECT_EQ(Expression("f((a < b), (c >> d) == e)"), "f((a < b), c >> d == e)");
  EXPECT_EQ(Expression("f(a < b, c[d > e])"), "f(a < b, c[d > e])");
  EXPECT_EQ(Expression("f((a > b), (c < d))"), "f(a > b, c < d)");
  EXPECT_EQ(Expression("a < (b >> c)"), "a < (b >> c)");
  EXPECT_EQ(Expression("T<(a < b), (c >> d), e & f>()"), "T<(a < b), (c >> d), e & f>()");
}

TEST(Printer, SignsDoNotRunTogether) {
  EXPECT_EQ(Expression("- -a"), "-(-a)");
  EXPECT_EQ(Expression("a - -b"), "a - -b");
  EXPECT_EQ(Expression("& &a"), "&(&a)");
  EXPECT_EQ(Expression("!!a"), "!!a");
}

// A random tree, built without the grammar's restrictions.
class Grower {
 public:
  explicit Grower(uint64_t seed) : seed_(seed * 2654435761u + 1) {}
  Expr Grow(int depth) {
    const uint64_t pick = depth == 0 ? Next(2) : Next(12);
    if (pick == 0) return {.kind = ExprKind::kLiteral, .text = Next(2) == 0 ? "1" : "2.5f"};
    if (pick == 1) return {.text = Next(2) == 0 ? "a" : "b"};
    Expr out;
    if (pick == 2) {
      out = {.kind = ExprKind::kMember, .text = "x"};
      out.operands = {Grow(depth - 1)};
    } else if (pick == 3) {
      out.kind = ExprKind::kIndex;
      out.operands = {Grow(depth - 1), Grow(depth - 1)};
    } else if (pick == 4) {
      out = {.kind = ExprKind::kCall, .text = "f"};
      if (Next(2) == 0) out.template_args = {Grow(depth - 1), Grow(depth - 1)};
      for (uint64_t i = Next(4); i > 0; --i) out.operands.push_back(Grow(depth - 1));
    } else if (pick == 5) {
      out = {.kind = ExprKind::kUnary, .op = static_cast<Op>(1 + Next(5))};
      out.operands = {Grow(depth - 1)};
    } else {
      const auto first = static_cast<uint64_t>(Op::kMul);
      out = {
          .kind = ExprKind::kBinary,
          .op = static_cast<Op>(first + Next(static_cast<uint64_t>(Op::kLogicalOr) - first + 1))};
      out.operands = {Grow(depth - 1), Grow(depth - 1)};
    }
    return out;
  }

 private:
  uint64_t Next(uint64_t count) {
    seed_ = seed_ * 6364136223846793005u + 1442695040888963407u;
    return (seed_ >> 33) % count;
  }
  uint64_t seed_;
};

TEST(Printer, AnyTreeOfExpressionsReadsBackEqual) {
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    Grower grower(seed);
    const Expr expr = grower.Grow(static_cast<int>(seed % 6));
    const std::string text = Print(expr);
    Result<Module> module = Parse(StrCat("const x = ", text, ";"), "e");
    ASSERT_TRUE(module.ok()) << text << "\n" << module.status().message();
    ASSERT_TRUE(*std::get<Variable>(module->declarations.at(0)).value == expr) << text;
  }
}

}  // namespace
}  // namespace ingot::wgsl
