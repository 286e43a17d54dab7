#include "ingot/kernels/link_slots.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "test/kernels/wgsl_fixture.h"
#include "test/support/golden.h"

#include "ingot/base/text.h"
#include "ingot/kernels/link.h"
#include "ingot/kernels/recipe.h"

namespace ingot::kernels {
namespace {

using test::KernelFolder;
using test::Replaced;

DeviceFacts Facts() {
  return {.kind = "webgpu",
          .max_storage_bindings = 8,
          .max_workgroup_invocations = 256,
          .max_workgroup_bytes = 16384};
}

// A kernel with every kind of slot, and stages of its own ports.
constexpr std::string_view kMain = R"(//! op: scale
//! formula: y = factor * x
//! slot: from Source = plain
//! slot: turn Turn*
//! slot: pick Pick[1..2] = second
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64, 128} tune
//! tolerance: exact
//! variant: small { }
struct Params {
  size: u32,
}
var<uniform> p: Params;
var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;
const HEADS: u32 = 1u;
override WG: u32 = 64u;
@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sum = 0.0;
  for (var head = 0u; head < HEADS; head++) {
    sum += pick_value(head, id.x);
  }
  if (id.x < p.size) {
    y[id.x] = turn_turned(from_read(id.x)) + sum;
  }
}
)";
constexpr std::string_view kOurPorts = R"(//! fragment: ports
fn Source_read(i: u32) -> f32 {}
fn Turn_turned(v: f32) -> f32 {}
fn Pick_value(i: u32) -> f32 {}
)";
constexpr std::string_view kDoubled = R"(//! stage: Source
//! over: Source
//! means: scale
//! bind: log f32[size] rw
//! range: TIMES = {1, 2} tune
//! use: helper
struct Params {
  gain: f32,
}
var<uniform> p: Params;
var<storage, read_write> log: array<f32>;
override TIMES: u32 = 2u;
fn read(i: u32) -> f32 {
  let v = helped(over_read(i)) * p.gain * f32(TIMES);
  log[i] = v;
  return v;
}
)";

void WriteParts(KernelFolder& folder) {
  folder.Write("main.wgsl", kMain);
  folder.Write("lib/ports.wgsl", kOurPorts);
  folder.Write(
      "lib/helper.wgsl",
      "//! fragment: helper\nconst ONE = 1.0;\nfn helped(v: f32) -> f32 { return v * p.gain "
      "+ ONE; }\n");
  folder.Write("stage/plain.wgsl",
               "//! stage: Source\n//! means: none\nfn read(i: u32) -> f32 { return x[i]; }\n");
  folder.Write("stage/doubled.wgsl", kDoubled);
  folder.Write("stage/negated.wgsl",
               "//! stage: Turn\n//! means: negate\nfn turned(v: f32) -> f32 { return -v; }\n");
  folder.Write("stage/second.wgsl",
               "//! stage: Pick\n//! means: none\n//! bind: b f32[size] r\n"
               "var<storage, read> b: array<f32>;\nfn value(i: u32) -> f32 { return b[i]; }\n");
}

std::string WithoutFolder(const KernelFolder& folder, std::string text) {
  for (size_t at = 0; (at = text.find(folder.Path(""))) != std::string::npos;) {
    text.erase(at, folder.Path("").size());
  }
  return text;
}

// The message of linking `name` from a folder; empty if it links.
std::string Error(const KernelFolder& folder, std::string_view name) {
  Result<WgslFiles> files = WgslFiles::Shipped();
  INGOT_CHECK(files.ok());
  const Status added = files->AddFolder(folder.Path(""));
  if (!added.ok()) return WithoutFolder(folder, std::string(added.message()));
  const auto filled = FillByName(*files, name);
  return filled.ok() ? "" : WithoutFolder(folder, std::string(filled.status().message()));
}

class LinkSlots : public testing::Test {
 protected:
  LinkSlots() { WriteParts(folder_); }
  // The error once `name` holds `text`.
  std::string ErrorWith(std::string_view name, std::string_view text,
                        std::string_view linked = "main{from=doubled}") {
    folder_.Write(name, text);
    return Error(folder_, linked);
  }
  KernelFolder folder_;
};

TEST_F(LinkSlots, StandOverEachOtherInChainsAndHeads) {
  Result<WgslFiles> files = WgslFiles::Shipped();
  ASSERT_TRUE(files.ok());
  // The ports of the folder win, so the shipped kernels with slots are not described here.
  ASSERT_TRUE(files->AddFolder(folder_.Path("")).ok());
  const auto filled =
      FillByName(*files, "main{pick=second,second;turn=negated,negated;from=doubled over doubled}");
  ASSERT_TRUE(filled.ok()) << filled.status().message();
  EXPECT_EQ(filled->name,
            "main{from=doubled over doubled;turn=negated,negated;pick=second,second}");
  EXPECT_EQ(filled->header.ops.at(0).op, "scale+scale+scale+negate+negate");
}

TEST_F(LinkSlots, RefuseFillsThatDoNotFit) {
  EXPECT_EQ(Error(folder_, "main{}"), "");
  EXPECT_EQ(Error(folder_, "main{from=doubled"), "(main{from=doubled) is not KERNEL{FILLS}");
  EXPECT_EQ(Error(folder_, "man{}"), "unknown kernel (man) to be filled, nearest is (main)");
  EXPECT_EQ(Error(folder_, "main{form=doubled}"), "main: no slot (form), nearest is (from)");
  EXPECT_EQ(Error(folder_, "main{from=plain;from=plain}"), "main: slot (from) is filled twice");
  EXPECT_EQ(Error(folder_, "main{from=double}"),
            "main.wgsl:3: slot (from): unknown stage (double), nearest is (doubled)");
  EXPECT_EQ(Error(folder_, "main{from=negated}"),
            "main.wgsl:3: slot (from) has port (Source), but stage (negated) has port (Turn) "
            "(stage/negated.wgsl)");
  EXPECT_EQ(Error(folder_, "main{from=plain,plain}"),
            "main.wgsl:3: slot (from) takes (1..1) stages, not (2)");
  EXPECT_EQ(Error(folder_, "main{pick=second,second,second}"),
            "main.wgsl:5: slot (pick) takes (1..2) stages, not (3)");
  EXPECT_EQ(Error(folder_, "main{from=plain over plain}"),
            "stage/plain.wgsl:1: stage (plain) of port (Source) stands over nothing, not over "
            "(plain)");
  EXPECT_EQ(Error(folder_, "main{from=doubled over}"),
            "fill: (doubled over) is not STAGE [over STAGE]");
  EXPECT_EQ(Error(folder_, "main{from=}"), "main.wgsl:3: slot (from) takes (1..1) stages, not (0)");
  EXPECT_EQ(Error(folder_, "main{from}"), "(from) has no '='");
}

TEST_F(LinkSlots, RefuseStagesThatDoNotFit) {
  EXPECT_EQ(ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "i: u32", "i: i32")),
            "stage/doubled.wgsl:13:4: (read(i: i32) -> f32), but port Source asks for read(i: u32) "
            "-> f32 (lib/ports.wgsl:2)");
  EXPECT_EQ(ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "fn read", "fn reads")),
            "stage/doubled.wgsl:1: stage: port Source asks for read(i: u32) -> f32 "
            "(lib/ports.wgsl:2)");
  EXPECT_EQ(ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "p.gain *", "p.gian *")),
            "stage/doubled.wgsl:14:35: uniform (gian) is declared neither here nor by (main)");
  EXPECT_EQ(ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "bind: log", "bind: lag")),
            "stage/doubled.wgsl:4: bind: no binding (lag) is declared, nearest is (log)");
  EXPECT_EQ(ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "use: helper", "use: helpers")),
            "stage/doubled.wgsl: unknown fragment (helpers), nearest is (helper)");
  EXPECT_EQ(
      ErrorWith("stage/doubled.wgsl", Replaced(kDoubled, "log: array<f32>", "y: array<vec4<f32>>")),
      "stage/doubled.wgsl:4: bind: no binding (log) is declared");
}

TEST_F(LinkSlots, RefuseTwoTypesOfASharedBinding) {
  EXPECT_EQ(
      ErrorWith("stage/negated.wgsl",
                "//! stage: Turn\n//! means: negate\n//! bind: y f32[size] rw\n"
                "var<storage, read_write> y: array<u32>;\n"
                "fn turned(v: f32) -> f32 { y[0] = 1u; return -v; }\n",
                "main{turn=negated}"),
      "stage/negated.wgsl:4:26: (y) is (array<u32>) here, but (array<f32>) in another part of "
      "(main)");
}

TEST(LinkedKernel, TextAndDescriptionOfNormAndTwoHeads) {
  const LinkRequest request{.kernel =
                                "matmul_gemv{x=rms_norm;w=q4_k,q6_k;combine=swiglu;map=residual}"};
  const auto linked = Link(WgslRegistry::Shipped(), request, Facts());
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  const KernelDesc& desc = linked->desc;
  EXPECT_EQ(desc.name, request.kernel);
  EXPECT_EQ(desc.op, "rms_norm+matmul+swiglu+add");
  std::vector<std::string> names, uniforms;
  for (const BindingDesc& binding : desc.bindings) names.push_back(binding.name);
  for (const UniformDesc& uniform : desc.uniforms) uniforms.push_back(uniform.name);
  EXPECT_EQ(Join(names, " "), "x vectors w0 w1 residual y");
  EXPECT_EQ(Join(uniforms, " "), "rows cols depth n_base ldc alpha eps norm_at");
  EXPECT_EQ(linked->constants.at("w0_W_FORMAT"), 5);
  EXPECT_EQ(linked->constants.at("w1_W_FORMAT"), 6);
  EXPECT_FALSE(linked->constants.contains("W_FORMAT"));
  EXPECT_EQ(linked->workgroup_bytes, 4 * 128 + 4 * 128 + 16);
}

TEST(LinkedKernel, OneFormatOfAllHeadsIsOneOverride) {
  const auto linked =
      Link(WgslRegistry::Shipped(), {.kernel = "matmul_gemv{w=q4_k,q4_k;combine=swiglu}"}, Facts());
  ASSERT_TRUE(linked.ok()) << linked.status().message();
  EXPECT_EQ(linked->constants.at("W_FORMAT"), 5);
  EXPECT_EQ(linked->desc.weight_formats, (std::vector<DType>{DType::kQ4_K}));
  LinkRequest other{.kernel = linked->desc.name, .overrides = {{"W_FORMAT", 6}}};
  EXPECT_EQ(Link(WgslRegistry::Shipped(), other, Facts()).status().message(),
            "matmul_gemv{w=q4_k,q4_k;combine=swiglu}: W_FORMAT (6) is not one of (5)");
}

TEST(LinkedKernel, RefusesMoreBindingsThanTheDeviceGrants) {
  DeviceFacts facts = Facts();
  facts.max_storage_bindings = 4;
  const LinkRequest request{.kernel = "matmul_gemv{x=rms_norm;w=weights,weights;combine=swiglu}"};
  EXPECT_EQ(Link(WgslRegistry::Shipped(), request, facts).status().message(),
            "matmul_gemv{x=rms_norm;w=weights,weights;combine=swiglu}: storage bindings (5) are "
            "more than the device grants (4)");
}

TEST(LinkedKernel, HasAGoldenTextForEachRecipe) {
  for (const WgslFile* recipe : WgslRegistry::Shipped().files().All(FileKind::kRecipe)) {
    const auto linked = Link(WgslRegistry::Shipped(), {.kernel = recipe->name}, Facts());
    ASSERT_TRUE(linked.ok()) << linked.status().message();
    EXPECT_GOLDEN(linked->text, StrCat(INGOT_SOURCE_DIR "/test/kernels/golden/recipe_",
                                       recipe->name, ".wgsl.txt"));
  }
}

// Each stage in a small kernel; those of port Weights are in the text of every recipe.
TEST(LinkedKernel, HasAGoldenTextForEachStage) {
  const std::vector<std::string> folders = {INGOT_SOURCE_DIR "/test/kernels/row_sum"};
  const auto registry = WgslRegistry::Load(folders);
  ASSERT_TRUE(registry.ok()) << registry.status().message();
  const std::map<std::string, std::string> slots = {
      {"Row", "x"}, {"Combine", "combine"}, {"Map", "map"}, {"Sink", "sink"}};
  for (const WgslFile* stage : (*registry)->files().All(FileKind::kStage)) {
    auto slot = slots.find(stage->header.subject);
    if (slot == slots.end()) continue;
    const std::string name = StrCat("row_sum{", slot->second, "=", stage->name, "}");
    const auto linked = Link(**registry, {.kernel = name}, Facts());
    ASSERT_TRUE(linked.ok()) << linked.status().message();
    EXPECT_GOLDEN(linked->text,
                  StrCat(INGOT_SOURCE_DIR "/test/kernels/golden/stage_", stage->name, ".wgsl"));
  }
}

}  // namespace
}  // namespace ingot::kernels
