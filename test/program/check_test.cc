#include "ingot/program/check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "test/program/sample.h"

#include "ingot/base/text.h"

namespace ingot::program {
namespace {

using test::Bind;
using test::Sample;

// Dispatches of the sample: 0 embed, 1 norm, 2 q (group 0), 3 kv_write (group 0), 4 add, 5 head.
// Buffers: 0 ids, 1 embed, 2 vectors, 3 q, 4 kv.0, 5 state, 6 s0, 7 s1, 8 s2, 9 logits.
std::string Broken(const std::function<void(Program&)>& change) {
  Program program = Sample();
  change(program);
  Status status = Check(program);
  EXPECT_TRUE(status.ok() || status.code() == Code::kInvalidArgument);
  return status.message();
}

TEST(Check, TheSampleIsLegal) { EXPECT_EQ(Check(Sample()).message(), ""); }

TEST(Check, AProgramOfNothingIsLegal) { EXPECT_TRUE(Check(Program()).ok()); }

TEST(Check, MaxTokensArePositive) {
  EXPECT_EQ(Broken([](Program& p) { p.max_tokens = 0; }),
            "program: max_tokens (0) is not positive");
}

TEST(Check, BufferNamesAreUniqueAndNotEmpty) {
  EXPECT_EQ(Broken([](Program& p) { p.buffers[8].name = "s1"; }), "buffer s1: stands twice");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[8].name = ""; }), "buffer: has no name");
}

TEST(Check, ALayoutFitsTheKind) {
  EXPECT_EQ(
      Broken([](Program& p) { p.buffers[5].type.layout = "rows"; }),
      "buffer state: layout (rows) of kind (state) is not (state)\n"
      "dispatch 3 (kv_write layer 0): binding state has layout (state), buffer state has (rows)");
}

TEST(Check, ABufferHoldsItsType) {
  EXPECT_EQ(
      Broken([](Program& p) { p.buffers[5].bytes = 63; }),
      "buffer state: bytes (63) are less than its type's (64)\n"
      "dispatch 3 (kv_write layer 0): binding state (64 bytes) is larger than buffer state (63)");
  EXPECT_EQ(Broken([](Program& p) {
              p.buffers[1].type.shape = {64, 65};
            }),
            "buffer embed: columns (65) are not a multiple of the block (32)");
}

TEST(Check, SizesHaveAValueInEveryRun) {
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].bytes = Size::Tokens() - Size(2); }),
            "buffer q: bytes: size (tokens - 2): 1 - 2 is negative");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[5].bytes = Size::Tokens() - Size(2); }),
            "buffer state: size (tokens - 2): 1 - 2 is negative");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[5].type.shape = {Size::Tokens() - Size(2)}; }),
            "buffer state: size ((tokens - 2) * 4): 1 - 2 is negative");
  EXPECT_EQ(
      Broken([](Program& p) {
        p.dispatches[3].bindings[0].type.shape = {Size::Tokens() - Size(2), 64};
      }),
      "dispatch 3 (kv_write layer 0): binding k: size ((tokens - 2) * 256): 1 - 2 is negative");
}

TEST(Check, SourcesAreAWeightsRows) {
  EXPECT_EQ(Broken([](Program& p) { p.buffers[6].sources = p.buffers[1].sources; }),
            "buffer s0: kind (scratch) has sources");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].sources.pop_back(); }),
            "buffer q: sources have (32) rows, the type (64)");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].sources.clear(); }),
            "buffer q: sources have (0) rows, the type (64)");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].sources[1].rows = 0; }),
            "buffer q: source (k.weight) has (0) rows");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].sources[1].rows = UINT64_MAX; }),
            "buffer q: source (k.weight) has (18446744073709551615) rows");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[3].sources[1].tensor = ""; }),
            "buffer q: source () has (32) rows");
}

TEST(Check, SlicesLieInsideTheVectors) {
  EXPECT_EQ(Broken([](Program& p) { p.buffers[6].slices = p.buffers[2].slices; }),
            "buffer s0: kind (scratch) has slices");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[2].slices[1].offset = 65; }),
            "buffer vectors: slice (bias) of (64) elements at (65) is outside of (128)");
  EXPECT_EQ(Broken([](Program& p) { p.buffers[2].slices[1].offset = UINT64_MAX; }),
            "buffer vectors: slice (bias) of (64) elements at (18446744073709551615) is outside of "
            "(128)");
}

TEST(Check, ADispatchSaysWhatItIs) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].op = ""; }),
            "dispatch 4 ( layer 0): has no op");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].kernel = ""; }),
            "dispatch 4 (add layer 0): has no kernel");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].layer = -2; }),
            "dispatch 4 (add): layer (-2) is below -1");
}

TEST(Check, NumbersAreFinite) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[2].overrides["ROWS"] = NAN; }),
            "dispatch 2 (matmul q_proj layer 0): override ROWS (nan) is not finite");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[1].uniforms[1].value = INFINITY; }),
            "dispatch 1 (rms_norm attn_norm layer 0): uniform eps (inf) is not finite");
}

TEST(Check, NamesInADispatchAreUnique) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings[1].name = "a"; }),
            "dispatch 4 (add layer 0): binding a stands twice");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[1].uniforms[2].name = "rows"; }),
            "dispatch 1 (rms_norm attn_norm layer 0): uniform rows stands twice");
}

TEST(Check, UniformsAndGridsFitTheirWords) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[1].uniforms[0].value = Size(uint64_t{1} << 32); }),
            "dispatch 1 (rms_norm attn_norm layer 0): uniform rows (4294967296) is larger than "
            "(4294967295)");
  EXPECT_EQ(
      Broken([](Program& p) { p.dispatches[1].uniforms[0].value = Size::Capacity() * Size(4096); }),
      "dispatch 1 (rms_norm attn_norm layer 0): uniform rows (4294967296) is larger than "
      "(4294967295)");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].grid[1] = Size(uint64_t{1} << 32); }),
            "dispatch 4 (add layer 0): grid (4294967296) is larger than (4294967295)");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].grid[1] = Size::Tokens() - Size(2); }),
            "dispatch 4 (add layer 0): grid: size (tokens - 2): 1 - 2 is negative");
}

TEST(Check, ABindingNamesABuffer) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings[0].buffer = 10; }),
            "dispatch 4 (add layer 0): binding a has buffer (10) of (10)");
}

TEST(Check, ABindingHasTheBuffersTypeAndLayout) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings[0].type.dtype = DType::kF16; }),
            "dispatch 4 (add layer 0): binding a is (f16), buffer s2 is (f32)");
  EXPECT_EQ(
      Broken([](Program& p) { p.dispatches[2].bindings[1].type.layout = "blocks"; }),
      "dispatch 2 (matmul q_proj layer 0): binding w has layout (blocks), buffer q has (tiles16)");
  EXPECT_EQ(Broken([](Program& p) {
              p.dispatches[2].bindings[1].type.shape = {64, 32};
            }),
            "dispatch 2 (matmul q_proj layer 0): binding w has another shape than buffer q");
}

TEST(Check, LogitsMayBeWrittenAsRows) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[5].bindings[1].type.layout = "rows"; }), "");
}

TEST(Check, ABindingFitsItsBufferInEveryRun) {
  EXPECT_EQ(Broken([](Program& p) {
              p.dispatches[0].bindings[1].type.shape = {65, 64};
            }),
            "dispatch 0 (embed): binding table (4420 bytes) is larger than buffer embed (4352)");
  EXPECT_EQ(
      Broken([](Program& p) {
        p.dispatches[5].bindings[0].type.shape = {Size::Tokens() * Size::Tokens(), 64};
      }),
      "dispatch 5 (last_rows output): binding x (16384 bytes) is larger than buffer s1 (2048)");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[5].bindings[0].type.shape.clear(); }),
            "dispatch 5 (last_rows output): binding x: shape is empty");
}

TEST(Check, WhatIsGivenIsNotWritten) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[0].bindings[0].access = Access::kReadWrite; }),
            "dispatch 0 (embed): binding ids writes buffer ids of kind (ids)");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[0].bindings[1].access = Access::kReadWrite; }),
            "dispatch 0 (embed): binding table writes buffer embed of kind (weight)");
  EXPECT_EQ(
      Broken([](Program& p) { p.dispatches[1].bindings[1].access = Access::kReadWrite; }),
      "dispatch 1 (rms_norm attn_norm layer 0): binding vectors writes buffer vectors of kind "
      "(vectors)");
  EXPECT_EQ(Broken([](Program& p) {
              TensorType table{DType::kF32, "table", {Size::Capacity(), 32}};
              p.buffers.push_back(
                  {"rope", BufferKind::kTable, table, Size::Capacity() * Size(128), {}, {}});
              p.dispatches[4].bindings.push_back(Bind("table", 10, table, Access::kReadWrite));
            }),
            "dispatch 4 (add layer 0): binding table writes buffer rope of kind (table)");
}

TEST(Check, NoBufferIsBoundTwiceWhereOneWrites) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings[2].buffer = 6; }),
            "dispatch 4 (add layer 0): buffer s0 is bound to be read and written");
  EXPECT_EQ(Broken([](Program& p) {
              p.dispatches[4].bindings[0].buffer = 7;
              p.dispatches[4].bindings[0].access = Access::kReadWrite;
            }),
            "dispatch 4 (add layer 0): buffer s1 is bound twice to be written");
}

TEST(Check, TwoReadsOfABufferAreLegal) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings[0].buffer = 6; }), "");
}

TEST(Check, ADispatchWritesSomething) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].bindings.pop_back(); }),
            "dispatch 4 (add layer 0): writes nothing");
}

TEST(Check, ScratchIsWrittenBeforeItIsRead) {
  EXPECT_EQ(
      Broken([](Program& p) { p.dispatches[1].bindings[0].buffer = 8; }),
      "dispatch 1 (rms_norm attn_norm layer 0): binding x reads buffer s2 before it is written");
}

TEST(Check, MembersOfAGroupAreAdjacent) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[5].group = 0; }),
            "dispatch 5 (last_rows output): members of group (0) are not adjacent");
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[5].group = -2; }),
            "dispatch 5 (last_rows output): group (-2) is below -1");
}

TEST(Check, MembersOfAGroupAreIndependent) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].group = 0; }),
            "dispatch 4 (add layer 0): writes buffer s1 that another member of group (0) uses\n"
            "dispatch 4 (add layer 0): reads buffer s2 that another member of group (0) writes");
  EXPECT_EQ(
      Broken([](Program& p) {
        p.dispatches[3].bindings.push_back(Bind("y", 8, p.buffers[8].type, Access::kReadWrite));
      }),
      "dispatch 3 (kv_write layer 0): writes buffer s2 that another member of group (0) uses");
}

TEST(Check, NeighbouringGroupsMayDepend) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches[4].group = 1; }), "");
}

TEST(Check, TheLogitsAreOneAndWritten) {
  EXPECT_EQ(Broken([](Program& p) { p.dispatches.pop_back(); }), "buffer logits: is never written");
  EXPECT_EQ(Broken([](Program& p) {
              p.buffers.push_back(p.buffers[9]);
              p.buffers.back().name = "more";
              p.dispatches.push_back(p.dispatches[5]);
              p.dispatches.back().bindings[1].buffer = 10;
            }),
            "buffer more: is a second one for logits");
}

TEST(Check, ShowsTwentyViolations) {
  std::string message = Broken([](Program& p) {
    for (int i = 0; i < 23; ++i) p.buffers.push_back(p.buffers[5]);
  });
  EXPECT_EQ(Split(message, '\n').size(), 21u);
  EXPECT_EQ(Split(message, '\n').back(), "and 3 more");
}

}  // namespace
}  // namespace ingot::program
