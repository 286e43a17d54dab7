// The gate against wrong kernels of a user's folder, on the GPU that there is: each is refused, and
// the message says what is wrong with it.
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "test/support/device.h"
#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/text.h"
#include "ingot/kernels/registry.h"
#include "ingot/kernels/wgsl_file.h"
#include "ingot/verify/conformance.h"

namespace ingot::verify {
namespace {

constexpr std::string_view kHead = R"(//! op: silu
//! formula: y = x * sigmoid(x)
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG))
//! range: WG = {64} tune
//! use: grid sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: plain { }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

fn silu(v: f32) -> f32 {
  return v * sigmoid(vec4<f32>(v)).x;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
)";

struct Wrong {
  std::string_view name;
  std::string_view body;
  std::string_view message;  // how it begins
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

// Each but the first has one fault.
const Wrong kWrong[] = {
    {"right", "let i = linear(g) * WG + t.index; if (i < p.size) { y[i] = silu(x[i]); }", ""},
    {"no_guard", "let i = linear(g) * WG + t.index; y[i] = silu(x[i]);",
     "binding y: byte (4) of (4), outside of it, was written"},
    {"writes_behind",
     "let i = linear(g) * WG + t.index;"
     " if (i < p.size) { y[i] = silu(x[i]); if (i == 0u) { y[p.size + 5u] = 0.0; } }",
     "binding y: byte ("},
    {"nan",
     "let i = linear(g) * WG + t.index;"
     " if (i < p.size) { y[i] = bitcast<f32>(0x7fc00001u | (p.size & 1u)); }",
     "element (0) is (nan), wanted ("},
    {"reads_behind",
     "let i = linear(g) * WG + t.index;"
     " if (i < p.size) { y[i] = silu(x[i]) + select(0.0, x[p.size + 5u], i == 0u); }",
     ""},
    {"unwritten", "let i = linear(g) * WG + t.index; if (i + 1u < p.size) { y[i] = silu(x[i]); }",
     "word (0) was not written"},
    {"ignores_y",
     "let i = g.id.x * WG + t.index; if (i < p.size && g.id.z == 0u) { y[i] = silu(x[i]); }",
     "run (3) differs from the first at word ("},
    {"ignores_z",
     "let i = folded(g) * WG + t.index; if (i < p.size) { y[i] = silu(x[i]) + f32(g.id.z); }",
     "run (2) differs from the first at word ("},
    {"trusts_zero",
     "let i = linear(g) * WG + t.index; shelf[t.index] += 1.0; workgroupBarrier();"
     " if (i < p.size) { y[i] = silu(x[i]) + shelf[63u - t.index] - 1.0; }",
     ""},
    {"adds_up", "let i = linear(g) * WG + t.index; if (i < p.size) { y[i] += silu(x[i]); }",
     "word (0) was not written"},
    {"rough", "let i = linear(g) * WG + t.index; if (i < p.size) { y[i] = silu(x[i]) * 1.0001; }",
     "element ("},
};

class WebgpuGateTest : public testing::TestWithParam<Wrong> {
 protected:
  void SetUp() override {
    runtime::DeviceOptions options = test::DeviceOptionsUnderTest();
    options.kind = "webgpu";
    const Status opened = runtime::Open(options).status();
    INGOT_NEED("gpu", opened.ok(), opened.message());
  }
  // What the kernel's cases say, with the files of the folder.
  Result<Conformance> Check(std::string_view kernel, size_t shapes) {
    runtime::DeviceOptions options = test::DeviceOptionsUnderTest();
    options.kind = "webgpu";
    options.kernel_dirs = {folder_.path()};
    INGOT_ASSIGN(device_, runtime::Open(options));
    const kernels::KernelDesc* desc = kernels::FindKernel(device_->kernels(), kernel);
    if (desc == nullptr) return Status(Code::kNotFound, std::string(kernel));
    return Conform(*device_, *desc, {.shapes = shapes});
  }
  void Put(std::string_view name, std::string_view text) {
    ASSERT_TRUE(WriteFileAtomic(folder_.Path(StrCat(name, ".wgsl")), text).ok());
  }

  test::TempDir folder_;
  std::unique_ptr<runtime::Device> device_;
};

TEST_P(WebgpuGateTest, IsRefusedWithWhatIsWrong) {
  const Wrong& wrong = GetParam();
  std::string text = StrCat(kHead, "  ", wrong.body, "\n}\n");
  if (wrong.body.find("shelf") != std::string_view::npos) {
    text = StrCat("//! shared: 4 * WG\n", text, "var<workgroup> shelf: array<f32, WG>;\n");
  }
  Put(wrong.name, text);
  const Result<Conformance> found = Check(wrong.name, 4);
  ASSERT_TRUE(found.ok()) << found.status().message();
  if (found->ok() && wrong.name == "trusts_zero") {
    GTEST_SKIP() << device_->facts().name << " clears workgroup memory";
  }
  EXPECT_EQ(found->ok(), wrong.name == "right");
  for (const Report& report : found->failures) {
    EXPECT_EQ(report.file, folder_.Path(StrCat(wrong.name, ".wgsl")));
  }
  if (found->ok()) return;
  const Report& first = found->failures.at(0);
  EXPECT_EQ(first.message.substr(0, wrong.message.size()), wrong.message);
  const std::string place = StrCat(first.file, ": ", first.name, " {WG = 64}: ");
  EXPECT_EQ(Describe(first), StrCat(place, first.message));
}

INSTANTIATE_TEST_SUITE_P(Kernels, WebgpuGateTest, testing::ValuesIn(kWrong),
                         [](const auto& info) { return std::string(info.param.name); });

class WebgpuFragmentTest : public WebgpuGateTest {};

TEST_P(WebgpuFragmentTest, NibblesTheWrongWayRoundAreRefused) {
  const auto shipped = kernels::WgslFiles::Shipped();
  ASSERT_TRUE(shipped.ok());
  std::string text = shipped->Find(kernels::FileKind::kFragment, "codes_32")->text;
  const std::string_view right = "low_nibbles(q) | first, high_nibbles(q)";
  const size_t at = text.find(right);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, right.size(), "high_nibbles(q) | first, low_nibbles(q)");
  Put("codes_32", text);
  const Result<Conformance> found = Check("gather", 0);
  ASSERT_TRUE(found.ok()) << found.status().message();
  ASSERT_FALSE(found->failures.empty());
  for (const Report& report : found->failures) {
    EXPECT_NE(report.shape.find("format=q5_"), std::string::npos) << Describe(report);
    EXPECT_EQ(report.message.substr(0, 9), "element (") << Describe(report);
  }
}

INSTANTIATE_TEST_SUITE_P(Codes, WebgpuFragmentTest, testing::Values(kWrong[0]),
                         [](const auto&) { return std::string("codes_32"); });

}  // namespace
}  // namespace ingot::verify
