#include "ingot/wgsl/reflect.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/wgsl/printer.h"

namespace ingot::wgsl {
namespace {

Module Read(std::string_view text) {
  Result<Module> module = Parse(text, "k");
  EXPECT_TRUE(module.ok()) << module.status().message();
  return module.ok() ? *module : Module{};
}

Reflection Seen(std::string_view text) {
  Result<Reflection> reflection = Reflect(Read(text), "k");
  EXPECT_TRUE(reflection.ok()) << reflection.status().message();
  return reflection.ok() ? *reflection : Reflection{};
}

std::string Fault(std::string_view text) {
  Result<Reflection> reflection = Reflect(Read(text), "k");
  return reflection.ok() ? "no fault" : reflection.status().message();
}

// `offset+size/align` of each member, then of the struct.
std::string Laid(std::string_view text, std::string_view name) {
  for (const StructLayout& layout : Seen(text).structs) {
    if (layout.name != name) continue;
    std::vector<std::string> parts;
    for (const MemberLayout& member : layout.members) {
      parts.push_back(StrCat(member.name, ":", member.offset, "+", member.size, "/", member.align));
    }
    parts.push_back(StrCat(layout.layout.size, "/", layout.layout.align));
    return Join(parts, " ");
  }
  return "no struct";
}

TEST(Reflect, ListsBindings) {
  const Reflection seen = Seen(
      "alias words = array<vec4<u32>>;\n"
      "struct Params { rows: u32, scale: f32 }\n"
      "@group(0) @binding(2) var<storage, read_write> y: array<f32>;\n"
      "@group(0) @binding(0) var<uniform> p: Params;\n"
      "const ONE = 1u; @binding(ONE) @group(0) var<storage> w: words;\n"
      "@group(1) @binding(0) var image: texture_2d<f32>;\n"
      "var<workgroup> red: array<f32, 4>;\n");
  ASSERT_EQ(seen.bindings.size(), 4u);
  const Binding& p = seen.bindings[0];
  EXPECT_EQ(p.name, "p");
  EXPECT_EQ(p.space, Space::kUniform);
  EXPECT_EQ(p.type, "Params");
  EXPECT_EQ(p.layout->size, 8u);
  const Binding& w = seen.bindings[1];
  EXPECT_EQ(w.name, "w");
  EXPECT_EQ(w.number, 1u);
  EXPECT_EQ(w.space, Space::kStorage);
  EXPECT_EQ(w.access, Access::kRead);
  EXPECT_EQ(w.type, "words");
  EXPECT_EQ(w.element, "vec4<u32>");
  EXPECT_EQ(*w.layout, (TypeLayout{16, 16, 16, true}));
  EXPECT_EQ(w.place.line, 5u);
  const Binding& y = seen.bindings[2];
  EXPECT_EQ(y.access, Access::kReadWrite);
  EXPECT_EQ(y.element, "f32");
  const Binding& image = seen.bindings[3];
  EXPECT_EQ(image.group, 1u);
  EXPECT_EQ(image.space, Space::kHandle);
  EXPECT_EQ(image.type, "texture_2d<f32>");
  EXPECT_FALSE(image.layout.has_value());
}

TEST(Reflect, StagesHaveBindingsWithoutNumbers) {
  const Reflection seen = Seen("var<storage, read> norm: array<f32>; var<uniform> q: vec4<u32>;");
  ASSERT_EQ(seen.bindings.size(), 2u);
  EXPECT_FALSE(seen.bindings[0].group.has_value());
  EXPECT_EQ(seen.bindings[1].name, "q");
}

TEST(Reflect, ListsOverridesWithTheirDefaults) {
  const Reflection seen = Seen(
      "override TILE: u32 = 16;\n"
      "@id(7) override SCALE = 0.5;\n"
      "override WORDS: u32 = TILE * (TILE + 1u);\n"
      "override FORMAT: u32;\n"
      "override LATER: u32 = FORMAT + 1u;\n"
      "override FLAG = TILE == 16u;\n"
      "override RATIO = 2 * f32(FORMAT);\n");
  ASSERT_EQ(seen.overrides.size(), 7u);
  EXPECT_EQ(seen.overrides[0].value, (Scalar{ScalarType::kU32, 16, 0}));
  EXPECT_FALSE(seen.overrides[0].id.has_value());
  EXPECT_EQ(seen.overrides[1].id, 7u);
  EXPECT_EQ(seen.overrides[1].value, (Scalar{ScalarType::kF32, 0, 0.5}));
  EXPECT_EQ(seen.overrides[2].value->integer, 272);
  EXPECT_EQ(Print(*seen.overrides[2].default_value), "TILE * (TILE + 1u)");
  EXPECT_FALSE(seen.overrides[3].value.has_value());
  EXPECT_FALSE(seen.overrides[3].default_value.has_value());
  EXPECT_EQ(seen.overrides[4].type, ScalarType::kU32);
  EXPECT_FALSE(seen.overrides[4].value.has_value());
  EXPECT_EQ(seen.overrides[5].type, ScalarType::kBool);
  EXPECT_EQ(seen.overrides[5].value->integer, 1);
  EXPECT_EQ(seen.overrides[6].type, ScalarType::kF32);
  EXPECT_FALSE(seen.overrides[6].value.has_value());
}

// The example of the standard's chapter on memory layout.
TEST(Reflect, LaysOutStructsAsTheStandardDoes) {
  constexpr std::string_view kText =
      "struct A { u: f32, v: f32, w: vec2<f32>, @size(16) x: f32 }\n"
      "struct B { a: vec2<f32>, b: vec3<f32>, c: f32, d: f32, @align(16) e: A, f: vec3<f32>,\n"
      "  @align(16) g: array<A, 3>, h: i32 }\n"
      "@group(0) @binding(0) var<uniform> b: B;\n";
  EXPECT_EQ(Laid(kText, "A"), "u:0+4/4 v:4+4/4 w:8+8/8 x:16+16/4 32/8");
  EXPECT_EQ(Laid(kText, "B"),
            "a:0+8/8 b:16+12/16 c:28+4/4 d:32+4/4 e:48+32/16 f:80+12/16 g:96+96/16 h:192+4/4 "
            "208/16");
}

TEST(Reflect, LaysOutEveryType) {
  EXPECT_EQ(
      Laid("struct S { a: mat2x2<f32>, b: mat3x3f, c: mat4x3<f32>, d: mat3x2f, e: mat4x4f }", "S"),
      "a:0+16/8 b:16+48/16 c:64+64/16 d:128+24/8 e:160+64/16 224/16");
  EXPECT_EQ(Laid("struct S { a: f16, b: vec2<f16>, c: vec3h, d: f16, e: vec4<f16>, f: mat2x3<f16>,"
                 " g: mat3x2h, h: array<vec3<f16>, 2> }",
                 "S"),
            "a:0+2/2 b:4+4/4 c:8+6/8 d:14+2/2 e:16+8/8 f:24+16/8 g:40+12/4 h:56+16/8 72/8");
  EXPECT_EQ(Laid("alias h = f16; alias v = vec3<h>; const N = 2; struct S { a: array<v, N + 1>, "
                 "b: atomic<u32>, c: array<array<u32, 3>> }",
                 "S"),
            "a:0+24/8 b:24+4/4 c:28+12/4 40/8");
}

TEST(Reflect, LengthsMayHangOnOverrides) {
  constexpr std::string_view kText =
      "override N: u32; struct S { a: array<u32, N> }\n"
      "var<workgroup> red: array<vec3<f32>, N>; var<workgroup> flag: bool;\n"
      "var<workgroup> unused: array<u32, 1000>;\n"
      "fn part() -> bool { return flag; }\n"
      "@compute @workgroup_size(N * 2u, 3) fn main() { red[0] = vec3f(); _ = part(); }\n";
  const Reflection seen = Seen(kText);
  EXPECT_TRUE(seen.structs.empty());
  ASSERT_EQ(seen.entry_points.size(), 1u);
  EXPECT_EQ(seen.entry_points[0].stage, "compute");
  EXPECT_EQ(Print(seen.entry_points[0].workgroup_size[0]), "N * 2u");
  const Module module = Read(kText);
  const EntryPoint& entry = seen.entry_points[0];
  EXPECT_EQ(*EvaluateWorkgroupSize(module, "k", entry, {{"N", 5}}), (WorkgroupSize{10, 3, 1}));
  EXPECT_EQ(*EvaluateWorkgroupBytes(module, "k", entry, {{"N", 5}}), 5u * 16 + 16);
  EXPECT_EQ(EvaluateWorkgroupSize(module, "k", entry, {}).status().message(),
            "k:1:10: override (N) has no value");
  EXPECT_EQ(EvaluateWorkgroupBytes(module, "k", entry, {{"N", 0}}).status().message(),
            "k:2:21: array length (0) is not positive");
  EXPECT_EQ(EvaluateWorkgroupSize(module, "k", entry, {{"N", 1e5}}).status().message(),
            "k:5:28: workgroup size (200000) is not in 1..65536");
}

TEST(Reflect, ListsWhatFunctionsUse) {
  const Reflection seen = Seen(
      "const a = 1; const b = 2; override c = 3; struct S { x: u32 }\n"
      "fn f(a: u32) -> S { let b = a + b; { let c = b; } return S(u32(c)); }\n"
      "fn g() { for (var b = a; b < 3; b++) {} f(1u); if true { let f = 1; _ = f; } }\n");
  ASSERT_EQ(seen.functions.size(), 2u);
  EXPECT_EQ(seen.functions[0].names, (std::vector<std::string>{"S", "b", "c"}));
  EXPECT_EQ(seen.functions[1].names, (std::vector<std::string>{"a", "f"}));
}

TEST(Reflect, RefusesWhatHasNoMeaning) {
  EXPECT_EQ(Fault("@group(0) var<storage> x: u32;"), "k:1:24: resource (x) has no @binding");
  EXPECT_EQ(Fault("@binding(0) var<storage> x: u32;"), "k:1:26: resource (x) has no @group");
  EXPECT_EQ(Fault("@group(0) @binding(1) var<storage> x: u32;\n"
                  "@group(0) @binding(1) var<storage> y: u32;"),
            "k:2:36: binding (1) of group (0) is both (x) and (y)");
  EXPECT_EQ(Fault("@group(0) @binding(0) var<storage, write> x: u32;"),
            "k:1:43: access (write) of (x) is neither (read) nor (read_write)");
  EXPECT_EQ(Fault("@group(0) @binding(0-1) var<storage> x: u32;"),
            "k:1:21: value (-1) is negative");
  EXPECT_EQ(Fault("var<function> x: u32;"),
            "k:1:15: address space (function) of (x) is unknown at module scope");
  EXPECT_EQ(Fault("const a = 1;\nfn a() {}"), "k:2:4: name (a) is declared twice");
  EXPECT_EQ(Fault("override a: u32 = 1.5;"), "k:1:10: a: value is abstract float, not u32");
  EXPECT_EQ(Fault("override a: u32 = a + 1u;"), "k:1:10: constant (a) needs its own value");
  EXPECT_EQ(Fault("alias a = b; alias b = a; struct S { x: a }"),
            "k:1:41: alias (a) stands for itself");
  EXPECT_EQ(Fault("struct S { x: S }"), "k:1:8: type is nested deeper than (64)");
  EXPECT_EQ(Fault("struct S { x: array<u32>, y: u32 }"),
            "k:1:27: member (y) stands after a runtime-sized one");
  EXPECT_EQ(Fault("struct S { x: array<array<u32>, 2> }"),
            "k:1:15: element of an array has no fixed size");
  EXPECT_EQ(Fault("struct S { @align(12) x: u32 }"),
            "k:1:23: @align (12) of member (x) is no power of two from (4)");
  EXPECT_EQ(Fault("struct S { @size(8) x: vec3f }"),
            "k:1:21: @size (8) of member (x) is below its size (12)");
  EXPECT_EQ(Fault("struct S { x: array<u32, 0xFFFFFFFFFFFFFF> }"),
            "k:1:15: array length (72057594037927935) is too large");
  EXPECT_EQ(Fault("struct S { x: vec5<f32> }"), "k:1:15: type (vec5<f32>) has no layout in memory");
}

TEST(Reflect, HoldsUniformsToTheirRules) {
  auto uniform = [](std::string_view text) {
    return Fault(StrCat(text, "\n@group(0) @binding(0) var<uniform> p: S;"));
  };
  EXPECT_EQ(uniform("struct S { a: u32, b: vec3f, c: array<vec4u, 2> }"), "no fault");
  EXPECT_EQ(uniform("struct S { a: array<u32, 4> }"),
            "k:1:15: type (array<u32, 4>) has elements (4) bytes apart, in a uniform they are "
            "multiples of (16)");
  EXPECT_EQ(uniform("struct T { x: u32 } struct S { a: u32, b: T }"),
            "k:1:40: member (b) at offset (4) stands at no multiple of (16), as in a uniform it "
            "must");
  EXPECT_EQ(uniform("struct T { x: u32 } struct S { a: T, b: u32 }"),
            "k:1:38: member (b) at offset (4) follows a struct that ends at (16)");
  EXPECT_EQ(uniform("struct T { x: u32 } struct S { a: T, @align(16) b: u32 }"), "no fault");
  EXPECT_EQ(uniform("struct S { a: bool }"), "k:1:15: type (bool) stands in a uniform");
  EXPECT_EQ(uniform("struct S { a: vec2<bool> }"), "k:1:15: type (vec2<bool>) stands in a uniform");
  EXPECT_EQ(uniform("struct S { a: atomic<u32> }"),
            "k:1:15: type (atomic<u32>) stands in a uniform");
  EXPECT_EQ(uniform("struct S { a: array<vec4f> }"),
            "k:2:39: type (S) has no fixed size, as a uniform must");
}

TEST(Reflect, ReadsTheCorpus) {
  size_t bindings = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(INGOT_SOURCE_DIR "/test/wgsl/corpus")) {
    const std::string path = entry.path().string();
    Result<Reflection> seen = Reflect(Read(*ReadFile(path)), path);
    ASSERT_TRUE(seen.ok()) << seen.status().message();
    bindings += seen->bindings.size();
  }
  EXPECT_GT(bindings, 30u);
}

}  // namespace
}  // namespace ingot::wgsl
