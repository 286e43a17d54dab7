#include "ingot/wgsl/subset.h"

#include <gtest/gtest.h>

#include <set>

#include "ingot/base/text.h"

namespace ingot::wgsl {
namespace {

std::vector<Finding> Findings(std::string_view text, const SubsetOptions& options = {}) {
  Result<Module> module = Parse(text, "k");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return module.ok() ? CheckSubset(*module, options) : std::vector<Finding>{};
}

std::string Shown(std::string_view text, const SubsetOptions& options = {}) {
  std::vector<std::string> lines;
  for (const Finding& finding : Findings(text, options)) lines.push_back(Print(finding, "k"));
  return Join(lines, "\n");
}

constexpr std::string_view kHead =
    "@group(0) @binding(0) var<storage, read_write> y: array<u32>;\n"
    "var<workgroup> red: array<u32, 64>;\n"
    "struct Thr { @builtin(local_invocation_index) lid: u32 }\n"
    "struct Grp { @builtin(workgroup_id) id: vec3<u32> }\n";

// What is found in a body; its line is 1.
std::string InMain(std::string_view body) {
  std::string text =
      StrCat("@compute @workgroup_size(64) fn main(g: Grp, t: Thr) { ", body, " }\n");
  return Shown(StrCat(text, kHead));
}

TEST(Subset, RulesHaveNamesAndReasons) {
  std::set<std::string_view> names;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_FALSE(rule.reason.empty()) << rule.name;
  }
}

TEST(Subset, AcceptsAKernelInOurStyle) {
  EXPECT_EQ(
      Shown(
          "//! op: sum\n"
          "override WG: u32 = 64u;\n"
          "struct Params { size: u32, dim: u32 }\n"
          "@group(0) @binding(0) var<uniform> p: Params;\n"
          "@group(0) @binding(1) var<storage, read> x: array<f32>;\n"
          "@group(0) @binding(2) var<storage, read_write> y: array<f32>;\n"
          "@group(0) @binding(3) var<storage, read_write> n: array<atomic<u32>>;\n"
          "var<workgroup> red: array<f32, WG>;\n"
          "var<workgroup> flag: u32;\n"
          "struct Thr { @builtin(local_invocation_index) lid: u32 }\n"
          "struct Grp { @builtin(workgroup_id) id: vec3<u32> }\n"
          "fn add(into: ptr<function, f32>, v: f32) { *into += v; }\n"
          "fn sum(t: Thr, v: f32) -> f32 {\n"
          "  red[t.lid] = v;\n"
          "  for (var d = WG / 2u; d > 0u; d = d / 2u) {\n"
          "    workgroupBarrier();\n"
          "    if (t.lid < d) { red[t.lid] += red[t.lid + d]; }\n"
          "  }\n"
          "  workgroupBarrier();\n"
          "  return red[0];\n"
          "}\n"
          "@compute @workgroup_size(WG)\n"
          "fn main(g: Grp, t: Thr) {\n"
          "  var v = 0.0;\n"
          "  for (var i = t.lid; i < p.dim; i += WG) { add(&v, x[g.id.x * p.dim + i] / "
          "f32(p.dim)); }\n"
          "  let total = sum(t, v);\n"
          "  if (t.lid == 0u) { y[g.id.x] = total; flag = atomicAdd(&n[0], 1u); }\n"
          "  if (workgroupUniformLoad(&flag) == arrayLength(&x) / p.dim) { workgroupBarrier(); }\n"
          "}\n"),
      "");
}

TEST(Subset, OneEntryPointNamedMain) {
  EXPECT_EQ(Shown("const a = 1;"),
            "k:1:1: error: no entry point, expected (main) (entry: one file is one pipeline)");
  EXPECT_EQ(Shown("@compute @workgroup_size(1) fn run() {}"),
            "k:1:32: error: entry point (run) is not (main) (entry: one file is one pipeline)");
  EXPECT_EQ(Shown("@compute @workgroup_size(1) fn main() {} @vertex fn vs() {}"),
            "k:1:53: error: entry point (vs) is not for compute (entry: one file is one pipeline)");
  EXPECT_EQ(Shown("const a = 1;", {.entry = false}), "");
  EXPECT_EQ(Shown("@compute @workgroup_size(1) fn main() {}", {.entry = false}),
            "k:1:32: error: entry point (main) in a part of a kernel (entry: one file is one "
            "pipeline)");
}

TEST(Subset, OneBindGroup) {
  constexpr std::string_view kMain = "@compute @workgroup_size(1) fn main() {}\n";
  EXPECT_EQ(Shown(StrCat(kMain, "@group(1) @binding(0) var<uniform> p: u32;")),
            "k:2:36: error: resource (p) in group (1), not (0) (group: a pipeline has one bind "
            "group)");
  EXPECT_EQ(Shown(StrCat(kMain, "var<storage> x: array<u32>;")),
            "k:2:14: error: resource (x) without a group (group: a pipeline has one bind group)");
  EXPECT_EQ(Shown("var<storage> x: array<u32>;", {.entry = false}), "");
}

TEST(Subset, NoDirectives) {
  EXPECT_EQ(Shown("enable f16;\nrequires a, b;\ndiagnostic(off, c);", {.entry = false}),
            "k:1:1: error: enable (f16) (directive: implementations disagree about them, so the "
            "loader adds what a choice needs)\n"
            "k:2:1: error: requires (a, b) (directive: implementations disagree about them, so the "
            "loader adds what a choice needs)");
}

TEST(Subset, NoPointersToSharedMemory) {
  EXPECT_EQ(Shown("fn f(p: ptr<storage, u32, read_write>) {}", {.entry = false}),
            "k:1:9: error: pointer to (storage) (pointer: pointers reach function and private "
            "memory only, elsewhere an index goes)");
  EXPECT_EQ(InMain("let p = &red[0];"),
            "k:1:64: error: pointer to (red) in (workgroup) (pointer: pointers reach function and "
            "private memory only, elsewhere an index goes)");
  EXPECT_EQ(InMain("var v = arrayLength(&y); let q = &v; let red = 1u; *q += red;"), "");
  EXPECT_EQ(InMain("var red = 1u; let q = &red;"), "");
}

TEST(Subset, OverridesOfFourTypes) {
  EXPECT_EQ(Shown("override a: f16 = 1h; override b: u32; override c = 1;", {.entry = false}),
            "k:1:10: error: override (a) of type (f16) (override-type: values are given as bool, "
            "u32, i32 or f32)");
}

TEST(Subset, OneDimensionalWorkgroups) {
  EXPECT_EQ(Shown("@compute @workgroup_size(8, 4) fn main() {}"),
            "k:1:29: error: workgroup size (4) along y (dimension: subgroups follow the index of a "
            "thread only in one dimension)");
  EXPECT_EQ(Shown("@compute @workgroup_size(8, 1, 1u) fn main() {}"), "");
}

TEST(Subset, WarnsOfDivisionsInLoops) {
  constexpr std::string_view kReason =
      " (loop-division: an integer division takes tens of cycles, a shift or a running counter "
      "one)";
  EXPECT_EQ(InMain("let n = y[0]; for (var i = 0u; i < 4u; i++) { y[i] = i / n; }"),
            StrCat("k:1:111: warning: (/) by (n) inside a loop", kReason));
  EXPECT_EQ(InMain("var a = 9u; while (a > 1u) { a %= g.id.x; }"),
            StrCat("k:1:85: warning: (%) by (g.id.x) inside a loop", kReason));
  EXPECT_EQ(InMain("let n = y[0]; y[1] = 7u / n; for (var i = 0u; i < 4u; i++) { y[i] = i / 3u; }"),
            "");
  EXPECT_EQ(InMain("let n = f32(y[0]); for (var i = 0u; i < 4u; i++) { y[i] = u32(1.0 / n); }"),
            "");
}

TEST(Subset, NoBarrierBelowAConditionOnTheThread) {
  constexpr std::string_view kReason = " (barrier: threads that do not come hang the others)";
  EXPECT_EQ(InMain("if (t.lid < 3u) { workgroupBarrier(); }"),
            StrCat("k:1:74: error: (workgroupBarrier) below a condition on the thread", kReason));
  EXPECT_EQ(InMain("let a = t.lid + 1u; for (var i = 0u; i < a; i++) { workgroupBarrier(); }"),
            StrCat("k:1:107: error: (workgroupBarrier) below a condition on the thread", kReason));
  EXPECT_EQ(InMain("if (t.lid == 0u) { return; } workgroupBarrier();"),
            StrCat("k:1:85: error: (workgroupBarrier) below a condition on the thread", kReason));
  EXPECT_EQ(InMain("loop { if (t.lid == 0u) { break; } workgroupBarrier(); }"),
            StrCat("k:1:91: error: (workgroupBarrier) below a condition on the thread", kReason));
  EXPECT_EQ(
      InMain("var i = 0u; loop { storageBarrier(); continuing { i++; break if i > t.lid; } }"),
      StrCat("k:1:75: error: (storageBarrier) below a condition on the thread", kReason));
  EXPECT_EQ(InMain("for (var i = 0u; i < 4u; i++) { if (t.lid == i) { continue; } y[i] = 1u; } "
                   "workgroupBarrier();"),
            "");
  EXPECT_EQ(InMain("{ let d = t.lid; y[d] = d; } for (var d = 8u; d > 0u; d >>= 1u) { "
                   "workgroupBarrier(); }"),
            "");
  EXPECT_EQ(InMain("switch (t.lid) { case 1u: { break; } default: {} } workgroupBarrier();"), "");
  EXPECT_EQ(InMain("if (g.id.x == 0u) { return; } workgroupBarrier();"), "");
  EXPECT_EQ(
      Shown("fn sum() { workgroupBarrier(); }\nfn outer() { sum(); }\n"
            "@compute @workgroup_size(64)\n"
            "fn main(@builtin(local_invocation_id) id: vec3<u32>) { if (id.x > 1u) { outer(); } }"),
      StrCat("k:4:73: error: call of (outer), which has a barrier, below a condition on the "
             "thread",
             kReason));
}

TEST(Subset, SubgroupsOnlyWhereAllowed) {
  constexpr std::string_view kText =
      "fn f(v: u32) -> u32 { return subgroupShuffleXor(v, 1u); }\n"
      "struct T { @builtin(subgroup_invocation_id) lane: u32 }";
  EXPECT_EQ(Shown(kText, {.entry = false}),
            "k:1:30: error: call of (subgroupShuffleXor) (subgroup: not every device has "
            "subgroups, so fragments hide them)\n"
            "k:2:45: error: built-in value (subgroup_invocation_id) (subgroup: not every device "
            "has subgroups, so fragments hide them)");
  EXPECT_EQ(Shown(kText, {.entry = false, .subgroups = true}), "");
  EXPECT_EQ(Shown("fn f(v: u32) -> u32 { return quadSwapX(v); }", {.entry = false}),
            "k:1:30: error: call of (quadSwapX) (subgroup: not every device has subgroups, so "
            "fragments hide them)");
  EXPECT_EQ(Shown("fn quad_of(v: u32) -> u32 { return v; }\n"
                  "fn f(v: u32) -> u32 { return quad_of(v); }",
                  {.entry = false}),
            "");
}

TEST(Subset, SubgroupSumsOfFloatsHaveNoOrder) {
  const SubsetOptions options = {.entry = false, .subgroups = true};
  EXPECT_EQ(Shown("fn f(v: vec4<f32>) -> f32 { return subgroupAdd(v.x); }", options),
            "k:1:36: error: (subgroupAdd) of floats (subgroup-order: neither order nor choice of a "
            "subgroup is specified)");
  EXPECT_EQ(Shown("fn f(v: u32) -> u32 { return subgroupInclusiveAdd(v); }", options), "");
  EXPECT_EQ(Shown("fn f() -> bool { return subgroupElect(); }", options),
            "k:1:25: error: call of (subgroupElect), expected (subgroup_invocation_id == 0) "
            "(subgroup-order: neither order nor choice of a subgroup is specified)");
}

TEST(Subset, AtMostEightStorageBindings) {
  std::string text;
  for (int i = 0; i < 9; ++i) text += StrCat("var<storage> x", i, ": array<u32>;\n");
  EXPECT_EQ(Shown(text, {.entry = false}),
            "k:9:14: error: storage binding (9) is more than (8) (storage-bindings: a device may "
            "grant no more)");
}

TEST(Subset, NoFloatAtomics) {
  EXPECT_EQ(Shown("alias w = u32; var<workgroup> a: array<atomic<f32>, 4>; "
                  "var<workgroup> b: atomic<w>;",
                  {.entry = false}),
            "k:1:40: error: type (atomic<f32>) (atomic: only integers have atomics)");
}

TEST(Subset, NoComparisonWithItself) {
  EXPECT_EQ(Shown("fn f(v: vec2<f32>) -> bool { return v.x != (v.x); }", {.entry = false}),
            "k:1:41: error: comparison (v.x != v.x) with itself (nan-test: compilers assume that "
            "there is no NaN: test the bits)");
}

TEST(Subset, NoBitcastToHalf) {
  EXPECT_EQ(
      Shown("fn f(v: vec2<u32>) { let a = bitcast<vec4<f16>>(v); let b = bitcast<f32>(v.x); }",
            {.entry = false}),
      "k:1:30: error: bitcast to (vec4<f16>) (half-bitcast: not every implementation has it: "
      "unpack2x16float does)");
}

TEST(Subset, ArrayLengthsAreNamed) {
  EXPECT_EQ(Shown("override A: u32 = 4u; const B = 2u; var<workgroup> x: array<u32, A>;\n"
                  "var<workgroup> y: array<u32, A * 2u>; var<workgroup> z: array<u32, B * 2u>;",
                  {.entry = false}),
            "k:2:19: error: array length (A * 2u) (array-length: not every implementation "
            "evaluates it: name it by an override)");
}

TEST(Subset, ConstAssertSeesNoOverrides) {
  EXPECT_EQ(Shown("override A: u32 = 4u; const B = 2u; const_assert A > 1u; const_assert B > 1u;",
                  {.entry = false}),
            "k:1:37: error: const_assert of (A > 1u) (const-assert: const_assert cannot see "
            "overrides)");
}

}  // namespace
}  // namespace ingot::wgsl
