// Products with the weights of experts in a prefill of a GPU: expert by expert.
#include <gtest/gtest.h>

#include "test/ir/compiled.h"

namespace ingot::ir {
namespace {

// One layer of a mixture, without attention.
Result<Graph> Mixture(uint32_t experts = 8, uint32_t top_k = 2) {
  LayerBuilder b("mixture", {.layers = 1});
  GraphBuilder& g = b.graph;
  const uint64_t dim = b.shape.dim, ff = b.shape.ff;
  b.At(-1, "", "h");
  const Value h = g.Embed(g.Tokens(), b.W(-1, "token_embd", b.shape.vocab, dim));
  const Value scores = g.Softmax(b.MatMul(0, "router", h, "ffn_gate_inp", experts, dim));
  b.At(0, "", "routes");
  const auto [weights, routes] = g.TopK(scores, top_k, /*renormalise=*/true);
  auto product = [&, &routes = routes](const std::string& role, Value x, uint64_t rows,
                                       uint64_t cols) {
    b.At(0, role, role);
    return g.ExpertMatMul(x, b.W(0, role, experts * rows, cols), routes);
  };
  const Value gate = product("gate_exps", h, ff, dim), up = product("up_exps", h, ff, dim);
  b.At(0, "", "m");
  const Value m = g.Mul(g.Silu(gate), up);
  const Value down = product("down_exps", m, dim, ff);
  b.At(0, "", "sum");
  const Value y = g.LastRows(g.Add(h, g.ExpertSum(down, weights)));
  return g.Finish(b.MatMul(-1, "lm_head", y, "output", b.shape.vocab, dim));
}

size_t CountOf(const Program& program, std::string_view op) {
  return static_cast<size_t>(std::ranges::count(program.dispatches, op, &Dispatch::op));
}

TEST(GroupExperts, APrefillOfAGpuTakesThemTogetherInOneOrder) {
  const Programs programs = Compiled(Mixture(), OnGpu());
  EXPECT_EQ(CountOf(programs.prefill, "expert_order"), 1u);
  EXPECT_EQ(CountOf(programs.prefill, "expert_matmul_grouped"), 3u);
  EXPECT_EQ(CountOf(programs.prefill, "expert_matmul"), 0u);
  const Dispatch* order = FindDispatch(programs.prefill, "expert_order", 0);
  const Dispatch* down = FindDispatch(programs.prefill, "expert_matmul_grouped", 0, "down_exps");
  ASSERT_NE(order, nullptr);
  ASSERT_NE(down, nullptr);
  EXPECT_EQ(BufferOf(programs.prefill, *down, "order"), BufferOf(programs.prefill, *order, "y"));
  EXPECT_EQ(UniformOf(*down, "rows"), "tokens * 2");
  EXPECT_EQ(UniformOf(*down, "cols"), "64");
  EXPECT_EQ(UniformOf(*down, "x_div"), "1");
  EXPECT_EQ(
      UniformOf(*FindDispatch(programs.prefill, "expert_matmul_grouped", 0, "gate_exps"), "x_div"),
      "2");
}

TEST(GroupExperts, ADecodeStepAndACpuTakeEachPairAlone) {
  EXPECT_EQ(CountOf(Compiled(Mixture(), OnGpu()).decode, "expert_matmul"), 3u);
  EXPECT_EQ(CountOf(Compiled(Mixture()).prefill, "expert_matmul"), 3u);
}

TEST(GroupExperts, AChunkWithFewerPairsThanExpertsIsLeftAsItIs) {
  CompileOptions options = OnGpu();
  options.prefill_tokens = 31;
  EXPECT_EQ(CountOf(Compiled(Mixture(64), options).prefill, "expert_matmul"), 3u);
  options.prefill_tokens = 32;
  EXPECT_EQ(CountOf(Compiled(Mixture(64), options).prefill, "expert_matmul_grouped"), 3u);
}

TEST(GroupExperts, ARuleForOneOfThemWins) {
  CompileOptions options = OnGpu();
  options.rules = {{.op = "expert_matmul", .role = "up_exps", .kernel = "expert_matmul"}};
  const Programs programs = Compiled(Mixture(), options);
  EXPECT_NE(FindDispatch(programs.prefill, "expert_matmul", 0, "up_exps"), nullptr);
  EXPECT_EQ(CountOf(programs.prefill, "expert_matmul_grouped"), 2u);
  options.rules = {{.op = "expert_matmul", .kernel = "expert_matmul"}};
  EXPECT_EQ(CountOf(Compiled(Mixture(), options).prefill, "expert_order"), 0u);
}

// An expert of ffn_up has 256 rows of 68 bytes.
TEST(GroupExperts, SlicesHoldWholeExperts) {
  CompileOptions options = OnGpu();
  options.prefill_tokens = 8;
  options.facts.max_binding_bytes = 3 * 256 * 68 + 100;
  const Programs programs = Compiled(Mixture(), options);
  for (const Program& program : {programs.prefill, programs.decode}) {
    std::vector<std::string> slices;
    for (const Dispatch& dispatch : program.dispatches) {
      if (dispatch.role != "up_exps") continue;
      EXPECT_EQ(UniformOf(dispatch, "all_experts"), "8");
      EXPECT_EQ(UniformOf(dispatch, "cols"), "256");
      slices.push_back(StrCat(BufferOf(program, dispatch, "w"), " ",
                              UniformOf(dispatch, "expert_base"), " ",
                              UniformOf(dispatch, "experts")));
    }
    EXPECT_EQ(slices, (std::vector<std::string>{"blk.0.up_exps.weight[0:768] 0 3",
                                                "blk.0.up_exps.weight[768:1536] 3 3",
                                                "blk.0.up_exps.weight[1536:2048] 6 2"}));
  }
}

TEST(GroupExperts, AnExpertThatIsNeverBoundIsRefused) {
  CompileOptions options = OnGpu();
  options.facts.max_binding_bytes = 17000;
  const Status status = Compile(Mixture().value(), options).status();
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_EQ(status.message(),
            "spec.json: expert_matmul_grouped: one expert of the weight (17408 bytes) is more than "
            "the device binds at once (17000); device cpu has no such limit");
}

}  // namespace
}  // namespace ingot::ir
