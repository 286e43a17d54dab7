// Generation with the bundled model: greedy tokens of an independent reference, stops, seeds. On
// the device that the environment names.
#include "ingot/model/generate.h"

#include <gtest/gtest.h>

#include "test/support/device.h"

#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/runtime/device.h"

namespace ingot::model {
namespace {

const char kTales[] = INGOT_SOURCE_DIR "/models/tales.gguf";

class Generation : public testing::Test {
 protected:
  static ModelOptions Exact() { return {.numerics = Numerics::kExact, .kv_dtype = DType::kF32}; }
  void SetUp() override {
    if (model_ != nullptr) return;
    INGOT_OPEN_DEVICE(device_);
    auto model = Model::Load(*device_, Gguf::Open(kTales).value(), Exact());
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
  }
  static void TearDownTestSuite() {
    model_.reset();
    device_.reset();
  }

  static Result<GenerateResult> Run(std::string_view prompt, const GenerateOptions& options,
                                    const TextSink& sink = nullptr) {
    return RunOn(*model_, prompt, options, sink);
  }
  static Result<GenerateResult> RunOn(Model& model, std::string_view prompt,
                                      const GenerateOptions& options,
                                      const TextSink& sink = nullptr) {
    INGOT_ASSIGN(auto session, Session::Create(model));
    INGOT_ASSIGN(std::vector<int32_t> ids, model.tokenizer()->Encode(prompt));
    return Generate(*session, ids, options, sink);
  }
  static GenerateOptions Greedy(uint64_t tokens) {
    GenerateOptions options{.max_tokens = tokens};
    options.sampler.temperature = 0;
    return options;
  }

  static std::unique_ptr<runtime::Device> device_;
  static std::unique_ptr<Model> model_;
};

std::unique_ptr<runtime::Device> Generation::device_;
std::unique_ptr<Model> Generation::model_;

std::vector<int32_t> Ids(const Json& list) {
  std::vector<int32_t> ids;
  for (const auto& [key, value] : list.members())
    ids.push_back(static_cast<int32_t>(value.AsInt()));
  return ids;
}

// tools/tales_reference.py computed them in float64.
TEST_F(Generation, GreedyTokensEqualTheReference) {
  Result<std::string> text = ReadFile(INGOT_SOURCE_DIR "/models/tales.expected.json");
  Result<Json> expected = Json::Parse(text.value(), "tales.expected.json");
  ASSERT_TRUE(expected.ok()) << expected.status().message();
  const Json* prompts = expected->Find("prompts");
  ASSERT_NE(prompts, nullptr);
  ASSERT_GE(prompts->size(), 3u);
  for (const auto& [key, entry] : prompts->members()) {
    const std::string& prompt = entry.Find("prompt")->AsString();
    Result<std::vector<int32_t>> ids = model_->tokenizer()->Encode(prompt);
    EXPECT_EQ(ids.value(), Ids(*entry.Find("prompt_ids")));
    std::vector<int32_t> want = Ids(*entry.Find("ids"));
    GenerateOptions options = Greedy(want.size());
    options.ignore_eos = true;
    Result<GenerateResult> result = Run(prompt, options);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->tokens, want) << prompt;
    EXPECT_EQ(result->text, entry.Find("text")->AsString());
    EXPECT_EQ(result->reason, StopReason::kMaxTokens);
  }
}

TEST_F(Generation, SeededTokensAreThoseOfTheCpu) {
  auto cpu = runtime::Open({.kind = "cpu", .threads = 2});
  ASSERT_TRUE(cpu.ok()) << cpu.status().message();
  auto on_cpu = Model::Load(**cpu, Gguf::Open(kTales).value(), Exact());
  ASSERT_TRUE(on_cpu.ok()) << on_cpu.status().message();
  GenerateOptions options{.max_tokens = 64, .ignore_eos = true};
  options.sampler.seed = 1337;
  Result<GenerateResult> want = RunOn(**on_cpu, "Once upon a time", options);
  Result<GenerateResult> got = Run("Once upon a time", options);
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(got->tokens, want.value().tokens);
  EXPECT_EQ(got->tokens.size(), 64u);
  EXPECT_EQ(got->text, want->text);
}

TEST_F(Generation, PiecesJoinToTheText) {
  std::string joined;
  Result<GenerateResult> result =
      Run("Once upon a time", Greedy(40), [&](std::string_view piece) { joined += piece; });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(joined, result->text);
  EXPECT_EQ(result->tokens.size(), 40u);
}

TEST_F(Generation, SameSeedSameTokens) {
  GenerateOptions options{.max_tokens = 48};
  options.sampler.seed = 1337;
  Result<GenerateResult> first = Run("Once upon a time", options);
  Result<GenerateResult> again = Run("Once upon a time", options);
  options.sampler.seed = 1338;
  Result<GenerateResult> other = Run("Once upon a time", options);
  EXPECT_EQ(first.value().tokens, again.value().tokens);
  EXPECT_NE(first.value().tokens, other.value().tokens);
}

TEST_F(Generation, EndsBeforeAStopString) {
  Result<GenerateResult> whole = Run("Once upon a time", Greedy(40));
  std::string stop = whole.value().text.substr(20, 6);
  GenerateOptions options = Greedy(40);
  options.stop = {stop};
  Result<GenerateResult> cut = Run("Once upon a time", options);
  EXPECT_EQ(cut.value().reason, StopReason::kStopString);
  EXPECT_EQ(cut.value().text, whole.value().text.substr(0, whole.value().text.find(stop)));
}

TEST_F(Generation, EndsAtAStopTokenUnlessToldNot) {
  int32_t eos = model_->tokenizer()->vocabulary().eos();
  GenerateOptions options = Greedy(5);
  options.sampler.logit_bias = {{eos, 1e4f}};
  Result<GenerateResult> result = Run("Once", options);
  EXPECT_EQ(result.value().reason, StopReason::kStopToken);
  EXPECT_EQ(result.value().tokens, std::vector<int32_t>{eos});
  EXPECT_EQ(result.value().text, "");
  options.ignore_eos = true;
  EXPECT_EQ(Run("Once", options).value().tokens.size(), 5u);
}

TEST_F(Generation, EndsWhenTheContextIsFull) {
  GenerateOptions options = Greedy(0);
  options.ignore_eos = true;
  Result<GenerateResult> result = Run("Once", options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->reason, StopReason::kContextFull);
  // Every position is used, and the last row still gives a token.
  EXPECT_EQ(result->tokens.size(), model_->max_positions() - result->prompt_tokens + 1);
}

TEST_F(Generation, CanBeInterrupted) {
  std::atomic<bool> interrupt = false;
  GenerateOptions options = Greedy(100);
  options.interrupt = &interrupt;
  int pieces = 0;
  Result<GenerateResult> result =
      Run("Once", options, [&](std::string_view) { interrupt = ++pieces >= 3; });
  EXPECT_EQ(result.value().reason, StopReason::kInterrupted);
  EXPECT_LT(result.value().tokens.size(), 10u);
}

TEST_F(Generation, APromptIsInterruptedBetweenChunks) {
  std::atomic<bool> interrupt = true;
  auto session = Session::Create(*model_);
  ASSERT_TRUE(session.ok());
  (*session)->set_chunk(8);
  std::vector<int32_t> prompt(20, 100);
  GenerateOptions options = Greedy(1);
  options.interrupt = &interrupt;
  EXPECT_EQ(Generate(**session, prompt, options).status(),
            Status(Code::kUnavailable, "interrupted after 8 of 20 tokens"));
  EXPECT_EQ((*session)->position(), 8u);
}

TEST_F(Generation, IllegalOptionsAreRefused) {
  GenerateOptions options = Greedy(1);
  options.sampler.top_p = 2;
  EXPECT_EQ(Run("Once", options).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace ingot::model
