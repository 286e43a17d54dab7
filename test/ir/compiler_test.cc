#include "ingot/ir/compiler.h"

#include <gtest/gtest.h>

#include "test/ir/layers.h"

#include "ingot/program/check.h"

namespace ingot::ir {
namespace {

Programs Compiled(const Result<Graph>& graph, const CompileOptions& options = {}) {
  if (!graph.ok()) {
    ADD_FAILURE() << graph.status().message();
    return {};
  }
  Result<Programs> programs = Compile(*graph, options);
  if (!programs.ok()) {
    ADD_FAILURE() << programs.status().message();
    return {};
  }
  return *std::move(programs);
}

TEST(Compiler, ProgramsOfLlamaPassTheCheck) {
  Programs programs = Compiled(Llama());
  EXPECT_EQ(program::Check(programs.prefill), Status());
  EXPECT_EQ(program::Check(programs.decode), Status());
}

TEST(Compiler, ProgramsOfGemma3PassTheCheck) {
  Programs programs = Compiled(Gemma3());
  EXPECT_EQ(program::Check(programs.prefill), Status());
  EXPECT_EQ(program::Check(programs.decode), Status());
}

}  // namespace
}  // namespace ingot::ir
