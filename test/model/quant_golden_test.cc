// The encoders against files that a published quantiser made of the same weights.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/gguf.h"

namespace ingot::model {
namespace {

const char kGolden[] = INGOT_SOURCE_DIR "/../shared/data/golden/";

struct Pair {
  std::shared_ptr<const Gguf> plain;
  std::shared_ptr<const Gguf> quantised;
};

// Nothing if the files are not at hand.
std::optional<Pair> Open(const char* plain, const char* quantised) {
  auto a = Gguf::Open(StrCat(kGolden, plain));
  auto b = Gguf::Open(StrCat(kGolden, quantised));
  if (!a.ok() || !b.ok()) return std::nullopt;
  return Pair{*a, *b};
}

std::vector<float> Decode(const GgufTensor& tensor) {
  std::vector<float> out(tensor.rows() * tensor.cols());
  DecodeRow(tensor.dtype, tensor.data, out.data(), out.size());
  return out;
}

double RootMeanSquareError(const std::vector<float>& x, const std::vector<float>& y) {
  double error = 0;
  for (size_t i = 0; i < x.size(); ++i) error += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
  return std::sqrt(error / static_cast<double>(x.size()));
}

bool BytesAreDefined(DType dtype) {
  switch (dtype) {
    case DType::kF16:
    case DType::kBF16:
    case DType::kQ4_0:
    case DType::kQ4_1:
    case DType::kQ5_0:
    case DType::kQ5_1:
    case DType::kQ8_0:
    case DType::kMXFP4:
      return true;
    default:
      return false;
  }
}

struct Names {
  const char* plain;
  const char* quantised;
};
const Names kPairs[] = {
    {"g-llama-f16.gguf", "g-llama-q4_0.gguf"},        {"g-llama-f16.gguf", "g-llama-q8_0.gguf"},
    {"g-llama-f16.gguf", "g-llama-q4_k_m.gguf"},      {"g-llama-f16.gguf", "g-llama-q5_k_m.gguf"},
    {"g-llama-f16.gguf", "g-llama-q6_k.gguf"},        {"g-gemma3-f16.gguf", "g-gemma3-q4_k_m.gguf"},
    {"g-gptoss-f16.gguf", "g-gptoss-mxfp4_moe.gguf"}, {"g-qwen2-f16.gguf", "g-qwen2-q8_0.gguf"},
};

TEST(QuantGolden, PlainBlocksAreByteExactAndKQuantsNoWorse) {
  int compared = 0;
  for (const Names& names : kPairs) {
    std::optional<Pair> pair = Open(names.plain, names.quantised);
    if (!pair) continue;
    for (const GgufTensor& want : pair->quantised->tensors()) {
      const GgufTensor* source = pair->plain->FindTensor(want.name);
      ASSERT_NE(source, nullptr) << want.name;
      if (source->dtype == want.dtype) continue;
      SCOPED_TRACE(StrCat(names.quantised, " ", want.name, " ", Name(want.dtype)));
      std::vector<float> x = Decode(*source);
      std::vector<std::byte> got(want.data.size());
      ASSERT_TRUE(EncodeRow(want.dtype, x.data(), x.size(), got).ok());
      ++compared;
      if (BytesAreDefined(want.dtype)) {
        size_t different = 0;
        for (size_t i = 0; i < got.size(); ++i) different += got[i] != want.data[i];
        EXPECT_EQ(different, 0u) << "of " << got.size();
        continue;
      }
      std::vector<float> ours(x.size());
      DecodeRow(want.dtype, got, ours.data(), ours.size());
      double our_error = RootMeanSquareError(x, ours);
      double their_error = RootMeanSquareError(x, Decode(want));
      EXPECT_LE(our_error, 1.02 * their_error);
    }
  }
  if (compared == 0) GTEST_SKIP() << "no models in " << kGolden;
}

}  // namespace
}  // namespace ingot::model
