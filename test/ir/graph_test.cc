#include "ingot/ir/graph.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "test/ir/layers.h"

namespace ingot::ir {
namespace {

// A graph of one embedding and whatever `body` adds to its rows of 64 features.
template <typename Body>
Result<Graph> Small(Body body) {
  GraphBuilder g("small");
  Value embd = g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16});
  Value x = g.Embed(g.Tokens(), embd);
  return g.Finish(g.LastRows(body(g, x)));
}

std::string Message(const Result<Graph>& graph) {
  return graph.ok() ? "ok" : graph.status().message();
}

TEST(Graph, PrintsAndParses) {
  for (const Result<Graph>& graph : {Llama(), Gemma3()}) {
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    Result<Graph> again = Graph::Parse(graph->Print(), "graph.mlir");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(again->Print(), graph->Print());
    EXPECT_EQ(again->name(), graph->name());
    EXPECT_EQ(again->op_count(), graph->op_count());
  }
}

TEST(Graph, CountsOpsOfEachLayer) {
  Result<Graph> two = Llama({.layers = 2}), three = Llama({.layers = 3});
  ASSERT_TRUE(two.ok() && three.ok());
  EXPECT_EQ(three->op_count() - two->op_count(), 17u);
  EXPECT_EQ(two->op_count(), 2 * 17u + 4);
}

TEST(Graph, TablesComeBackBitForBit) {
  RopeTable table = Rotary("swa", 96, 1234567.8, true);
  table.factor = 1.1386294361119891;
  Result<Graph> graph = Small([&](GraphBuilder& g, Value x) {
    g.Table(table);
    return x;
  });
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  Result<Graph> again = Graph::Parse(graph->Print(), "graph.mlir");
  ASSERT_TRUE(again.ok()) << again.status().message();
  for (const Graph& g : {*graph, *again}) {
    std::vector<RopeTable> tables = g.Tables();
    ASSERT_EQ(tables.size(), 1u);
    EXPECT_EQ(tables[0].name, "swa");
    EXPECT_EQ(tables[0].turns, table.turns);
    EXPECT_EQ(tables[0].factor, table.factor);
    EXPECT_TRUE(tables[0].interleaved);
  }
}

TEST(Graph, NumbersRoundTripExactly) {
  for (double eps : {1e-6, 9.9999999747524271e-07, 0.1, 5e-324, 1.7976931348623157e308}) {
    Result<Graph> graph = Small([&](GraphBuilder& g, Value x) {
      return g.Scale(g.RmsNorm(x, g.Vector("v", 64), eps), -eps);
    });
    ASSERT_TRUE(graph.ok()) << graph.status().message();
    Result<Graph> again = Graph::Parse(graph->Print(), "graph.mlir");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(again->Print(), graph->Print());
  }
  // The text tells neighbours apart.
  auto text = [](double factor) {
    return Small([&](GraphBuilder& g, Value x) { return g.Scale(x, factor); })->Print();
  };
  EXPECT_NE(text(0.1), text(std::nextafter(0.1, 1.0)));
}

TEST(Graph, ParseSaysWhereAndWhat) {
  EXPECT_EQ(Message(Graph::Parse("", "a.mlir")), "a.mlir: the text holds (0) graphs, not (1)");
  std::string twice = Llama()->Print() + Gemma3()->Print();
  Result<Graph> two = Graph::Parse(twice, "b.mlir");
  ASSERT_FALSE(two.ok());
  EXPECT_NE(two.status().message().find("the text holds (2) graphs, not (1)"), std::string::npos);
  Result<Graph> torn = Graph::Parse("xf.graph @m {\n  %x = xf.silu\n}\n", "c.mlir");
  ASSERT_FALSE(torn.ok());
  EXPECT_EQ(torn.status().message().substr(0, 9), "c.mlir:2:") << torn.status().message();
}

TEST(Graph, TextWithoutTheLastNulIsRead) {
  std::string text = Llama()->Print();
  std::string longer = text + "%%%";
  EXPECT_TRUE(Graph::Parse(std::string_view(longer).substr(0, text.size()), "a.mlir").ok());
}

TEST(Graph, LogitsOfAllTokensAreRefused) {
  GraphBuilder g("m");
  Value embd = g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16});
  EXPECT_EQ(Message(g.Finish(g.Embed(g.Tokens(), embd))),
            "return: rows of the logits (tokens) are not outputs");
}

TEST(Graph, IsReadFromManyThreads) {
  Result<Graph> graph = Llama();
  ASSERT_TRUE(graph.ok());
  const std::string text = graph->Print();
  std::vector<std::thread> threads;
  std::vector<int> equal(4);
  for (int& same : equal) {
    threads.emplace_back([&same, &text, copy = *graph] { same = copy.Print() == text; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, std::vector<int>(4, 1));
}

TEST(GraphBuilder, ErrorNamesPlaceOpAndBothNumbers) {
  Result<Graph> graph = Small([](GraphBuilder& g, Value x) {
    g.SetPlace(3, "q_proj", "q", "specs/llama.json:12");
    return g.MatMul(x, g.Weight({.parts = {{"w", 0, 64}}, .cols = 32, .dtype = DType::kF16}));
  });
  EXPECT_EQ(Message(graph),
            "specs/llama.json:12: matmul: x's features (64) are not w's columns (32)");
}

TEST(GraphBuilder, FirstErrorStays) {
  Result<Graph> graph = Small([](GraphBuilder& g, Value x) {
    Value y = g.Softcap(x, -1);
    y = g.RmsNorm(y, g.Vector("v", 7), 0.1);
    return g.Add(y, x);
  });
  EXPECT_EQ(Message(graph), "softcap: cap (-1.000000e+00) is negative");
}

TEST(GraphBuilder, OperandOfAnotherKindIsRefused) {
  Result<Graph> graph = Small([](GraphBuilder& g, Value x) { return g.MatMul(x, x); });
  EXPECT_EQ(Message(graph), "matmul: the operands are not of the op's kinds");
  graph = Small([](GraphBuilder& g, Value x) { return g.Add(g.Vector("v", 64), x); });
  EXPECT_NE(Message(graph).find("must be f32 activations"), std::string::npos) << Message(graph);
}

TEST(GraphBuilder, ImpossibleShapesAreRefused) {
  auto with = [](const WeightRef& ref) {
    return Message(Small([&](GraphBuilder& g, Value x) { return g.MatMul(x, g.Weight(ref)); }));
  };
  EXPECT_EQ(with({.parts = {}, .cols = 64}), "rows (0) must be at least 1");
  EXPECT_EQ(with({.parts = {{"w", 0, 8}}, .cols = 0}), "columns (0) must be at least 1");
  EXPECT_EQ(with({.parts = {{"w", 0, 8}}, .cols = 2600, .dtype = DType::kQ4_K}),
            "columns (2600) are not a multiple of the block (256)");
  EXPECT_EQ(with({.parts = {{"w", 0, UINT64_MAX}, {"v", 0, 9}}, .cols = 64}),
            "weight: (w) has more than (2147483647) rows or columns");
  EXPECT_EQ(with({.parts = {{"w", 0, 8}, {"v", 0, 0}}, .cols = 64}),
            "weight: rows of a part (0) must be at least 1");
  EXPECT_EQ(Message(Small([](GraphBuilder& g, Value) { return g.Vector("v", 0); })),
            "count (0) must be at least 1");
  EXPECT_EQ(Message(Small([](GraphBuilder& g, Value) { return g.Vector("v", UINT64_MAX); })),
            "count (9223372036854775807) are more than (2147483647)");
  EXPECT_EQ(Message(Small([](GraphBuilder& g, Value) { return g.Table({.name = "t"}); })),
            "rot (0) must be at least 1");
  EXPECT_EQ(Message(Small([](GraphBuilder& g, Value) {
              return g.Cache({"kv", 0, 0, 64});
            })),
            "kv_heads (0) must be at least 1");
}

TEST(GraphBuilder, NothingFollowsTheEnd) {
  GraphBuilder g("m");
  Value embd = g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16});
  Value logits = g.LastRows(g.Embed(g.Tokens(), embd));
  Result<Graph> graph = g.Finish(logits);
  ASSERT_TRUE(graph.ok());
  const std::string text = graph->Print();
  EXPECT_EQ(g.Silu(logits).id, -1);
  EXPECT_EQ(Message(g.Finish(logits)), "the graph is finished");
  EXPECT_EQ(graph->Print(), text);
}

TEST(GraphBuilder, EveryMethodIsOneOp) {
  Result<Graph> graph = Small([](GraphBuilder& g, Value x) {
    Value v = g.Vector("v", 64), t = g.Table(Rotary("main", 16, 10000, false));
    Value kv = g.Cache({"kv", 0, 4, 16});
    x = g.LayerNorm(x, v, v, 1e-5);
    x = g.LayerNorm(x, v, Value(), 1e-5);
    x = g.AddBias(g.RmsNorm(x, v, 1e-5), v);
    g.KvWrite(kv, g.Rope(x, t, 4), x);
    x = g.Attention(x, kv, 4, {.scale = 0.25, .window = 7, .softcap = 50});
    x = g.Softmax(g.Silu(g.GeluTanh(g.Gelu(g.Relu(g.Sigmoid(x))))));
    return g.Softcap(g.Scale(g.Mul(g.Add(x, x), x), 2), 30);
  });
  ASSERT_TRUE(graph.ok()) << graph.status().message();
  EXPECT_EQ(graph->op_count(), 19u);
}

}  // namespace
}  // namespace ingot::ir
