#include "ingot/kernels/wgsl_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "test/kernels/wgsl_fixture.h"

#include "ingot/base/file.h"
#include "ingot/base/text.h"

namespace ingot::kernels {
namespace {

using test::KernelFolder;

// What is wrong with `text` as the kernel k.wgsl, without the folder in front.
std::string ErrorOf(const std::string& text) {
  KernelFolder folder;
  folder.Write("k.wgsl", text);
  return folder.LoadError();
}

// The kernel of the fixture with one text replaced.
std::string ErrorWith(std::string_view from, std::string_view to) {
  return ErrorOf(test::Replaced(test::kScaleKernel, from, to));
}

TEST(WgslRegistry, EveryShippedFileAgreesWithItsHeader) {
  const auto loaded = WgslRegistry::Load({});
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  EXPECT_GE((*loaded)->Kernels().size(), 20u);
  size_t files = 0;
  const std::string folder = INGOT_SOURCE_DIR "/ingot/kernels/wgsl";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files += entry.path().extension() == ".wgsl" ? 1 : 0;
  }
  size_t known = 0;
  for (const FileKind kind :
       {FileKind::kKernel, FileKind::kFragment, FileKind::kStage, FileKind::kRecipe}) {
    known += (*loaded)->files().All(kind).size();
  }
  EXPECT_EQ(known, files);
}

TEST(WgslRegistry, DescribesAKernelByHeaderAndCode) {
  const KernelDesc* gemv = WgslRegistry::Shipped().Find("matmul_gemv");
  ASSERT_NE(gemv, nullptr);
  EXPECT_EQ(gemv->op, "matmul");
  EXPECT_EQ(gemv->target, "webgpu");
  EXPECT_EQ(gemv->file, "matmul/matmul_gemv.wgsl");
  ASSERT_EQ(gemv->bindings.size(), 3u);
  EXPECT_EQ(gemv->bindings[1].name, "w");
  EXPECT_EQ(gemv->bindings[1].layout, "blocks");
  EXPECT_EQ(gemv->bindings[1].access, Access::kRead);
  EXPECT_EQ(gemv->bindings[2].access, Access::kReadWrite);
  ASSERT_EQ(gemv->uniforms.size(), 6u);
  EXPECT_EQ(gemv->uniforms[5].name, "alpha");
  EXPECT_EQ(gemv->uniforms[5].kind, UniformKind::kF32);
  EXPECT_EQ(gemv->uniforms[5].offset, 20u);
  EXPECT_EQ(gemv->weight_formats.size(), 14u);
  auto lanes = std::ranges::find(gemv->overrides, "LANES", &OverrideDesc::name);
  ASSERT_NE(lanes, gemv->overrides.end());
  EXPECT_EQ(lanes->clazz, OverrideClass::kTune);
  EXPECT_EQ(lanes->fallback, 16);
  EXPECT_EQ(lanes->allowed.size(), 9u);
  EXPECT_EQ(gemv->in_place, "");
  EXPECT_EQ(WgslRegistry::Shipped().Find("rope_precomputed")->in_place, "q");
}

TEST(WgslRegistry, AFileWithSeveralOpsIsAKernelForEach) {
  const KernelDesc* softcap = WgslRegistry::Shipped().Find("softcap");
  ASSERT_NE(softcap, nullptr);
  EXPECT_EQ(softcap->op, "softcap");
  auto flag = std::ranges::find(softcap->overrides, "HAS_SOFTCAP", &OverrideDesc::name);
  EXPECT_EQ(flag->allowed, (std::vector<double>{1}));
  EXPECT_EQ(flag->fallback, 1);
  auto scale = std::ranges::find(softcap->uniforms, "scale", &UniformDesc::name);
  EXPECT_EQ(scale->fixed, 1.0);
  ASSERT_EQ(softcap->variants.size(), 1u);
  EXPECT_EQ(softcap->variants[0].name, "softcap");
}

TEST(WgslRegistry, AnUnknownKernelHasANearestName) {
  EXPECT_EQ(WgslRegistry::Shipped().Get("matmul_gmv").status().message(),
            "unknown kernel (matmul_gmv), nearest is (matmul_gemv)");
}

TEST(WgslRegistry, AFolderAddsKernelsAndWinsOverShippedOnes) {
  KernelFolder folder;
  folder.Write("mine/half.wgsl", test::kScaleKernel);
  folder.Write("relu.wgsl", test::Replaced(test::kScaleKernel, "op: scale", "op: relu"));
  folder.Write("lib/quads.wgsl",
               "//! fragment: quads\n"
               "fn put_quad(quad: u32, size: u32, v: vec4<f32>) { y[quad] = v; }\n");
  const auto loaded = folder.Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status().message();
  ASSERT_NE((*loaded)->Find("half"), nullptr);
  EXPECT_EQ((*loaded)->Find("relu")->formula, "y = factor * x");
  EXPECT_EQ((*loaded)->Find("relu")->file, folder.Path("relu.wgsl"));
  EXPECT_EQ((*loaded)->files().Find(FileKind::kFragment, "quads")->path,
            folder.Path("lib/quads.wgsl"));
  EXPECT_NE((*loaded)->Find("silu"), nullptr);
}

TEST(WgslRegistry, RefusesFoldersThatAreMissingOrAmbiguous) {
  const std::string missing[] = {"/no/such/folder"};
  EXPECT_EQ(WgslRegistry::Load(missing).status().message(),
            "kernel folder (/no/such/folder): No such file or directory");
  KernelFolder folder;
  folder.Write("a/k.wgsl", test::kScaleKernel);
  folder.Write("b/k.wgsl", test::kScaleKernel);
  EXPECT_EQ(folder.LoadError(), "b/k.wgsl: is named as " + folder.Path("a/k.wgsl") + " is");
}

TEST(WgslRegistry, RefusesHeadersThatDisagreeWithTheirCode) {
  EXPECT_EQ(ErrorOf(std::string(test::kScaleKernel)), "");
  EXPECT_EQ(ErrorWith("bind: x f32[size] r;", "bind: xx f32[size] r;"),
            "k.wgsl:3: bind: no binding (xx) is declared, nearest is (x)");
  EXPECT_EQ(ErrorWith("y f32[size] rw", "y f32[size] r"),
            "k.wgsl:3: bind: access of (y) is (read) here, but (read_write) in the code");
  EXPECT_EQ(ErrorWith("bind: x f32[size] r; y f32[size] rw", "bind: y f32[size] rw; x f32[size] r"),
            "k.wgsl:3: bind: (y) is number 1 here, but (x) is in the code");
  EXPECT_EQ(ErrorWith("; y f32[size] rw", ""), "k.wgsl:3: bind: binding (y) is not named");
  EXPECT_EQ(ErrorWith("//! range: WG = {64, 128} tune", "//"),
            "k.wgsl:17:10: override (WG) has no range in the header");
  EXPECT_EQ(ErrorWith("range: WG", "range: WH"),
            "k.wgsl:17:10: override (WG) has no range in the header");
  EXPECT_EQ(ErrorWith("//! tolerance: exact", "//! tolerance: exact\n//! range: LANES = 1..4 tune"),
            "k.wgsl:8: range: no override (LANES) is declared");
  EXPECT_EQ(ErrorWith("WG: u32 = 64u", "WG: u32 = 65u"),
            "k.wgsl:8: variant (small): k: WG (65) is not one of (64, 128)");
  EXPECT_EQ(ErrorWith("small { }", "small { WG = 32 }"),
            "k.wgsl:8: variant (small): k: WG (32) is not one of (64, 128)");
}

}  // namespace
}  // namespace ingot::kernels
