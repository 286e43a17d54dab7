// A real model, gemma-3-270m in Q4_K_M, against greedy tokens and logits that another engine
// computed in f32. The file comes from the user's cache (`./dev model gemma3-270m`).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "test/support/need.h"

#include "ingot/base/json.h"
#include "ingot/model/model.h"
#include "ingot/runtime/device.h"

namespace ingot::model {
namespace {

constexpr double kMostNmse = 1e-6;
constexpr double kClearGap = 5e-3;  // below it, two correct engines may choose differently
const char kExpected[] = INGOT_SOURCE_DIR "/../shared/data/gemma-3-270m";

std::string ModelPath() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::string folder = cache != nullptr && *cache != '\0'
                           ? std::string(cache)
                           : std::string(home == nullptr ? "" : home) + "/.cache";
  return folder + "/ingot/models/gemma3-270m.gguf";
}

std::vector<int32_t> Ids(const Json& list) {
  std::vector<int32_t> ids;
  for (const auto& [key, value] : list.members()) {
    ids.push_back(static_cast<int32_t>(value.AsInt()));
  }
  return ids;
}

double Nmse(std::span<const float> got, std::span<const float> want) {
  double error = 0, power = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    error += (double{got[i]} - want[i]) * (double{got[i]} - want[i]);
    power += double{want[i]} * want[i];
  }
  return error / power;
}

class Gemma : public testing::Test {
 protected:
  void SetUp() override {
    INGOT_NEED("model", std::filesystem::exists(kExpected), kExpected << " is missing");
    INGOT_NEED("model", FileExists(ModelPath()), ModelPath() << " is missing");
    auto device = runtime::Open({.kind = "cpu"});
    ASSERT_TRUE(device.ok()) << device.status().message();
    device_ = std::move(*device);
    auto file = Gguf::Open(ModelPath());
    ASSERT_TRUE(file.ok()) << file.status().message();
    ModelOptions options;
    options.numerics = Numerics::kExact;
    options.kv_dtype = DType::kF32;
    options.max_positions = 256;
    auto model = Model::Load(*device_, *file, options);
    ASSERT_TRUE(model.ok()) << model.status().message();
    model_ = std::move(*model);
    auto expected =
        Json::Parse(ReadFile(std::string(kExpected) + "/expected.json").value(), "expected.json");
    ASSERT_TRUE(expected.ok()) << expected.status().message();
    expected_ = std::move(*expected);
    ASSERT_EQ(expected_.size(), 4u);
  }
  // The first rows of logits, as many as the file has.
  std::vector<float> Logits(const Json& entry) const {
    auto bytes = ReadFile(std::string(kExpected) + "/" + entry.Find("logits")->AsString());
    std::vector<float> logits(bytes.value().size() / sizeof(float));
    std::memcpy(logits.data(), bytes->data(), bytes->size());
    return logits;
  }
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<Model> model_;
  Json expected_;
};

TEST_F(Gemma, GreedyTokensAndFirstLogits) {
  for (const auto& [key, entry] : expected_.members()) {
    auto session = Session::Create(*model_);
    ASSERT_TRUE(session.ok()) << session.status().message();
    const std::vector<int32_t> want = Ids(*entry.Find("generated"));
    const std::vector<float> logits = Logits(entry);
    const size_t vocab = static_cast<size_t>(entry.Find("n_vocab")->AsInt());
    ASSERT_GE(logits.size(), vocab);
    std::vector<int32_t> next = Ids(*entry.Find("prompt_tokens"));
    for (size_t step = 0; step < want.size(); ++step) {
      Status status = (*session)->Feed(next);
      ASSERT_TRUE(status.ok()) << status.message();
      std::span<const float> row = (*session)->logits().first(vocab);
      if ((step + 1) * vocab <= logits.size()) {
        EXPECT_LE(Nmse(row, std::span(logits).subspan(step * vocab, vocab)), kMostNmse)
            << entry.Find("prompt")->AsString() << ": step " << step;
      }
      const auto chosen = std::max_element(row.begin(), row.end()) - row.begin();
      const double gap = (*entry.Find("gaps"))[step].AsDouble();
      if (gap >= kClearGap) {
        EXPECT_EQ(chosen, want[step])
            << entry.Find("prompt")->AsString() << ": step " << step << ", gap " << gap;
      }
      next = {want[step]};  // where engines may differ, the expected token goes on
    }
  }
}

TEST_F(Gemma, TokenizerGivesTheExpectedPrompt) {
  for (const auto& [key, entry] : expected_.members()) {
    auto ids = model_->tokenizer()->Encode(entry.Find("prompt")->AsString());
    ASSERT_TRUE(ids.ok()) << ids.status().message();
    EXPECT_EQ(*ids, Ids(*entry.Find("prompt_tokens")));
    EXPECT_EQ(model_->tokenizer()->Decode(Ids(*entry.Find("generated"))),
              entry.Find("text")->AsString());
  }
}

}  // namespace
}  // namespace ingot::model
