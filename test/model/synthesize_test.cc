#include "ingot/model/synthesize.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "test/support/temp_dir.h"

#include "ingot/base/file.h"
#include "ingot/base/half.h"
#include "ingot/model/model.h"
#include "ingot/runtime/device.h"

namespace ingot::model {
namespace {

SynthShape Shape(std::string_view name) {
  for (const SynthShape& shape : SynthShapes()) {
    if (shape.name == name) return shape;
  }
  std::abort();
}

TEST(Synthesize, AModelOfEachFamilyRuns) {
  test::TempDir folder;
  auto device = runtime::Open({.kind = "cpu", .threads = 1});
  ASSERT_TRUE(device.ok());
  // The large shapes of both families with little in them.
  for (SynthShape shape :
       {Shape("qwen2.5-0.5b"), Shape("llama-3.2-1b"), Shape("tiny"), Shape("mixtral-small")}) {
    shape.layers = 1;
    shape.width = 64;
    shape.ff = 96;
    shape.heads = 4;
    shape.kv_heads = 2;
    shape.head_dim = 16;
    shape.vocab = 300;
    const std::string path = folder.Path("model.gguf");
    ASSERT_TRUE(Synthesize(shape, path, {}).ok());
    auto file = Gguf::Open(path);
    ASSERT_TRUE(file.ok()) << file.status().message();
    auto model = Model::Load(**device, *file, {.max_positions = 8});
    ASSERT_TRUE(model.ok()) << shape.name << ": " << model.status().message();
    EXPECT_EQ((*model)->vocab(), 300u);
    auto ids = (*model)->tokenizer()->Encode("a z");
    ASSERT_TRUE(ids.ok()) << ids.status().message();
    EXPECT_EQ((*model)->tokenizer()->Decode(*ids), "a z");
    auto session = Session::Create(**model);
    ASSERT_TRUE(session.ok());
    ASSERT_TRUE((*session)->Feed(std::vector<int32_t>{1, 100, 299}).ok());
    double power = 0;
    for (float logit : (*session)->logits()) power += double{logit} * logit;
    EXPECT_GT(power, 0);  // NaN fails
    EXPECT_EQ((*file)->FindTensor("rope_freqs.weight") != nullptr, shape.rope_factors);
    EXPECT_EQ((*file)->FindTensor("blk.0.attn_q.bias") != nullptr, shape.qkv_bias);
  }
}

TEST(Synthesize, WeightsAreNormalAndFollowTheSeed) {
  test::TempDir folder;
  std::vector<std::string> texts;
  for (const uint64_t seed : {1, 1, 2}) {
    const std::string path = folder.Path("model.gguf");
    ASSERT_TRUE(Synthesize(Shape("tiny"), path, {.seed = seed}).ok());
    texts.push_back(*ReadFile(path));
  }
  EXPECT_TRUE(texts[0] == texts[1]);
  EXPECT_FALSE(texts[1] == texts[2]);
  auto file = Gguf::Open(folder.Path("model.gguf"));
  ASSERT_TRUE(file.ok());
  for (const char* name : {"blk.0.ffn_up.weight", "blk.1.ffn_up.weight"}) {
    const GgufTensor* tensor = (*file)->FindTensor(name);
    const size_t count = tensor->data.size() / 2;
    double sum = 0, squares = 0, fourths = 0, most = 0;
    for (size_t i = 0; i < count; ++i) {
      uint16_t half;
      std::memcpy(&half, tensor->data.data() + i * 2, 2);
      const double value = F16ToF32(half);
      sum += value;
      squares += value * value;
      fourths += value * value * value * value;
      most = std::max(most, std::fabs(value));
    }
    const double variance = squares / count;
    EXPECT_NEAR(sum / count, 0, 4 * 0.02 / std::sqrt(count)) << name;
    EXPECT_NEAR(std::sqrt(variance), 0.02, 0.02 * 0.01) << name;
    EXPECT_NEAR(fourths / count / (variance * variance), 3, 0.1)
        << name;  // a normal distribution's
    EXPECT_GT(most, 0.07) << name;
  }
}

TEST(Synthesize, AnInterruptLeavesNoFile) {
  test::TempDir folder;
  const std::atomic<bool> stop = true;
  const std::string path = folder.Path("model.gguf");
  const Status status = Synthesize(Shape("tiny"), path, {.stop = &stop});
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace ingot::model
