// Weights above a device's limits: the Programs read them in slices.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "test/ir/compiled.h"

namespace ingot::ir {
namespace {

const Shape kTall = {.layers = 1, .vocab = 128 * 1024};

// The same slices in both phases and for both uses, since they are buffers.
TEST(RowSlices, AWeightAboveTheLimitIsReadInSlices) {
  CompileOptions options = OnGpu();
  options.facts.max_binding_bytes = 1 << 20;  // 15420 rows of the vocabulary
  Programs programs = Compiled(Llama(kTall), options);
  std::set<std::string> names[2];
  for (const Program& program : {programs.prefill, programs.decode}) {
    std::map<std::string, uint64_t> next;  // row, by op
    for (const Dispatch& dispatch : program.dispatches) {
      const std::string weight =
          BufferOf(program, dispatch, dispatch.op == "embed" ? "table" : "w");
      const Buffer* buffer = FindBuffer(program, weight);
      if (buffer == nullptr || !weight.starts_with("token_embd")) continue;
      names[program.phase == Phase::kDecode].insert(weight);
      uint64_t& row = next[dispatch.op];
      ASSERT_EQ(buffer->sources.size(), 1u);
      const program::WeightSource& source = buffer->sources[0];
      EXPECT_EQ(source.row_begin, row);
      EXPECT_EQ(weight, StrCat("token_embd.weight[", row, ":", row + source.rows, "]"));
      EXPECT_LE(buffer->bytes.Evaluate({}).value(), options.facts.max_binding_bytes);
      EXPECT_EQ(UniformOf(dispatch, dispatch.op == "embed" ? "row_base" : "n_base"), StrCat(row));
      EXPECT_EQ(UniformOf(dispatch, dispatch.op == "embed" ? "row_count" : "cols"),
                StrCat(source.rows));
      EXPECT_EQ(UniformOf(dispatch, dispatch.op == "embed" ? "vocab" : "ldc"), StrCat(kTall.vocab));
      row += source.rows;
      EXPECT_TRUE(row % 128 == 0 || row == kTall.vocab);
    }
    EXPECT_EQ(next.at("embed"), kTall.vocab);
    EXPECT_EQ(next.at("matmul"), kTall.vocab);
  }
  EXPECT_EQ(names[0].size(), 9u);
  EXPECT_EQ(names[0], names[1]);
}

TEST(RowSlices, TheLimitOfABufferCountsToo) {
  CompileOptions options = OnGpu();
  options.facts.max_buffer_bytes = 4 << 20;
  Programs programs = Compiled(Llama(kTall), options);
  EXPECT_NE(FindBuffer(programs.decode, "token_embd.weight[0:43776]"), nullptr);
}

TEST(RowSlices, ARowAboveTheLimitIsRefused) {
  CompileOptions options = OnGpu();
  options.facts.max_binding_bytes = 64;
  const Status status = Compile(Llama().value(), options).status();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_EQ(status.message(),
            "spec.json: embed: a row of the weight (68 bytes) is more than the device binds at "
            "once (64); device cpu has no such limit");
}

TEST(RowSlices, AKernelWithoutSlicesIsRefused) {
  CompileOptions options;
  options.facts.max_binding_bytes = 1 << 20;
  const Status status = Compile(Llama(kTall).value(), options).status();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_EQ(status.message(),
            "spec.json: embed: kernel gather reads a weight whole, and the (131072) rows of this "
            "one are more than the device binds at once, which is (14592)");
}

}  // namespace
}  // namespace ingot::ir
