// What a kernel's header decides of a dispatch: computed, fixed and offered uniforms, the grid, and
// why a dispatch cannot be made.
#include "ingot/ir/dispatch.h"

#include <gtest/gtest.h>

namespace ingot::ir {
namespace {

using kernels::UniformKind;
using program::Size;

kernels::HeaderExpr Expr(std::string_view text) { return kernels::ParseHeaderExpr(text).value(); }

class DispatchOfAHeader : public testing::Test {
 protected:
  DispatchOfAHeader() {
    kernel_.name = "scan";
    kernel_.uniforms = {{.name = "rows"},
                        {.name = "parts", .value = Expr("ceil(rows, WG)")},
                        {.name = "bias", .kind = UniformKind::kF32, .fixed = 0.5},
                        {.name = "scale", .kind = UniformKind::kF32}};
    kernel_.grid = {Expr("parts"), Expr("2")};
    kernel_.requirements = {Expr("invocations >= WG"), Expr("dim % 4 == 0")};
    dispatch_.overrides = {{"WG", 64}};
    facts_.max_workgroup_invocations = 256;
    offered_ = {{"rows", Size::Tokens()}, {"scale", 2.0f}, {"dim", Size(8)}, {"more", Size(1)}};
  }
  Status Complete() { return CompleteDispatch(kernel_, facts_, offered_, &dispatch_); }

  kernels::KernelDesc kernel_;
  DeviceFacts facts_;
  OfferedUniforms offered_;
  program::Dispatch dispatch_;
};

TEST_F(DispatchOfAHeader, IsComputedFixedAndOffered) {
  const Status status = Complete();
  ASSERT_TRUE(status.ok()) << status.message();
  const Size parts = Size::CeilDiv(Size::Tokens(), 64);
  const std::vector<program::Uniform> want = {
      {"rows", Size::Tokens()}, {"parts", parts}, {"bias", 0.5f}, {"scale", 2.0f}};
  EXPECT_EQ(dispatch_.uniforms, want);
  EXPECT_EQ(dispatch_.grid, (std::array<Size, 3>{parts, 2, 1}));
}

TEST_F(DispatchOfAHeader, NeedsWhatIsNotOffered) {
  offered_.erase("scale");
  const Status missing(Code::kInvalidArgument,
                       "kernel scan: wants the f32 uniform (scale), which is not offered");
  EXPECT_EQ(Complete(), missing);
  offered_["scale"] = Size(2);  // a count is no number
  EXPECT_EQ(Complete(), missing);
  offered_.erase("rows");
  EXPECT_EQ(Complete(), Status(Code::kInvalidArgument,
                               "kernel scan: wants the u32 uniform (rows), which is not offered"));
}

TEST_F(DispatchOfAHeader, SaysWhichExpressionHasNoValue) {
  kernel_.uniforms[1].value = Expr("ceil(lines, WG)");
  EXPECT_EQ(Complete(),
            Status(Code::kNotFound, "kernel scan: uniform parts: (lines) has no value"));
  kernel_.uniforms.clear();
  kernel_.grid = {Expr("columns")};
  EXPECT_EQ(Complete(),
            Status(Code::kNotFound, "kernel scan: grid: axis 0: (columns) has no value"));
}

TEST_F(DispatchOfAHeader, HoldsRequirementsThatNoRunChanges) {
  kernel_.requirements.push_back(Expr("rows % 4 == 0"));
  EXPECT_TRUE(Complete().ok());
  offered_["dim"] = Size(6);
  EXPECT_EQ(Complete(), Status(Code::kUnsupported, "scan: requires dim % 4 == 0, but has dim (6)"));
}

}  // namespace
}  // namespace ingot::ir
