#include "ingot/wgsl/scope.h"

#include <gtest/gtest.h>

#include "ingot/wgsl/printer.h"

namespace ingot::wgsl {
namespace {

Module Read(std::string_view text) {
  Result<Module> module = Parse(text, "k");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return module.ok() ? *module : Module{};
}

TEST(Scope, RenamesModuleNamesOnly) {
  Module module = Read(
      "override N: u32 = 4u; struct S { N: u32 } var<workgroup> red: array<S, N>;\n"
      "fn f(x: u32) -> u32 { let s = red[N].N + x; { let N = 2u; return N + s; } }\n"
      "@compute @workgroup_size(N) fn main(@builtin(local_invocation_index) t: u32) {\n"
      "  for (var N = f(N); N < 3u; N++) { red[N].N = f(N); } }\n");
  const Module want = Read(
      "override x_N: u32 = 4u; struct x_S { N: u32 } var<workgroup> red: array<x_S, x_N>;\n"
      "fn x_f(x: u32) -> u32 { let s = red[x_N].N + x; { let N = 2u; return N + s; } }\n"
      "@compute @workgroup_size(x_N) fn main(@builtin(local_invocation_index) t: u32) {\n"
      "  for (var N = x_f(x_N); N < 3u; N++) { red[N].N = x_f(N); } }\n");
  ASSERT_TRUE(Rename({{"N", "x_N"}, {"S", "x_S"}, {"f", "x_f"}}, &module).ok());
  EXPECT_EQ(Print(module), Print(want));
  const Module before = module;
  EXPECT_EQ(Rename({{"red", "s"}}, &module).message(),
            "2:27: local name (s) would hide a renamed one");
  EXPECT_TRUE(module == before);
}

TEST(Scope, ReachesThroughCallsAndTypes) {
  const Module module = Read(
      "const n = 2; alias A = array<u32, n>; var<private> a: A; const lost = 1;\n"
      "fn g() { a[0] = 1u; } fn h() { _ = lost; } fn main() { g(); }\n");
  EXPECT_EQ(ReachableNames(module, "main"), (std::set<std::string>{"A", "a", "g", "main", "n"}));
}

}  // namespace
}  // namespace ingot::wgsl
