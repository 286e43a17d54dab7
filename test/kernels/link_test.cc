#include "ingot/kernels/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "test/kernels/wgsl_fixture.h"
#include "test/support/golden.h"

#include "ingot/base/hash.h"
#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

using test::KernelFolder;
using test::kScaleKernel;
using test::Replaced;

DeviceFacts Facts() {
  return {.kind = "webgpu",
          .max_storage_bindings = 8,
          .max_workgroup_invocations = 256,
          .max_workgroup_bytes = 16384};
}

// A kernel with an alias, two fragments of which one uses the other, and a binding of a fragment.
constexpr std::string_view kTiled = R"(//! op: scale
//! formula: y = factor * x
//! bind: x f32[size] r; y f32[size] rw; log u32[size] rw
//! grid: linear(ceil(size, WG * ITEMS))
//! range: WG = {64, 128} tune
//! range: ITEMS = 1..8, power of two, tune, where ITEMS * WG <= 512
//! range: CLEAR = {false, true} flag
//! access: x rw if CLEAR
//! alias: items = array<f32, ITEMS + 1>
//! use: outer inner
//! shared: 4 * WG
//! tolerance: exact
//! variant: plain { }
//! variant: wide { ITEMS = 8 }
struct Params {
  size: u32,
  factor: f32,
}
@group(0) @binding(7) var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;
var<uniform> p: Params;
override WG: u32 = 64u;
override ITEMS: u32 = 2u;
override CLEAR: bool = false;
@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) t: u32) {
  var v: items;
  v[0] = twice(x[t] * p.factor);
  tile[t] = v[0];
  y[t] = tile[t];
}
)";

void WriteTiled(KernelFolder& folder, std::string_view main = kTiled) {
  folder.Write("tiled.wgsl", main);
  folder.Write("lib/outer.wgsl",
               "//! fragment: outer\n//! use: inner\n"
               "var<storage, read_write> log: array<u32>;\n"
               "var<workgroup> tile: array<f32, WG>;\n"
               "fn twice(v: f32) -> f32 { log[0] = 1u; return two * v; }\n");
  folder.Write("lib/inner.wgsl", "//! fragment: inner\nconst two: f32 = 2.0;\n");
}

TEST(Link, OneModuleWithEachFragmentOnce) {
  KernelFolder folder;
  WriteTiled(folder);
  const auto registry = folder.Load();
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  const auto linked = Link(**registry, {.kernel = "tiled"}, Facts());
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_GOLDEN(linked->text, INGOT_SOURCE_DIR "/test/kernels/golden/tiled.wgsl");
}

TEST(Link, SettlesLengthsAccessAndEnables) {
  KernelFolder folder;
  WriteTiled(folder);
  const auto registry = folder.Load();
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  LinkRequest request{.kernel = "tiled", .variant = "wide"};
  request.overrides = {{"CLEAR", 1}};
  request.enable = {"subgroups", "f16"};
  const auto linked = Link(**registry, request, Facts());
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_TRUE(linked->text.starts_with("enable f16;\n\nalias items")) << linked->text;
  EXPECT_NE(linked->text.find("alias items = array<f32, 9>;"), std::string::npos);
  EXPECT_NE(linked->text.find("var<storage, read_write> x: "), std::string::npos);
  EXPECT_EQ(linked->desc.bindings[0].access, Access::kReadWrite);
  EXPECT_EQ(linked->constants, (OverrideValues{{"CLEAR", 1}, {"ITEMS", 8}, {"WG", 64}}));
  EXPECT_EQ(linked->workgroup_size.x, 64u);
  EXPECT_EQ(linked->workgroup_bytes, 256u);
  EXPECT_EQ(linked->key, Sha256Hex(linked->text));
}

TEST(Link, SubgroupsSelectAnotherTextOfAFragment) {
  DeviceFacts facts = Facts();
  facts.features = {"subgroups"};
  facts.subgroup_min = facts.subgroup_max = 32;
  LinkRequest request{.kernel = "rmsnorm", .enable = {"subgroups"}};
  auto linked = Link(WgslRegistry::Shipped(), request, facts);
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_EQ(linked->text.find("subgroup"), std::string::npos);
  request.overrides = {{"USE_SUBGROUPS", 1}};
  linked = Link(WgslRegistry::Shipped(), request, facts);
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_TRUE(linked->text.starts_with("enable subgroups;\n")) << linked->text;
  EXPECT_NE(linked->text.find("subgroupShuffle"), std::string::npos);
  EXPECT_EQ(Link(WgslRegistry::Shipped(), request, Facts()).status().message(),
            "rmsnorm: requires USE_SUBGROUPS == 0 or subgroups and WG % subgroup_max == 0, but has "
            "USE_SUBGROUPS (1), subgroups (0), WG (256), subgroup_max (1)");
}

TEST(Link, EqualRequestsGiveEqualKeysAndOthersDoNot) {
  const WgslRegistry& shipped = WgslRegistry::Shipped();
  const auto one = Link(shipped, {.kernel = "matmul_gemv"}, Facts());
  ASSERT_TRUE(one.ok()) << one.status().message();
  EXPECT_EQ(one->key, Link(shipped, {.kernel = "matmul_gemv"}, Facts())->key);
  const auto rows = Link(shipped, {.kernel = "matmul_gemv", .overrides = {{"ROWS", 4}}}, Facts());
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  EXPECT_NE(one->key, rows->key);
}

TEST(Link, EveryShippedVariantLinksOnADeviceOfDefaultLimits) {
  const WgslRegistry& shipped = WgslRegistry::Shipped();
  for (const KernelDesc* kernel : shipped.Kernels()) {
    for (const Variant& variant : kernel->variants) {
      const auto linked = Link(shipped, {.kernel = kernel->name, .variant = variant.name}, Facts());
      if (!linked.ok() && linked.status().code() == Code::kUnsupported) continue;
      ASSERT_TRUE(linked.ok()) << linked.status().message();
      const auto again = wgsl::Parse(linked->text, "linked");
      ASSERT_TRUE(again.ok()) << again.status().message();
      EXPECT_EQ(wgsl::Reflect(*again, "linked")->bindings.size(), kernel->bindings.size() + 1);
    }
    // At least the default is for every device.
    const auto plain = Link(shipped, {.kernel = kernel->name}, Facts());
    EXPECT_TRUE(plain.ok()) << plain.status().message();
  }
}

TEST(Link, GoldenOfAShippedKernel) {
  const auto linked = Link(WgslRegistry::Shipped(), {.kernel = "rmsnorm"}, Facts());
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_GOLDEN(linked->text, INGOT_SOURCE_DIR "/test/kernels/golden/rmsnorm.wgsl");
}

// What is wrong with the tiled kernel once a text is another one.
std::string TiledError(std::string_view from, std::string_view to) {
  KernelFolder folder;
  WriteTiled(folder, Replaced(kTiled, from, to));
  std::string error = folder.LoadError();
  const std::string prefix = folder.Path("");
  for (size_t at; (at = error.find(prefix)) != std::string::npos;) error.erase(at, prefix.size());
  return error;
}

TEST(Link, RefusesPartsThatDoNotFit) {
  EXPECT_EQ(TiledError("override WG", "override two: u32 = 1u;\noverride WG"),
            "tiled.wgsl:22: (two) is declared in lib/inner.wgsl:2 too");
  EXPECT_EQ(TiledError("use: outer", "use: oter"),
            "tiled.wgsl: unknown fragment (oter), nearest is (outer)");
  EXPECT_EQ(TiledError("var<uniform> p", "var<uniform> q: Params;\nvar<uniform> p"),
            "tiled.wgsl:22: (p) is a second var<uniform>");
  EXPECT_EQ(
      TiledError("shared: 4 * WG", "shared: 8 * WG"),
      "tiled.wgsl:1: shared: (512) bytes of workgroup memory are stated, but (256) are declared");
  EXPECT_EQ(TiledError("ITEMS + 1", "ITEMS - 2"),
            "tiled.wgsl:9: alias (items): length (0) is not in 1..65536");
  EXPECT_EQ(TiledError("ceil(size, WG * ITEMS)", "ceil(sise, WG)"),
            "tiled.wgsl:1: (sise) is no override, uniform or device fact, nearest is (size)");
}

TEST(Link, RefusesFragmentsInACircleAndEnablesInFiles) {
  KernelFolder folder;
  WriteTiled(folder);
  folder.Write("lib/inner.wgsl", "//! fragment: inner\n//! use: outer\nconst two: f32 = 2.0;\n");
  EXPECT_EQ(folder.LoadError(), "lib/inner.wgsl: fragment (outer) uses itself");
  folder.Write("lib/inner.wgsl", "//! fragment: inner\nenable f16;\nconst two: f32 = 2.0;\n");
  EXPECT_EQ(folder.LoadError(), "lib/inner.wgsl:2:1: directive (enable) is added by linking");
  folder.Write("lib/inner.wgsl", "//! fragment: other\nconst two: f32 = 2.0;\n");
  EXPECT_EQ(folder.LoadError(), "lib/inner.wgsl:1: fragment (other) stands in a file (inner)");
}

std::string LinkError(const LinkRequest& request, const DeviceFacts& facts) {
  return Link(WgslRegistry::Shipped(), request, facts).status().message();
}

TEST(Link, RefusesWhatTheDeviceCannotRunWithBothNumbers) {
  DeviceFacts small = Facts();
  small.max_workgroup_invocations = 64;
  EXPECT_EQ(LinkError({.kernel = "rmsnorm"}, small),
            "rmsnorm: requires invocations >= WG, but has invocations (64), WG (256)");
  small = Facts();
  small.max_storage_bindings = 2;
  EXPECT_EQ(LinkError({.kernel = "rmsnorm"}, small),
            "rmsnorm: storage bindings (3) are more than the device grants (2)");
  small = Facts();
  small.max_workgroup_bytes = 256;
  EXPECT_EQ(LinkError({.kernel = "rmsnorm"}, small),
            "rmsnorm: requires shared >= 4 * WG, but has shared (256), WG (256)");
  EXPECT_EQ(LinkError({.kernel = "rmsnorm", .overrides = {{"WG", 65}}}, Facts()),
            "rmsnorm: WG (65) is not one of (64, 128, 256)");
  EXPECT_EQ(LinkError({.kernel = "rmsnorm", .enable = {"f61"}}, Facts()),
            "unknown extension (f61), nearest is (f16)");
  EXPECT_EQ(LinkError({.kernel = "matmul_gemv", .overrides = {{"LANES", 256}}}, Facts()),
            "matmul_gemv: requires LANES <= WG, but has LANES (256), WG (128)");
}

}  // namespace
}  // namespace ingot::kernels
