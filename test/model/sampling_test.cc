// Sampling on the device against the host's sampler on the same logits: whatever the options are,
// however many tokens a submission samples, and wherever in it the generation ends. On the device
// that the environment names.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "test/support/device.h"
#include "test/support/temp_dir.h"

#include "ingot/base/text.h"
#include "ingot/model/generate.h"
#include "ingot/model/gguf_writer.h"
#include "ingot/model/sampling_program.h"
#include "ingot/model/synthesize.h"

namespace ingot::model {
namespace {

// As small as a model can be: logits that follow from the last token alone, of more tokens than one
// workgroup sorts.
constexpr std::string_view kSpec = R"({
  "ingot_spec": 1, "family": "pico", "architectures": ["llama"],
  "params": {"d": {"keys": ["{arch}.embedding_length"]},
             "context": {"keys": ["{arch}.context_length"]},
             "vocab": {"keys": ["@rows:token_embd.weight"]}},
  "weights": {"token_embd": {"shape": ["vocab", "d"]}, "output_norm": {"shape": ["d"]},
              "output": {"shape": ["vocab", "d"], "names": ["blk.0.ffn_gate.weight"]}},
  "ignore": ["blk.*"],
  "forward": [
    {"op": "embed", "ids": "tokens", "w": "token_embd", "y": "h"},
    {"op": "last_rows", "role": "last_rows", "x": "h", "y": "l"},
    {"op": "rms_norm", "role": "output_norm", "x": "l", "w": "output_norm", "eps": "1e-5", "y": "n"},
    {"op": "matmul", "role": "lm_head", "x": "n", "w": "output", "y": "logits"}]})";
constexpr SynthShape kShape = {.name = "pico",
                               .architecture = "llama",
                               .layers = 1,
                               .width = 32,
                               .heads = 1,
                               .kv_heads = 1,
                               .head_dim = 32,
                               .context = 300,
                               .rope_base = 1e4f,
                               .eps = 1e-5f};
constexpr float kSharper = 20;  // random weights alone make all tokens about equally likely

struct PicoOptions {
  uint32_t vocab = 1100;
  uint32_t stop_token = 2;
  uint64_t positions = 0;  // 0: all of the context
};

Status WriteModel(const PicoOptions& options, const std::string& path) {
  SynthShape shape = kShape;
  shape.vocab = options.vocab;
  shape.ff = options.vocab;  // ffn_gate is the output matrix
  const std::string flat = path + ".flat";
  INGOT_TRY(Synthesize(shape, flat, {}));
  INGOT_ASSIGN(auto file, Gguf::Open(flat));
  GgufHeader header{.metadata = file->metadata(), .tensors = {}};
  header.Set("tokenizer.ggml.eos_token_id", GgufU32(options.stop_token));
  for (const GgufTensor& tensor : file->tensors()) {
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
  }
  INGOT_ASSIGN(auto writer, GgufWriter::Create(path, header));
  for (const GgufTensor& tensor : file->tensors()) {
    std::vector<std::byte> bytes(tensor.data.begin(), tensor.data.end());
    if (tensor.name == "output_norm.weight") {
      std::vector<float> values(shape.width);
      std::memcpy(values.data(), bytes.data(), bytes.size());
      for (float& value : values) value *= kSharper;
      std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    INGOT_TRY(writer->Write(bytes));
  }
  return writer->Finish();
}

Result<std::unique_ptr<Model>> LoadPico(runtime::Device& device, const PicoOptions& options) {
  const test::TempDir folder;
  const std::string path = folder.Path("pico.gguf"), spec = folder.Path("pico.json");
  INGOT_TRY(WriteModel(options, path));
  INGOT_TRY(WriteFileAtomic(spec, kSpec));
  INGOT_ASSIGN(auto file, Gguf::Open(path));
  return Model::Load(
      device, std::move(file),
      {.spec_file = spec, .numerics = Numerics::kExact, .max_positions = options.positions});
}

// How a generation went.
struct Seen {
  GenerateResult result;
  uint64_t position = 0;            // of the session at its end
  std::vector<std::string> pieces;  // as they were streamed
};

class Sampling : public testing::Test {
 protected:
  void SetUp() override {
    if (model_ != nullptr) return;
    INGOT_OPEN_DEVICE(device_);
    auto model = LoadPico(*device_, {});
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
  }
  static void TearDownTestSuite() {
    model_.reset();
    device_.reset();
  }

  // Interrupts after so many pieces, unless 0.
  static Result<Seen> GenerateOn(Model& model, GenerateOptions options, size_t pieces = 0) {
    INGOT_ASSIGN(auto session, Session::Create(model));
    std::atomic<bool> interrupt = false;
    options.interrupt = &interrupt;
    Seen seen;
    INGOT_ASSIGN(seen.result, Generate(*session, std::vector<int32_t>{1, 70, 75}, options,
                                       [&](std::string_view piece) {
                                         seen.pieces.emplace_back(piece);
                                         interrupt = seen.pieces.size() == pieces;
                                       }));
    seen.position = session->position();
    return seen;
  }

  // Generates with the host's sampler, and then with `counts` tokens a submission, which may make
  // no difference. Gives the host's seen.
  static Seen ExpectSame(Model& model, GenerateOptions options, size_t pieces = 0) {
    options.tokens_per_submit = 0;
    const auto host = GenerateOn(model, options, pieces);
    EXPECT_TRUE(host.ok()) << host.status().message();
    if (!host.ok()) return {};
    for (const uint64_t count : {1, 4, 16}) {
      SCOPED_TRACE(StrCat(count, " tokens a submission"));
      options.tokens_per_submit = count;
      const auto seen = GenerateOn(model, options, pieces);
      EXPECT_TRUE(seen.ok()) << seen.status().message();
      if (!seen.ok()) continue;
      EXPECT_EQ(seen->result.host_sampling.empty(), device_->facts().kind == "webgpu");
      EXPECT_EQ(seen->result.tokens, host->result.tokens);
      EXPECT_EQ(seen->result.reason, host->result.reason);
      EXPECT_EQ(seen->result.text, host->result.text);
      EXPECT_EQ(seen->pieces, host->pieces);
      EXPECT_EQ(seen->position, host->position);
    }
    return *host;
  }
  static Seen ExpectSame(const GenerateOptions& options, size_t pieces = 0) {
    return ExpectSame(*model_, options, pieces);
  }

  static GenerateOptions Drawn(uint64_t tokens) {
    return {.max_tokens = tokens, .sampler = {.seed = 21}, .ignore_eos = true};
  }

  static std::unique_ptr<runtime::Device> device_;
  static std::unique_ptr<Model> model_;
};

std::unique_ptr<runtime::Device> Sampling::device_;
std::unique_ptr<Model> Sampling::model_;

TEST_F(Sampling, EndsAtAStopTokenAmongThoseOfASubmission) {
  const std::vector<int32_t> tokens = ExpectSame(Drawn(12)).result.tokens;
  ASSERT_EQ(tokens.size(), 12u);
  auto model = LoadPico(*device_, {.stop_token = static_cast<uint32_t>(tokens[6])});
  ASSERT_TRUE(model.ok()) << model.status().message();
  GenerateOptions options = Drawn(12);
  options.ignore_eos = false;
  const Seen seen = ExpectSame(**model, options);
  EXPECT_EQ(seen.result.reason, StopReason::kStopToken);
  EXPECT_EQ(seen.result.tokens, std::vector<int32_t>(tokens.begin(), tokens.begin() + 7));
  EXPECT_EQ(seen.position, 3u + 6);
  options.ignore_eos = true;
  EXPECT_EQ(ExpectSame(**model, options).result.tokens, tokens);
}

TEST_F(Sampling, EndsBeforeAStopStringAmongThoseOfASubmission) {
  const GenerateResult whole = ExpectSame(Drawn(12)).result;
  GenerateOptions options = Drawn(12);
  options.stop = {whole.text.substr(whole.text.size() / 2, 9)};
  const Seen seen = ExpectSame(options);
  EXPECT_EQ(seen.result.reason, StopReason::kStopString);
  EXPECT_EQ(seen.result.text, whole.text.substr(0, whole.text.find(options.stop[0])));
}

TEST_F(Sampling, EndsAtTheTokenLimit) {
  const Seen seen = ExpectSame(Drawn(6));
  EXPECT_EQ(seen.result.reason, StopReason::kMaxTokens);
  EXPECT_EQ(seen.result.tokens.size(), 6u);
  EXPECT_EQ(seen.position, 3u + 5);
}

TEST_F(Sampling, EndsWhereTheContextIsFull) {
  auto model = LoadPico(*device_, {.positions = 9});
  ASSERT_TRUE(model.ok()) << model.status().message();
  const Seen seen = ExpectSame(**model, Drawn(0));
  EXPECT_EQ(seen.result.reason, StopReason::kContextFull);
  EXPECT_EQ(seen.result.tokens.size(), 7u);
  EXPECT_EQ(seen.position, 9u);
}

TEST_F(Sampling, EndsWhereItIsInterrupted) {
  const Seen seen = ExpectSame(Drawn(12), 6);
  EXPECT_EQ(seen.result.reason, StopReason::kInterrupted);
  EXPECT_LT(seen.result.tokens.size(), 12u);
}

TEST_F(Sampling, PiecesComeInOrder) {
  const Seen seen = ExpectSame(Drawn(12));
  EXPECT_EQ(Join(seen.pieces, ""), seen.result.text);
  EXPECT_GE(seen.pieces.size(), 10u);
}

// Lists of candidates that one workgroup cannot sort are merged first.
TEST_F(Sampling, CandidatesOfManySlicesAreMerged) {
  auto model = LoadPico(*device_, {.vocab = 4200});
  ASSERT_TRUE(model.ok()) << model.status().message();
  GenerateOptions options = Drawn(6);
  options.sampler = {.temperature = 1.2f, .top_k = 200, .top_p = 1, .min_p = 0, .seed = 22};
  EXPECT_EQ(ExpectSame(**model, options).result.tokens.size(), 6u);
}

// Generate asks for no more than it wants; the device stops by itself too.
TEST_F(Sampling, ASessionGivesNoTokensBeyondTheLimit) {
  auto session = Session::Create(*model_);
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE((*session)->Feed(std::vector<int32_t>{1, 70, 75}).ok());
  const GenerateOptions options = Drawn(3);
  const Status started = (*session)->StartSampling(options.sampler, 3, /*ignore_stops=*/true);
  if (started.code() == Code::kUnsupported) GTEST_SKIP() << started.message();
  ASSERT_TRUE(started.ok()) << started.message();
  const auto tokens = (*session)->SampleNext(8);
  ASSERT_TRUE(tokens.ok()) << tokens.status().message();
  EXPECT_EQ(*tokens, ExpectSame(options).result.tokens);
  EXPECT_EQ((*session)->position(), 3u + 2);
}

TEST_F(Sampling, SaysWhyTheHostSamples) {
  GenerateOptions options = Drawn(2);
  options.sampler.repeat_penalty = 1.1f;
  EXPECT_EQ(GenerateOn(*model_, options)->result.host_sampling,
            "repeat_penalty is the host's work");
  options = Drawn(2);
  options.tokens_per_submit = 0;
  EXPECT_EQ(GenerateOn(*model_, options)->result.host_sampling, "tokens_per_submit is 0");
}

struct Options {
  const char* name;
  SamplerOptions sampler;
};
void PrintTo(const Options& options, std::ostream* out) { *out << options.name; }

class SamplingOptions : public Sampling, public testing::WithParamInterface<Options> {
  void SetUp() override {
    Sampling::SetUp();
    if (device_ != nullptr && device_->facts().kind != "webgpu") {
      GTEST_SKIP() << "is for a device that samples";
    }
  }
};

TEST_P(SamplingOptions, GiveTheHostsTokensHoweverManyASubmissionSamples) {
  const Seen seen =
      ExpectSame({.max_tokens = 256, .sampler = GetParam().sampler, .ignore_eos = true});
  ASSERT_EQ(seen.result.tokens.size(), 256u);
  const std::set<int32_t> distinct(seen.result.tokens.begin(), seen.result.tokens.end());
  EXPECT_GE(distinct.size(), KeptOf(GetParam().sampler, model_->vocab()) == 1 ? 5u : 50u);
}

constexpr float kOff = 1;
const Options kOptions[] = {
    {"greedy", {.temperature = 0}},
    {"temperature_0_7", {.temperature = 0.7f, .top_k = 0, .top_p = kOff, .min_p = 0, .seed = 1}},
    {"temperature_1_5", {.temperature = 1.5f, .top_k = 0, .top_p = kOff, .min_p = 0, .seed = 2}},
    {"top_k_40", {.temperature = 1, .top_k = 40, .top_p = kOff, .min_p = 0, .seed = 3}},
    {"top_k_1", {.temperature = 1, .top_k = 1, .top_p = kOff, .min_p = 0, .seed = 4}},
    {"top_p_0_9", {.temperature = 1, .top_k = 0, .top_p = 0.9f, .min_p = 0, .seed = 0}},
    {"min_p_0_05", {.temperature = 1, .top_k = 0, .top_p = kOff, .min_p = 0.05f, .seed = 5}},
    {"all_cuts", {.temperature = 1, .top_k = 40, .top_p = 0.95f, .min_p = 0.02f, .seed = 6}},
    {"top_p_0_5_of_all", {.temperature = 1, .top_k = 0, .top_p = 0.5f, .min_p = 0, .seed = 7}},
    {"a_large_top_k", {.temperature = 1, .top_k = 700, .top_p = 0.99f, .min_p = 0, .seed = 8}},
    {"temperature_last",
     {.temperature = 1.5f,
      .top_k = 40,
      .top_p = 0.8f,
      .min_p = 0.05f,
      .temp_last = true,
      .seed = 9}},
    {"temperature_last_of_all",
     {.temperature = 0.6f,
      .top_k = 0,
      .top_p = 0.8f,
      .min_p = 0,
      .temp_last = true,
      .seed = uint64_t{1} << 63 | 11,
      .choice = 3}},
};
INSTANTIATE_TEST_SUITE_P(All, SamplingOptions, testing::ValuesIn(kOptions),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace ingot::model
