#include "ingot/kernels/wgsl_unroll.h"

#include <gtest/gtest.h>

#include <string>

#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::kernels {
namespace {

// The body of a function with `body`, after the loops were written out.
std::string Unrolled(std::string_view body, const OverrideValues& overrides = {}) {
  const std::string text = StrCat(
      "override N: u32 = 2u;\noverride TWICE: u32 = N * 2u;\n"
      "var<workgroup> tile: array<f32, 64>;\n"
      "fn f(p: ptr<function, array<f32, 4>>) {\n  var v: array<f32, 4>;\n",
      body, "\n}\n");
  Result<wgsl::Module> module = wgsl::Parse(text, "unroll.wgsl");
  EXPECT_TRUE(module.ok()) << module.status().message();
  UnrollRegisterLoops(overrides, &*module);
  return wgsl::Print(*module);
}

bool IsUnrolled(std::string_view body, const OverrideValues& overrides = {}) {
  return Unrolled(body, overrides).find("for (") == std::string::npos;
}

TEST(Unroll, APassIsABlockWithItsCounter) {
  const std::string text = Unrolled("for (var i = 0u; i < N; i++) { v[i] = f32(i); }");
  EXPECT_NE(text.find("const i = 0u;\n      v[i] = f32(i);"), std::string::npos) << text;
  EXPECT_NE(text.find("const i = 1u;\n      v[i] = f32(i);"), std::string::npos) << text;
  EXPECT_EQ(text.find("const i = 2u;"), std::string::npos) << text;
  EXPECT_EQ(text.find("for ("), std::string::npos) << text;
}

TEST(Unroll, OverridesAndThoseMadeOfThemCount) {
  const std::string text =
      Unrolled("for (var i = 1; i < TWICE; i += 2) { v[i] = 0.0; }", {{"N", 3}});
  EXPECT_NE(text.find("const i = 5i;"), std::string::npos) << text;
  EXPECT_EQ(text.find("const i = 7i;"), std::string::npos) << text;
}

TEST(Unroll, NestedLoopsOverOneIndex) {
  const std::string text = Unrolled(
      "for (var b = 0u; b < 2u; b++) { for (var r = 0u; r < 2u; r++) { (*p)[b * 2u + r] = 0.0; } "
      "}");
  EXPECT_EQ(text.find("for ("), std::string::npos) << text;
  size_t writes = 0;
  for (size_t at = text.find("(*p)["); at != std::string::npos; at = text.find("(*p)[", at + 1)) {
    ++writes;
  }
  EXPECT_EQ(writes, 4u);
}

TEST(Unroll, OtherLoopsStay) {
  EXPECT_TRUE(IsUnrolled("for (var i = 0u; i < 4u; i++) { v[i] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 4u; i++) { tile[i] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("let n = u32(v[0]); for (var i = 0u; i < n; i++) { v[i] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 4u; i < 4u; i++) { v[i] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 65u; i++) { v[i & 3u] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 4u; i > 0u; i--) { v[i - 1u] = 0.0; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 4u; i++) { v[i] = 0.0; i += 1u; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 4u; i++) { v[i] = 0.0; let j = &i; }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 4u; i++) { if (v[i] > 0.0) { break; } }"));
  EXPECT_FALSE(IsUnrolled("for (var i = 0u; i < 4u; i++) { if (v[i] > 0.0) { continue; } }"));
}

TEST(Unroll, ABreakOfASwitchOrOfAnInnerLoopIsNotTheLoops) {
  EXPECT_TRUE(
      IsUnrolled("for (var i = 0u; i < 4u; i++) { switch i { case 0u: { break; } default: { v[i] = "
                 "0.0; } } }"));
  const std::string text = Unrolled(
      "for (var i = 0u; i < 2u; i++) { loop { if (v[i] > 0.0) { break; } v[i] += 1.0; } }");
  EXPECT_EQ(text.find("for ("), std::string::npos) << text;
}

TEST(Unroll, WhatWouldBecomeTooLongStays) {
  std::string body = "for (var i = 0u; i < 64u; i++) {";
  for (int line = 0; line < 80; ++line) body += " v[i & 3u] += 1.0;";
  EXPECT_FALSE(IsUnrolled(body + " }"));
}

}  // namespace
}  // namespace ingot::kernels
