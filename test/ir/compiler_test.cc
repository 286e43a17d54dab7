#include "ingot/ir/compiler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "test/ir/compiled.h"

#include "ingot/program/check.h"
#include "ingot/program/serialize.h"

namespace ingot::ir {
namespace {

uint64_t ScratchBytes(const Program& program, const program::Symbols& symbols) {
  uint64_t bytes = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::kScratch) bytes += *buffer.bytes.Evaluate(symbols);
  }
  return bytes;
}

// What the results would need if none shared memory.
uint64_t ResultBytes(const Program& program, const program::Symbols& symbols) {
  uint64_t bytes = 0;
  for (const Dispatch& dispatch : program.dispatches) {
    for (const program::Binding& bound : dispatch.bindings) {
      if (bound.access == Access::kRead || bound.type.layout != "rows") continue;
      bytes += *program::TensorBytes(bound.type)->Evaluate(symbols);
    }
  }
  return bytes;
}

TEST(Compiler, ProgramsPassTheCheckAndRoundTrip) {
  for (const Programs& programs : {Compiled(Llama()), Compiled(Gemma3())}) {
    for (const Program& program : {programs.prefill, programs.decode}) {
      EXPECT_EQ(program::Check(program), Status());
      Result<Program> again = program::Parse(program::Print(program), "program.json");
      ASSERT_TRUE(again.ok()) << again.status().message();
      EXPECT_EQ(*again, program);
    }
  }
}

TEST(Compiler, EachOpIsADispatch) {
  Programs llama = Compiled(Llama()), gemma = Compiled(Gemma3());
  for (const Program& program : {llama.prefill, llama.decode}) {
    EXPECT_EQ(CountOfLayer(program, 0), 17u);
    EXPECT_EQ(CountOfLayer(program, 1), 17u);
  }
  for (const Program& program : {gemma.prefill, gemma.decode}) {
    EXPECT_EQ(CountOfLayer(program, 0), 21u);
    EXPECT_EQ(CountOfLayer(program, 1), 21u);
  }
  // embed, last_rows, norm, head; one row is its own last.
  EXPECT_EQ(CountOfLayer(llama.prefill, -1), 4u);
  EXPECT_EQ(CountOfLayer(llama.decode, -1), 3u);
  EXPECT_EQ(llama.choices.size(), llama.prefill.dispatches.size() + llama.decode.dispatches.size());
}

TEST(Compiler, PhasesDifferInTheirSymbols) {
  Programs programs = Compiled(Llama(), {.prefill_tokens = 128});
  EXPECT_EQ(programs.prefill.phase, Phase::kPrefill);
  EXPECT_EQ(programs.prefill.max_tokens, 128u);
  EXPECT_EQ(programs.decode.phase, Phase::kDecode);
  EXPECT_EQ(programs.decode.max_tokens, 1u);
  EXPECT_EQ(UniformOf(*FindDispatch(programs.prefill, "matmul", 0, "q_proj"), "rows"), "tokens");
  EXPECT_EQ(UniformOf(*FindDispatch(programs.decode, "matmul", 0, "q_proj"), "rows"), "1");
  EXPECT_EQ(UniformOf(*FindDispatch(programs.prefill, "matmul", -1, "lm_head"), "rows"), "outputs");
  EXPECT_EQ(FindBuffer(programs.prefill, "logits")->bytes.Print(), "outputs * 2048");
  EXPECT_EQ(FindBuffer(programs.decode, "logits")->bytes.Print(), "2048");
}

TEST(Compiler, BuffersThatPhasesShareAreEqual) {
  Programs programs = Compiled(Gemma3());
  size_t shared = 0;
  for (const Buffer& buffer : programs.prefill.buffers) {
    if (buffer.kind == BufferKind::kScratch || buffer.kind == BufferKind::kLogits ||
        buffer.kind == BufferKind::kIds) {
      continue;
    }
    const Buffer* other = FindBuffer(programs.decode, buffer.name);
    ASSERT_NE(other, nullptr) << buffer.name;
    EXPECT_EQ(*other, buffer) << buffer.name;
    ++shared;
  }
  // Seven weights a layer and the embedding, vectors, state, two tables, two caches.
  EXPECT_EQ(shared, 2 * 7 + 1 + 1 + 1 + 2 + 2u);
}

TEST(Compiler, BuffersHaveTheirNames) {
  Programs programs = Compiled(Gemma3(), {.kv_dtype = DType::kF32});
  const Program& program = programs.prefill;
  EXPECT_EQ(FindBuffer(program, "kv.1")->bytes.Evaluate({1, 1, 100}).value(),
            2u * 2 * 100 * 16 * 4);
  EXPECT_EQ(FindBuffer(program, "rope.swa")->bytes.Evaluate({1, 1, 100}).value(), 100u * 16 * 4);
  EXPECT_EQ(FindBuffer(program, "state")->bytes.Print(), "64");
  EXPECT_EQ(FindBuffer(program, "ids")->bytes.Print(), "tokens * 4");
  EXPECT_EQ(FindBuffer(program, "blk.1.ffn_down.weight")->kind, BufferKind::kWeight);
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "attention", 1), "kv"), "kv.1");
  // The even layer is windowed and has the table of its own.
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "rope", 0), "table"), "rope.swa");
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "rope", 1), "table"), "rope.main");
  EXPECT_EQ(UniformOf(*FindDispatch(program, "attention", 0), "window"), "8");
  EXPECT_EQ(UniformOf(*FindDispatch(program, "attention", 1), "window"), "0");
}

TEST(Compiler, NormsPerHeadHaveARowForEachHead) {
  Programs programs = Compiled(Gemma3());
  for (const Dispatch& dispatch : programs.prefill.dispatches) {
    if (dispatch.value != "attn_q_norm") continue;
    EXPECT_EQ(UniformOf(dispatch, "rows"), "tokens * 4");
    EXPECT_EQ(UniformOf(dispatch, "dim"), "16");
  }
}

TEST(Compiler, OneWeightOfTwoOpsIsOneBuffer) {
  Programs programs = Compiled(Llama());
  const Program& program = programs.decode;
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "embed", -1), "table"), "token_embd.weight");
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "matmul", -1, "lm_head"), "w"),
            "token_embd.weight");
}

TEST(Compiler, PartsOfATensorAreNamedByTheirRows) {
  GraphBuilder g("m");
  Value x = g.Embed(g.Tokens(),
                    g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16}));
  auto part = [&](std::vector<WeightPart> parts) {
    return g.MatMul(x, g.Weight({.parts = std::move(parts), .cols = 64, .dtype = DType::kF16}));
  };
  Value y = g.Add(part({{"qkv", 0, 64}}), part({{"qkv", 64, 64}}));
  y = g.Add(y, part({{"a", 0, 32}, {"b", 0, 32}}));
  Programs programs = Compiled(g.Finish(g.LastRows(y)));
  std::set<std::string> names;
  for (const Buffer& buffer : programs.decode.buffers) {
    if (buffer.kind == BufferKind::kWeight) names.insert(buffer.name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"embd", "qkv[0:64]", "qkv[64:128]", "a+b"}));
  const Buffer* joined = FindBuffer(programs.decode, "a+b");
  EXPECT_EQ(joined->sources, (std::vector<program::WeightSource>{{"a", 0, 32}, {"b", 0, 32}}));
}

TEST(Compiler, VectorsArePackedOnceAndAligned) {
  GraphBuilder g("m");
  Value x =
      g.Embed(g.Tokens(), g.Weight({.parts = {{"embd", 0, 512}}, .cols = 6, .dtype = DType::kF16}));
  g.Vector("unused", 3);
  x = g.RmsNorm(x, g.Vector("a", 6), 0.1);
  x = g.AddBias(x, g.Vector("b", 6));
  x = g.RmsNorm(x, g.Vector("a", 6), 0.1);
  Programs programs = Compiled(g.Finish(g.LastRows(x)));
  const std::vector<program::VectorSlice> want = {{"unused", 0, 3}, {"a", 4, 6}, {"b", 12, 6}};
  EXPECT_EQ(FindBuffer(programs.prefill, "vectors")->slices, want);
  EXPECT_EQ(FindBuffer(programs.decode, "vectors")->slices, want);
  EXPECT_EQ(FindBuffer(programs.decode, "vectors")->bytes.Print(), "80");
  EXPECT_EQ(UniformOf(*FindDispatch(programs.decode, "rms_norm", -1), "w_at"), "4");
  EXPECT_EQ(UniformOf(*FindDispatch(programs.decode, "add_bias", -1), "bias_at"), "12");
}

TEST(Compiler, ScratchIsUsedAgain) {
  for (const Programs& programs :
       {Compiled(Llama({.layers = 8})), Compiled(Gemma3({.layers = 8}))}) {
    for (const Program& program : {programs.prefill, programs.decode}) {
      program::Symbols run = {program.max_tokens, 1, 512};
      EXPECT_LT(ScratchBytes(program, run) * 10, ResultBytes(program, run));
    }
  }
  // More layers need no more memory.
  program::Symbols run = {512, 1, 512};
  EXPECT_EQ(ScratchBytes(Compiled(Llama({.layers = 2})).prefill, run),
            ScratchBytes(Compiled(Llama({.layers = 8})).prefill, run));
}

// Replays the placed graph's text: whenever an op reads a value, its buffer must still hold it.
void ExpectValuesLiveUntilRead(const std::string& text) {
  static const std::regex line_form(R"(\s*(?:(%[\w.]+) = )?xf\.(\w+) (.*?) : .*)");
  static const std::regex value_form(R"(%[\w.]+)"), buffer_form(R"re(xf\.buffer = "(\w+)")re");
  std::map<std::string, std::string> buffer_of, held_by;
  std::istringstream lines(text);
  size_t reads = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match, buffer;
    if (!std::regex_match(line, match, line_form)) continue;
    std::string operands = match[3];
    for (std::sregex_iterator it(operands.begin(), operands.end(), value_form), end; it != end;
         ++it) {
      if (!buffer_of.contains(it->str())) continue;
      EXPECT_EQ(held_by[buffer_of[it->str()]], it->str()) << line;
      ++reads;
    }
    if (!std::regex_search(line, buffer, buffer_form)) continue;
    buffer_of[match[1]] = buffer[1];
    held_by[buffer[1]] = match[1];
  }
  EXPECT_GT(reads, 50u);
}

TEST(Compiler, ValuesLiveUntilTheyAreRead) {
  for (const Result<Graph>& graph : {Llama({.layers = 4}), Gemma3({.layers = 4})}) {
    for (Phase phase : {Phase::kPrefill, Phase::kDecode}) {
      ExpectValuesLiveUntilRead(*PrintAfter(*graph, {}, phase, "place-buffers"));
    }
  }
}

TEST(Compiler, IsDeterministic) {
  Programs first = Compiled(Gemma3()), second = Compiled(Gemma3());
  EXPECT_EQ(program::Print(first.prefill), program::Print(second.prefill));
  EXPECT_EQ(program::Print(first.decode), program::Print(second.decode));
  Result<Graph> parsed = Graph::Parse(Gemma3()->Print(), "gemma3.mlir");
  EXPECT_EQ(program::Print(Compiled(parsed).decode), program::Print(first.decode));
}

TEST(Compiler, LeavesTheGraphAsItIs) {
  Result<Graph> graph = Llama();
  const std::string before = graph->Print();
  Programs first = Compiled(graph), second = Compiled(graph);
  EXPECT_EQ(graph->Print(), before);
  EXPECT_EQ(first.decode, second.decode);
}

TEST(Compiler, DeadOpsAreNotRun) {
  auto with = [](bool dead) {
    GraphBuilder g("m");
    Value x = g.Embed(g.Tokens(),
                      g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16}));
    if (dead) {
      g.Silu(g.MatMul(x, g.Weight({.parts = {{"w", 0, 64}}, .cols = 64, .dtype = DType::kF16})));
    }
    return Compiled(g.Finish(g.LastRows(g.Relu(x))));
  };
  EXPECT_EQ(with(true).prefill, with(false).prefill);
  EXPECT_EQ(with(true).decode, with(false).decode);
}

TEST(Compiler, GroupsAreExpanded) {
  const char* text = R"(xf.graph @m {
    %ids = xf.tokens : !xf.ids<tokens>
    %e = xf.weight "embd"[0:512] : !xf.weight<512x64, f16>
    %x = xf.embed %ids, %e : (!xf.ids<tokens>, !xf.weight<512x64, f16>) -> !xf.rows<tokens x 64>
    %y = xf.fused %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64> {
      %s = xf.silu %x : (!xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
      %m = xf.mul %s, %x : (!xf.rows<tokens x 64>, !xf.rows<tokens x 64>) -> !xf.rows<tokens x 64>
      xf.yield %m : !xf.rows<tokens x 64>
    }
    %l = xf.last_rows %y : (!xf.rows<tokens x 64>) -> !xf.rows<outputs x 64>
    xf.return %l : !xf.rows<outputs x 64>
  })";
  Programs programs = Compiled(Graph::Parse(text, "m.mlir"));
  std::vector<std::string> ops;
  for (const Dispatch& dispatch : programs.decode.dispatches) ops.push_back(dispatch.op);
  EXPECT_EQ(ops, (std::vector<std::string>{"embed", "silu", "mul"}));
}

TEST(Compiler, OverwrittenOperandThatIsNeededIsCopied) {
  GraphBuilder g("m");
  Value x = g.Embed(g.Tokens(),
                    g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16}));
  g.SetPlace(5, "k_proj", "", "");
  Value y = g.Add(g.Rope(x, g.Table(Rotary("main", 16, 10000, false)), 4), x);
  Programs programs = Compiled(g.Finish(g.LastRows(y)));
  const Program& program = programs.decode;
  const Dispatch* copy = FindDispatch(program, "scale", 5, "k_proj");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(UniformOf(*copy, "scale"), "1f");
  std::string original = BufferOf(program, *copy, "x");
  EXPECT_NE(BufferOf(program, *copy, "y"), original);
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "rope", 5, "k_proj"), "q"),
            BufferOf(program, *copy, "y"));
  EXPECT_EQ(BufferOf(program, *FindDispatch(program, "add", 5, "k_proj"), "b"), original);
}

TEST(Compiler, RulesChooseKernelsAndTheReportSaysWho) {
  kernels::Rule rule = {.origin = kernels::Origin::kCaller, .op = "matmul", .role = "q_proj"};
  rule.layer = 1;
  rule.kernel = "matmul_reference";
  Programs programs = Compiled(Llama(), {.rules = {rule}});
  EXPECT_EQ(FindDispatch(programs.decode, "matmul", 1, "q_proj")->kernel, "matmul_reference");
  EXPECT_NE(FindDispatch(programs.decode, "matmul", 0, "q_proj")->kernel, "matmul_reference");
  for (const KernelChoice& choice : programs.choices) {
    bool ruled = choice.role == "q_proj" && choice.layer == 1;
    EXPECT_EQ(choice.origin,
              kernels::OriginName(ruled ? kernels::Origin::kCaller : kernels::Origin::kAutomatic))
        << choice.op;
  }
}

TEST(Compiler, DecodeSharesTheKeysWhereAKernelDoes) {
  Programs programs = Compiled(Llama(), OnGpu());
  EXPECT_NE(FindDispatch(programs.prefill, "attention", 0), nullptr);
  EXPECT_EQ(FindDispatch(programs.decode, "attention", 0), nullptr);
  const Dispatch* split = FindDispatch(programs.decode, "attention_split", 1);
  const Dispatch* merge = FindDispatch(programs.decode, "attention_merge", 1);
  ASSERT_NE(split, nullptr);
  ASSERT_NE(merge, nullptr);
  EXPECT_EQ(BufferOf(programs.decode, *split, "kv"), "kv.1");
  EXPECT_EQ(BufferOf(programs.decode, *split, "y"), BufferOf(programs.decode, *merge, "part"));
  EXPECT_EQ(split->overrides.at("SPLITS"), merge->overrides.at("SPLITS"));
  EXPECT_EQ(split->grid[1].Print(), StrCat(split->overrides.at("SPLITS")));
  EXPECT_EQ(FindDispatch(Compiled(Llama()).decode, "attention_split", 1), nullptr) << "on the CPU";
}

TEST(Compiler, SinksAreReadWhereTheKeysAreJoined) {
  const Programs programs = Compiled(Llama({.sinks = true}), OnGpu());
  const Dispatch* split = FindDispatch(programs.decode, "attention_split", 1);
  const Dispatch* merge = FindDispatch(programs.decode, "attention_merge", 1);
  ASSERT_NE(split, nullptr);
  ASSERT_NE(merge, nullptr);
  EXPECT_EQ(BufferOf(programs.decode, *split, "vectors"), "none");
  EXPECT_EQ(BufferOf(programs.decode, *merge, "vectors"), "vectors");
  EXPECT_EQ(merge->overrides.at("HAS_SINKS"), 1);
  const Dispatch* prefill = FindDispatch(programs.prefill, "attention", 1);
  ASSERT_NE(prefill, nullptr);
  EXPECT_EQ(prefill->kernel, "attention_prefill");
  EXPECT_EQ(prefill->overrides.at("HAS_SINKS"), 1);
}

TEST(Compiler, AKernelServesSeveralOpsOfADecodeStepOnAGpu) {
  const Programs programs = Compiled(Llama(), OnGpu());
  const Dispatch* down = FindDispatch(programs.decode, "matmul_add", 1, "down_proj");
  ASSERT_NE(down, nullptr);
  EXPECT_EQ(down->kernel, "matmul_gemv_residual");
  EXPECT_NE(FindDispatch(programs.decode, "matmul_swiglu", 1, "gate_proj"), nullptr);
  const Dispatch* write = FindDispatch(programs.decode, "rope_kv_write", 1);
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(BufferOf(programs.decode, *write, "cache"), "kv.1");
  for (const char* op : {"add", "silu", "mul", "kv_write"}) {
    EXPECT_EQ(FindDispatch(programs.decode, op, 1), nullptr) << op;
  }
  // Tiles of a prompt end with the product.
  EXPECT_EQ(FindDispatch(programs.prefill, "matmul_add", 1, "down_proj"), nullptr);
  EXPECT_NE(FindDispatch(programs.prefill, "swiglu", 1), nullptr);
  EXPECT_EQ(FindDispatch(Compiled(Llama()).decode, "matmul_add", 1, "down_proj"), nullptr)
      << "on the CPU";
}

TEST(Compiler, OpsAreNotJoinedAgainstARuleOrWithoutThePass) {
  CompileOptions options = OnGpu();
  options.rules = {{.op = "silu", .kernel = "silu"}};
  const Programs ruled = Compiled(Llama(), options);
  EXPECT_NE(FindDispatch(ruled.decode, "silu", 1), nullptr);
  EXPECT_NE(FindDispatch(ruled.decode, "mul", 1), nullptr);
  EXPECT_NE(FindDispatch(ruled.decode, "matmul_add", 1, "down_proj"), nullptr);
  options = OnGpu();
  options.passes = {"fold-constants", "eliminate-dead-ops"};
  const Programs apart = Compiled(Llama(), options);
  for (const char* op : {"add", "silu", "mul", "kv_write", "rope"}) {
    EXPECT_NE(FindDispatch(apart.decode, op, 1), nullptr) << op;
  }
}

// A barrier stands where a buffer is used in another way than before: a result in a buffer of its
// own needs none.
TEST(Compiler, ResultsOfADecodeStepOnAGpuShareNoBuffer) {
  Programs programs = Compiled(Llama(), OnGpu());
  auto shared = [](const Program& program) {
    std::map<program::BufferId, int> writers;
    for (const Dispatch& dispatch : program.dispatches) {
      for (const program::Binding& bound : dispatch.bindings) {
        bool result = bound.access == Access::kReadWrite && bound.name == "y";
        if (result && bound.type.layout == "rows") ++writers[bound.buffer];
      }
    }
    return std::ranges::any_of(writers, [](const auto& entry) { return entry.second > 1; });
  };
  EXPECT_FALSE(shared(programs.decode));
  EXPECT_TRUE(shared(programs.prefill));
  EXPECT_TRUE(shared(Compiled(Llama()).decode)) << "on the CPU";
}

TEST(Compiler, ARuleSaysHowManyShareTheKeys) {
  CompileOptions options = OnGpu();
  options.rules = {{.op = "attention_split", .layer = 0, .overrides = {{"SPLITS", 4}}},
                   {.op = "attention_split", .layer = 1, .overrides = {{"SPLITS", 1}}}};
  Programs programs = Compiled(Llama(), options);
  const Dispatch* split = FindDispatch(programs.decode, "attention_split", 0);
  ASSERT_NE(split, nullptr);
  EXPECT_EQ(split->grid[1].Print(), "4");
  EXPECT_NE(FindDispatch(programs.decode, "attention", 1), nullptr) << "one shares with none";
  options.rules = {{.phase = Phase::kDecode, .kernel = "attention_decode"}};
  Programs whole = Compiled(Llama(), options);
  EXPECT_EQ(FindDispatch(whole.decode, "attention", 0)->kernel, "attention_decode");
}

TEST(Compiler, RefusedRuleNamesThePlace) {
  kernels::Rule rule = {.origin = kernels::Origin::kCaller, .op = "silu"};
  rule.kernel = "silly";
  Result<Programs> programs = Compile(*Llama(), {.rules = {rule}});
  ASSERT_FALSE(programs.ok());
  EXPECT_EQ(programs.status().message().substr(0, 11), "spec.json: ")
      << programs.status().message();
  EXPECT_NE(programs.status().message().find("(silly)"), std::string::npos);
}

TEST(Compiler, OptionsAreChecked) {
  Result<Graph> graph = Llama();
  auto message = [&](const CompileOptions& options) {
    return Compile(*graph, options).status().message();
  };
  EXPECT_EQ(message({.kv_dtype = DType::kQ8_0}), "kv_dtype (q8_0) is neither f16 nor f32");
  EXPECT_EQ(message({.prefill_tokens = 0}), "prefill_tokens (0) must be at least 1");
  EXPECT_EQ(message({.passes = {"fold-constant"}}),
            "passes[0]: pass (fold-constant) is unknown, nearest is (fold-constants)");
  EXPECT_EQ(message({.passes = {"fold-constants", "fold-constants"}}),
            "passes[1]: pass (fold-constants) stands twice, first at [0]");
  EXPECT_EQ(message({.passes = {"emit-program"}}),
            "passes[0]: pass (emit-program) always runs and cannot be named");
}

TEST(Compiler, NamedPassesAreTheOnesThatRun) {
  auto count = [](std::vector<std::string> passes) {
    GraphBuilder g("m");
    Value x = g.Embed(g.Tokens(),
                      g.Weight({.parts = {{"embd", 0, 512}}, .cols = 64, .dtype = DType::kF16}));
    g.Silu(x);
    x = g.LastRows(g.Scale(x, 1));
    return Compiled(g.Finish(x), {.passes = std::move(passes)}).prefill.dispatches.size();
  };
  EXPECT_EQ(count({}), 2u);
  EXPECT_EQ(count({"fold-constants"}), 3u);
  EXPECT_EQ(count({"eliminate-dead-ops"}), 3u);
  EXPECT_EQ(count({"eliminate-dead-ops", "fold-constants"}), 2u);
}

TEST(PrintAfter, ShowsTheModuleOfAPhase) {
  Result<Graph> graph = Llama();
  Result<std::string> before = PrintAfter(*graph, {}, Phase::kDecode, "");
  ASSERT_TRUE(before.ok()) << before.status().message();
  EXPECT_EQ(*before, graph->Print());
  std::set<std::string> texts = {*before};
  for (std::string_view pass :
       {"enter-phase", "fold-constants", "select-kernels", "place-buffers"}) {
    Result<std::string> text = PrintAfter(*graph, {}, Phase::kDecode, pass);
    ASSERT_TRUE(text.ok()) << text.status().message();
    EXPECT_TRUE(texts.insert(*text).second) << pass << " changes nothing";
    EXPECT_TRUE(Graph::Parse(*text, pass).ok()) << pass;
  }
  EXPECT_EQ(PrintAfter(*graph, {}, Phase::kDecode, "place-buffer").status().message(),
            "pass (place-buffer) does not run, nearest is (place-buffers)");
}

TEST(ListPasses, HasARowForEachPassInOrder) {
  std::vector<std::string> names;
  for (const PassRow& row : ListPasses()) {
    names.push_back(row.name);
    EXPECT_FALSE(row.summary.empty()) << row.name;
    EXPECT_FALSE(row.order.empty()) << row.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"enter-phase", "fold-constants", "eliminate-dead-ops",
                                             "join-ops", "expand-fused", "split-attention",
                                             "group-experts", "select-kernels", "place-buffers",
                                             "emit-program"}));
  EXPECT_EQ(ListPasses()[8].order, "before emit-program: bindings name buffers");
}

}  // namespace
}  // namespace ingot::ir
