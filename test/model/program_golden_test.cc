// What each family compiles to, unfused and exact: one Program per phase stands in test/ir/golden,
// so that a change of the compiler shows as a difference of text.
#include <gtest/gtest.h>

#include <map>

#include "test/support/golden.h"

#include "ingot/ir/compiler.h"
#include "ingot/model/gguf.h"
#include "ingot/model/spec.h"
#include "ingot/model/spec_bind.h"
#include "ingot/program/check.h"
#include "ingot/program/serialize.h"

namespace ingot::model {
namespace {

struct Family {
  const char* name;
  const char* file;        // in test/model/golden
  int layers;              // of the tiny model
  int dispatches_a_layer;  // in either phase
  int dispatches_outside;  // of layers, in decode; prefill has last_rows beside
};

// A layer of llama: 2 norms, 7 matmuls, 2 rope, kv_write, attention, 2 add, silu, mul. qwen2 adds 3
// biases, qwen3 2 norms of q and k, gemma3 these and 2 norms of what joins the stream. Outside:
// embed, norm, logits; gemma3 scales the embedding.
constexpr Family kFamilies[] = {
    {"llama", "llama-q4_0.gguf", 2, 17, 3},
    {"qwen2", "qwen2-bf16.gguf", 2, 20, 3},
    {"qwen3", "qwen3-f16.gguf", 2, 19, 3},
    {"gemma3", "gemma3-q8_0.gguf", 7, 21, 4},
};

// The same on every machine: no feature, whatever the processor has.
Result<ir::Programs> CompileTiny(const std::string& file) {
  INGOT_ASSIGN(auto gguf, Gguf::Open(std::string(INGOT_SOURCE_DIR "/test/model/golden/") + file));
  INGOT_ASSIGN(std::string_view architecture, gguf->String("general.architecture"));
  INGOT_ASSIGN(Spec spec, SpecFor(architecture, ""));
  INGOT_ASSIGN(BoundModel bound, Bind(spec, *gguf, {}));
  ir::CompileOptions options;
  options.facts.kind = "cpu";
  options.numerics = Numerics::kExact;
  options.kv_dtype = DType::kF32;
  return ir::Compile(*bound.graph, options);
}

class FamilyPrograms : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    Result<ir::Programs> programs = CompileTiny(GetParam().file);
    ASSERT_TRUE(programs.ok()) << programs.status().message();
    programs_ = std::move(*programs);
  }
  std::vector<const program::Program*> Both() const {
    return {&programs_.prefill, &programs_.decode};
  }
  ir::Programs programs_;
};

TEST_P(FamilyPrograms, AreTheGoldenOnes) {
  for (const program::Program* program : Both()) {
    EXPECT_GOLDEN(program::Print(*program),
                  StrCat(INGOT_SOURCE_DIR "/test/ir/golden/", GetParam().name, ".",
                         Name(program->phase), ".json"));
  }
}

TEST_P(FamilyPrograms, PassTheCheckAndReadBackEqual) {
  for (const program::Program* program : Both()) {
    EXPECT_EQ(program::Check(*program), Status());
    Result<program::Program> again = program::Parse(program::Print(*program), "p");
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_TRUE(*again == *program);
  }
}

TEST_P(FamilyPrograms, HaveOneDispatchForEachOpOfALayer) {
  for (const program::Program* program : Both()) {
    std::map<int, int> count;
    for (const program::Dispatch& dispatch : program->dispatches) ++count[dispatch.layer];
    for (int layer = 0; layer < GetParam().layers; ++layer) {
      EXPECT_EQ(count[layer], GetParam().dispatches_a_layer)
          << Name(program->phase) << " layer " << layer;
    }
    EXPECT_EQ(count.size(), static_cast<size_t>(GetParam().layers) + 1);
    EXPECT_EQ(count[-1], GetParam().dispatches_outside + (program->phase == Phase::kPrefill));
  }
}

// Weights, vectors, tables and caches are loaded once for both.
TEST_P(FamilyPrograms, ShareWhatOutlivesARun) {
  auto lasting = [](const program::Program& program) {
    std::map<std::string, program::Buffer> buffers;
    for (const program::Buffer& buffer : program.buffers) {
      using Kind = program::BufferKind;
      if (buffer.kind == Kind::kWeight || buffer.kind == Kind::kVectors ||
          buffer.kind == Kind::kTable || buffer.kind == Kind::kKv || buffer.kind == Kind::kState) {
        buffers[buffer.name] = buffer;
      }
    }
    return buffers;
  };
  auto prefill = lasting(programs_.prefill);
  EXPECT_TRUE(prefill == lasting(programs_.decode));
  EXPECT_TRUE(prefill.contains("vectors"));
  EXPECT_TRUE(prefill.contains("state"));
  EXPECT_TRUE(prefill.contains("kv.0"));
  EXPECT_TRUE(prefill.contains("token_embd.weight"));
}

INSTANTIATE_TEST_SUITE_P(Families, FamilyPrograms, testing::ValuesIn(kFamilies),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace ingot::model
