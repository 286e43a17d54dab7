// What loading and running refuse, and that sessions rewind, grow and outlive failures.
#include "ingot/model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "test/support/temp_dir.h"

#include "ingot/base/text.h"
#include "ingot/model/gguf_writer.h"
#include "ingot/runtime/device.h"
#include "ingot/runtime/null/device.h"

namespace ingot::model {
namespace {

const char kGemma[] = INGOT_SOURCE_DIR "/test/model/golden/gemma3-q8_0.gguf";
const char kLlama[] = INGOT_SOURCE_DIR "/test/model/golden/llama-f32.gguf";
const char kQwen[] = INGOT_SOURCE_DIR "/test/model/golden/qwen2-bf16.gguf";

// A copy of a file in memory order, changed by `edit`.
struct Edited {
  GgufHeader header;
  std::map<std::string, std::vector<std::byte>> data;
};

Status WriteEdited(const std::string& from, const std::string& to,
                   const std::function<void(Edited&)>& edit) {
  INGOT_ASSIGN(auto file, Gguf::Open(from));
  Edited edited;
  edited.header.metadata = file->metadata();
  for (const GgufTensor& tensor : file->tensors()) {
    edited.header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    edited.data[tensor.name].assign(tensor.data.begin(), tensor.data.end());
  }
  edit(edited);
  INGOT_ASSIGN(auto writer, GgufWriter::Create(to, edited.header));
  for (const GgufHeader::Tensor& tensor : edited.header.tensors)
    INGOT_TRY(writer->Write(edited.data[tensor.name]));
  return writer->Finish();
}

Status LoadStatus(const std::string& path, const ModelOptions& options = {}) {
  auto device = runtime::Open({.kind = "cpu", .threads = 1});
  INGOT_ASSIGN(auto file, Gguf::Open(path));
  return Model::Load(**device, file, options).status();
}

std::unique_ptr<Model> LoadOn(runtime::Device& device, const std::string& path,
                              ModelOptions options = {}) {
  auto file = Gguf::Open(path);
  auto model = Model::Load(device, file.value(), options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? std::move(*model) : nullptr;
}

TEST(Model, EveryTensorIsNeeded) {
  test::TempDir dir;
  std::vector<std::string> names;
  auto file = Gguf::Open(kGemma);
  for (const GgufTensor& tensor : file.value()->tensors()) names.push_back(tensor.name);
  ASSERT_GT(names.size(), 90u);
  for (size_t i = 0; i < names.size(); i += i < 20 ? 1 : 7) {
    ASSERT_TRUE(WriteEdited(kGemma, dir.Path("m.gguf"), [&](Edited& edited) {
                  std::erase_if(edited.header.tensors,
                                [&](const auto& tensor) { return tensor.name == names[i]; });
                }).ok());
    Status status = LoadStatus(dir.Path("m.gguf"));
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << names[i];
    EXPECT_NE(status.message().find(names[i]), std::string::npos) << status.message();
  }
}

TEST(Model, EveryNeededKeyIsNamed) {
  test::TempDir dir;
  for (const char* key : {"gemma3.block_count", "gemma3.context_length", "gemma3.embedding_length",
                          "gemma3.feed_forward_length", "gemma3.attention.head_count",
                          "gemma3.attention.layer_norm_rms_epsilon", "general.architecture",
                          "tokenizer.ggml.model", "tokenizer.ggml.tokens"}) {
    ASSERT_TRUE(WriteEdited(kGemma, dir.Path("m.gguf"), [&](Edited& edited) {
                  edited.header.Remove(key);
                }).ok());
    Status status = LoadStatus(dir.Path("m.gguf"));
    EXPECT_FALSE(status.ok()) << key;
    EXPECT_NE(status.message().find(key), std::string::npos) << status.message();
  }
}

TEST(Model, AnUnreadTensorIsRefused) {
  test::TempDir dir;
  std::string path = dir.Path("m.gguf");
  ASSERT_TRUE(WriteEdited(kGemma, path, [](Edited& edited) {
                edited.header.tensors.push_back({"blk.0.attn_q.bias", DType::kF32, {4}});
                edited.data["blk.0.attn_q.bias"].resize(16);
              }).ok());
  EXPECT_EQ(LoadStatus(path).message(),
            StrCat(path, ": blk.0.attn_q.bias: claimed by no weight of specs/gemma3.json"));
  ModelOptions options;
  options.bind.ignore_tensors = {"blk.*.bias"};
  EXPECT_TRUE(LoadStatus(path, options).ok());
}

TEST(Model, ShapesAreHeldAgainstTheSpec) {
  test::TempDir dir;
  std::string path = dir.Path("m.gguf");
  ASSERT_TRUE(WriteEdited(kQwen, path, [](Edited& edited) {
                edited.header.Set("qwen2.attention.head_count_kv", GgufU32(4));
              }).ok());
  EXPECT_EQ(LoadStatus(path).message(), StrCat(path,
                                               ": blk.0.attn_k.weight: shape (32, 64) is not (kd, "
                                               "d) = (64, 64), at specs/qwen2.json:34"));
}

TEST(Model, SettingAParameterTakesPrecedence) {
  ModelOptions options;
  options.bind.set = {{"layers", "3"}};
  EXPECT_NE(LoadStatus(kLlama, options).message().find("blk.2.attn_norm.weight"),
            std::string::npos);
  options.bind.set = {{"layer", "3"}};
  EXPECT_EQ(LoadStatus(kLlama, options).message(),
            "--set layer: unknown parameter (layer), nearest is (layers)");
}

TEST(Session, RefusesTokensAndFullContexts) {
  auto device = runtime::Open({.kind = "cpu", .threads = 1});
  auto model = LoadOn(**device, kLlama, {.max_positions = 8});
  auto session = Session::Create(*model);
  std::vector<int32_t> bad = {1, 320};
  EXPECT_EQ((*session)->Feed(bad).message(), "token (320) is outside of the vocabulary (320)");
  std::vector<int32_t> negative = {-1};
  EXPECT_FALSE((*session)->Feed(negative).ok());
  EXPECT_FALSE((*session)->Feed({}).ok());
  std::vector<int32_t> many(9, 1);
  EXPECT_EQ((*session)->Feed(many).message(),
            "context: positions (9) are more than the limit (8); a larger one is set with --ctx");
  EXPECT_EQ((*session)->position(), 0u);
  many.resize(8);
  EXPECT_TRUE((*session)->Feed(many).ok());
}

TEST(Session, RewindsAndGrowsWithoutATrace) {
  auto device = runtime::Open({.kind = "cpu", .threads = 2});
  ModelOptions options{
      .numerics = Numerics::kExact, .kv_dtype = DType::kF32, .max_positions = 5000};
  auto model = LoadOn(**device, kGemma, options);
  std::vector<int32_t> tokens;
  for (int i = 0; i < 2100; ++i) tokens.push_back(3 + i * 37 % 300);
  auto whole = Session::Create(*model);
  ASSERT_TRUE((*whole)->Feed(tokens).ok());
  std::vector<float> want((*whole)->logits().begin(), (*whole)->logits().end());

  // The cache of the second grows from 2048 in the middle; a wrong turn is taken back before.
  auto parts = Session::Create(*model);
  std::span<const int32_t> all(tokens);
  ASSERT_TRUE((*parts)->Feed(all.first(2000)).ok());
  ASSERT_TRUE((*parts)->Feed(all.first(30)).ok());
  (*parts)->Rewind(2000);
  ASSERT_TRUE((*parts)->Feed(all.subspan(2000, 40)).ok());
  for (int32_t token : all.subspan(2040)) ASSERT_TRUE((*parts)->Feed(std::span(&token, 1)).ok());
  ASSERT_EQ((*parts)->position(), 2100u);
  double error = 0, power = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    error += std::pow(double{(*parts)->logits()[i]} - want[i], 2);
    power += std::pow(double{want[i]}, 2);
  }
  EXPECT_LT(error / power, 1e-9);
}

TEST(Session, FailuresOfTheDeviceAreSaid) {
  auto lost = runtime::null::Open({.lose_at_submission = 2});
  auto model = LoadOn(**lost, kLlama);
  auto session = Session::Create(*model);
  std::vector<int32_t> tokens = {1, 2, 3};
  EXPECT_TRUE((*session)->Feed(tokens).ok());
  Status status = (*session)->Feed(tokens);
  EXPECT_EQ(status.code(), Code::kUnavailable) << status.message();
  EXPECT_EQ((*session)->position(), 3u);
  EXPECT_EQ((*session)->Feed(tokens).code(), Code::kUnavailable);

  auto small = runtime::null::Open({.memory_bytes = 1000});
  Status memory = Model::Load(**small, Gguf::Open(kLlama).value(), {}).status();
  EXPECT_EQ(memory.code(), Code::kUnavailable) << memory.message();
}

TEST(Session, LeavesNothingOnTheDevice) {
  auto device = runtime::null::Open({});
  runtime::DeviceCounts before = (*device)->counts();
  {
    auto model = LoadOn(**device, kLlama);
    for (int i = 0; i < 50; ++i) {
      auto session = Session::Create(*model);
      std::vector<int32_t> tokens(static_cast<size_t>(1 + i), 5);
      ASSERT_TRUE((*session)->Feed(tokens).ok());
    }
  }
  EXPECT_EQ((*device)->counts().buffers, before.buffers);
  EXPECT_EQ((*device)->counts().buffer_bytes, 0u);
  EXPECT_EQ((*device)->counts().pipelines, 0u);
}

}  // namespace
}  // namespace ingot::model
