#include "ingot/runtime/bind.h"

#include <gtest/gtest.h>

#include <bit>

#include "ingot/runtime/null/device.h"

namespace ingot::runtime {
namespace {

using program::Size;
using program::TensorType;

// A dispatch that binds rows, a packed weight and the result.
program::Dispatch Packed() {
  const TensorType rows{DType::kF32, "rows", {Size::Tokens(), 8}};
  const TensorType packed{DType::kQ8_0, "tiles16", {8, 32}};
  program::Dispatch dispatch;
  dispatch.op = "matmul";
  dispatch.role = "q_proj";
  dispatch.layer = 2;
  dispatch.kernel = "matmul_packed";
  dispatch.variant = "wide";
  dispatch.overrides = {{"ROWS", 4}, {"SCALE", 0.5}};
  dispatch.bindings = {{"x", 0, Access::kRead, rows},
                       {"w", 1, Access::kRead, packed},
                       {"y", 2, Access::kReadWrite, rows}};
  dispatch.uniforms = {{"rows", Size::Tokens()}, {"alpha", 0.1f}};
  dispatch.grid = {Size::CeilDiv(Size::Tokens(), 4), 1, Size::Outputs()};
  return dispatch;
}

std::vector<kernels::cpu::CpuKernel> PackedKernel() {
  kernels::KernelDesc desc;
  desc.name = "matmul_packed";
  desc.bindings = {{"x", "rows", Access::kRead},
                   {"w", "tiles16", Access::kRead},
                   {"y", "rows", Access::kReadWrite}};
  desc.uniforms = {{"rows", kernels::UniformKind::kU32}, {"alpha", kernels::UniformKind::kF32}};
  return {{desc, nullptr}};
}

TEST(Bind, PlaceNamesEverythingAboutADispatch) {
  EXPECT_EQ(PlaceOf(7, Packed()),
            "dispatch 7 (matmul q_proj layer 2) kernel matmul_packed/wide {ROWS=4, SCALE=0.5} grid "
            "(ceil(tokens, 4), 1, outputs)");
}

TEST(Bind, LogitsAreRows) {
  program::Dispatch dispatch = Packed();
  dispatch.bindings[2].type.layout = "logits";
  EXPECT_TRUE(Match(dispatch, PackedKernel()[0].desc).ok());
}

TEST(Bind, ACommandHasTheSizesOfItsRun) {
  std::vector<kernels::cpu::CpuKernel> kernels = PackedKernel();
  std::unique_ptr<Device> device = std::move(*null::Open({}, kernels));
  auto pipeline = std::move(*device->CreatePipeline("matmul_packed", {}));
  std::vector<std::unique_ptr<Buffer>> owned;
  std::vector<Buffer*> buffers;
  for (uint64_t bytes : {1000u, 2000u, 3000u}) {
    owned.push_back(std::move(*device->CreateBuffer(bytes, "b")));
    buffers.push_back(owned.back().get());
  }
  Result<Command> command = MakeCommand(Packed(), *pipeline, {9, 3, 0}, buffers, "here");
  ASSERT_TRUE(command.ok()) << command.status().message();
  EXPECT_EQ(command->pipeline, pipeline.get());
  EXPECT_EQ(command->bindings[0].bytes, 9u * 8 * 4);
  EXPECT_EQ(command->bindings[1].bytes, 2000u);  // only its buffer knows
  EXPECT_EQ(command->bindings[2].bytes, 9u * 8 * 4);
  EXPECT_EQ(command->bindings[2].access, Access::kReadWrite);
  EXPECT_EQ(command->uniforms, (std::vector<uint32_t>{9, std::bit_cast<uint32_t>(0.1f)}));
  EXPECT_EQ(command->grid, (std::array<uint32_t, 3>{3, 1, 3}));
  EXPECT_EQ(command->label, "here");
}

TEST(Bind, ASizeWithoutValueIsNamed) {
  std::vector<kernels::cpu::CpuKernel> kernels = PackedKernel();
  std::unique_ptr<Device> device = std::move(*null::Open({}, kernels));
  auto pipeline = std::move(*device->CreatePipeline("matmul_packed", {}));
  auto buffer = std::move(*device->CreateBuffer(64, "b"));
  std::vector<Buffer*> buffers(3, buffer.get());
  auto message = [&](const program::Dispatch& dispatch) {
    return MakeCommand(dispatch, *pipeline, {1, 1, 0}, buffers, "here").status().message();
  };
  program::Dispatch dispatch = Packed();
  dispatch.bindings[0].type.shape[0] = Size::Tokens() - Size(2);
  EXPECT_EQ(message(dispatch), "here: binding x: size ((tokens - 2) * 32): 1 - 2 is negative");
  dispatch = Packed();
  dispatch.grid[0] = Size::Tokens() - Size(2);
  EXPECT_EQ(message(dispatch), "here: grid: size (tokens - 2): 1 - 2 is negative");
}

}  // namespace
}  // namespace ingot::runtime
