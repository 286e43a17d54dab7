// Generation with the bundled model: greedy tokens of an independent reference, stops, seeds. On
// the device that the environment names.
#include "ingot/model/generate.h"

#include <gtest/gtest.h>

#include "test/support/device.h"
#include "test/support/resident.h"

#include "ingot/base/json.h"
#include "ingot/base/text.h"
#include "ingot/runtime/device.h"
#include "ingot/runtime/null/device.h"
#include "ingot/runtime/webgpu/device.h"

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

// The null device gives token 0 for ever, until its fifth submission: the prompt is one, each token
// but the last another.
TEST(GenerationFaults, ALostDeviceLeavesWhatWasGenerated) {
  auto device = runtime::null::Open({.lose_at_submission = 5});
  auto model = Model::Load(**device, Gguf::Open(kTales).value(), {});
  ASSERT_TRUE(model.ok()) << model.status().message();
  auto session = Session::Create(**model);
  const std::vector<int32_t> prompt = {5, 6, 7};
  GenerateOptions options{.max_tokens = 100, .ignore_eos = true};
  options.sampler.temperature = 0;
  Result<GenerateResult> result = Generate(**session, prompt, options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->reason, StopReason::kFailed);
  EXPECT_EQ(result->failure.code(), Code::kUnavailable);
  EXPECT_NE(result->failure.message().find("lost"), std::string::npos) << result->failure.message();
  EXPECT_EQ(result->tokens, std::vector<int32_t>(4, 0));
  // Nothing runs any more, and a prompt that does not is an error.
  Result<GenerateResult> again = Generate(**session, prompt, options);
  EXPECT_EQ(again.status().code(), Code::kUnavailable);
}

// A cache starts at 2048 positions; there is no room to double it.
TEST(GenerationFaults, ShortMemoryLeavesWhatWasGenerated) {
  const std::vector<int32_t> prompt(2040, 5);
  GenerateOptions options{.max_tokens = 100, .ignore_eos = true};
  options.sampler.temperature = 0;
  auto generate = [&](uint64_t memory_bytes) -> Result<std::pair<GenerateResult, uint64_t>> {
    INGOT_ASSIGN(auto device, runtime::null::Open({.memory_bytes = memory_bytes}));
    INGOT_ASSIGN(auto model,
                 Model::Load(*device, Gguf::Open(kTales).value(), {.max_positions = 5000}));
    INGOT_ASSIGN(auto session, Session::Create(*model));
    INGOT_TRY(session->Feed(prompt));
    const uint64_t bytes = device->counts().buffer_bytes;
    INGOT_ASSIGN(auto result, Generate(*session, std::vector<int32_t>{6}, options));
    return std::pair(std::move(result), bytes);
  };
  auto roomy = generate(uint64_t{1} << 50);
  ASSERT_TRUE(roomy.ok()) << roomy.status().message();
  EXPECT_EQ(roomy->first.tokens.size(), 100u);
  auto tight = generate(roomy->second + 1000000);
  ASSERT_TRUE(tight.ok()) << tight.status().message();
  EXPECT_EQ(tight->first.reason, StopReason::kFailed);
  EXPECT_EQ(tight->first.tokens.size(), 8u);  // positions 2041 to 2048
  EXPECT_EQ(tight->first.failure.code(), Code::kUnavailable);
  EXPECT_NE(tight->first.failure.message().find(" bytes do not fit"), std::string::npos)
      << tight->first.failure.message();
}

TEST_F(Generation, ACacheThatDoesNotFitAGpuIsAnError) {
  if (device_->facts().name.find("llvmpipe") == std::string::npos) {
    GTEST_SKIP() << "is for a GPU whose memory is the process's";
  }
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer's own memory counts, and other calls fail first";
#endif
#endif
  constexpr uint64_t kPositions = 1 << 16;
  auto cache =
      KvCache::Create(*device_, model_->programs().decode, model_->bound().ropes, kPositions);
  ASSERT_TRUE(cache.ok()) << cache.status().message();
  ASSERT_TRUE(cache->Reserve(1, 0).ok());
  const uint64_t bytes = cache->bytes();
  const Status status = [&] {
    const MemoryLimit limit(uint64_t{384} << 20);
    return cache->Reserve(kPositions, 1);
  }();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find(" bytes do not fit in the memory of llvmpipe"), std::string::npos)
      << status.message();
  EXPECT_EQ(cache->bytes(), bytes);
  const Result<GenerateResult> after = Run("Once", Greedy(3));
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ(after->tokens.size(), 3u);
}

TEST_F(Generation, AGpuLostUnderneathLeavesWhatWasGenerated) {
  if (device_->facts().kind != "webgpu") GTEST_SKIP() << "is for a GPU";
  std::unique_ptr<runtime::Device> device;
  INGOT_OPEN_DEVICE(device);
  auto model = Model::Load(*device, Gguf::Open(kTales).value(), Exact());
  ASSERT_TRUE(model.ok()) << model.status().message();
  std::string seen;
  int pieces = 0;
  Result<GenerateResult> result =
      RunOn(**model, "Once upon a time", Greedy(40), [&](std::string_view piece) {
        seen += piece;
        if (++pieces == 3) runtime::webgpu::DestroyUnderneath(*device);
      });
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->reason, StopReason::kFailed);
  EXPECT_EQ(result->failure.code(), Code::kUnavailable);
  EXPECT_NE(result->failure.message().find(StrCat("device ", device->facts().name, " is lost: ")),
            std::string::npos)
      << result->failure.message();
  EXPECT_EQ(result->text, seen);
  EXPECT_LT(result->tokens.size(), 10u);
  Result<GenerateResult> whole = Run("Once upon a time", Greedy(result->tokens.size()));
  EXPECT_EQ(whole.value().tokens, result->tokens);
  EXPECT_EQ(Session::Create(**model).status().code(), Code::kUnavailable);
}

// Slices change neither the tokens nor what a trace shows, where every value stands once.
TEST_F(Generation, AGpuReadsLargeWeightsInSlices) {
  if (device_->facts().kind != "webgpu") GTEST_SKIP() << "is for a GPU";
  constexpr uint64_t kLimit = 200000;
  std::unique_ptr<runtime::Device> device;
  INGOT_OPEN_DEVICE(device, kLimit);
  ModelOptions options = Exact();
  options.prefill_tokens = 32;
  options.max_positions = 64;
  auto sliced = Model::Load(*device, Gguf::Open(kTales).value(), options);
  ASSERT_TRUE(sliced.ok()) << sliced.status().message();
  auto whole = Model::Load(*device_, Gguf::Open(kTales).value(), options);
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  EXPECT_GT((*sliced)->programs().decode.dispatches.size(),
            (*whole)->programs().decode.dispatches.size() + 10);
  const Result<GenerateResult> want = RunOn(**whole, "Once upon a time", Greedy(24));
  const Result<GenerateResult> got = RunOn(**sliced, "Once upon a time", Greedy(24));
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_EQ(got->tokens, want.value().tokens);

  using Values = std::vector<std::pair<std::string, std::vector<float>>>;
  const auto traced = [](Model& model) {
    Values values;
    auto session = Session::Create(model).value();
    const runtime::TraceSink sink = [&](const program::Dispatch& dispatch,
                                        std::span<const float> value) {
      values.emplace_back(program::Describe(dispatch), std::vector(value.begin(), value.end()));
      return Status();
    };
    EXPECT_TRUE(session->Feed(std::vector<int32_t>{5, 4000}, nullptr, &sink).ok());
    EXPECT_TRUE(session->Feed(std::vector<int32_t>{7}, nullptr, &sink).ok());
    return values;
  };
  EXPECT_TRUE(traced(**sliced) == traced(**whole));
}

TEST_F(Generation, ACacheLargerThanAGpuBindsIsRefused) {
  if (device_->facts().kind != "webgpu") GTEST_SKIP() << "is for a GPU";
  // 2 KiB a position of a layer, in f32.
  constexpr uint64_t kLimit = 48 * 2048;
  std::unique_ptr<runtime::Device> device;
  INGOT_OPEN_DEVICE(device, kLimit);
  ModelOptions options = Exact();
  options.prefill_tokens = 16;
  auto model = Model::Load(*device, Gguf::Open(kTales).value(), options);
  ASSERT_TRUE(model.ok()) << model.status().message();
  GenerateOptions one_by_one = Greedy(100);
  one_by_one.tokens_per_submit = 1;
  const Result<GenerateResult> result = RunOn(**model, "Once", one_by_one);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->reason, StopReason::kFailed);
  EXPECT_EQ(result->prompt_tokens + result->tokens.size(), 48u);
  EXPECT_EQ(result->failure,
            Status(Code::kUnsupported,
                   "context: positions (49) are more than a cache has that the device binds at "
                   "once (48, 98304 bytes); fewer are asked for with --ctx, and --kv-type f16 "
                   "takes half of the bytes of f32"));
}

TEST_F(Generation, AResultLargerThanAGpuBindsIsRefused) {
  if (device_->facts().kind != "webgpu") GTEST_SKIP() << "is for a GPU";
  std::unique_ptr<runtime::Device> device;
  INGOT_OPEN_DEVICE(device, 50000);
  ModelOptions options = Exact();
  options.prefill_tokens = 32;
  EXPECT_EQ(Model::Load(*device, Gguf::Open(kTales).value(), options).status(),
            Status(Code::kUnsupported,
                   "buffer s0, for (32) tokens a run: bytes (98304) are more than the device binds "
                   "at once (50000)"));
}

TEST_F(Generation, IllegalOptionsAreRefused) {
  GenerateOptions options = Greedy(1);
  options.sampler.top_p = 2;
  EXPECT_EQ(Run("Once", options).status().code(), Code::kInvalidArgument);
}

// What a submission ran beyond the end is forgotten, with its keys and values.
TEST_F(Generation, GoesOnWhereItEndedInASubmission) {
  const auto whole = Run("Once upon a time", Greedy(12));
  ASSERT_TRUE(whole.ok()) << whole.status().message();
  auto session = Session::Create(*model_);
  ASSERT_TRUE(session.ok());
  GenerateOptions options = Greedy(12);
  options.stop = {whole->text.substr(whole->text.size() / 3, 4)};
  std::vector<int32_t> next = model_->tokenizer()->Encode("Once upon a time").value();
  const auto first = Generate(**session, next, options);
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ(first->reason, StopReason::kStopString);
  const auto rest =
      Generate(**session, std::span(&first->tokens.back(), 1), Greedy(12 - first->tokens.size()));
  ASSERT_TRUE(rest.ok()) << rest.status().message();
  std::vector<int32_t> joined = first->tokens;
  joined.insert(joined.end(), rest->tokens.begin(), rest->tokens.end());
  EXPECT_EQ(joined, whole->tokens);
}

TEST_F(Generation, TokensAreTheSameHoweverManyASubmissionSamples) {
  SamplerOptions greedy{.temperature = 0}, sorted{.seed = 3}, whole{.top_k = 0, .seed = 4};
  for (const SamplerOptions& sampler : {greedy, sorted, whole}) {
    GenerateOptions options{.max_tokens = 12, .sampler = sampler, .tokens_per_submit = 0};
    const auto host = Run("Once upon a time", options);
    ASSERT_TRUE(host.ok()) << host.status().message();
    EXPECT_EQ(host->host_sampling, "tokens_per_submit is 0");
    for (uint64_t count : {1, 4, 16}) {
      options.tokens_per_submit = count;
      const auto result = Run("Once upon a time", options);
      ASSERT_TRUE(result.ok()) << result.status().message();
      EXPECT_EQ(result->tokens, host->tokens) << count << ": " << result->host_sampling;
      EXPECT_EQ(result->reason, host->reason);
    }
  }
}

}  // namespace
}  // namespace ingot::model
