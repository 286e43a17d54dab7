// How files may store their experts, and what is refused, on models beside the repository that are
// written anew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>

#include "test/support/temp_dir.h"

#include "ingot/base/text.h"
#include "ingot/model/gguf_writer.h"
#include "ingot/model/model.h"
#include "ingot/runtime/device.h"

namespace ingot::model {
namespace {

const char kFolder[] = INGOT_SOURCE_DIR "/../shared/data/golden/";

struct NewTensor {
  GgufHeader::Tensor info;
  std::vector<std::byte> data;
};
using Edit = std::function<std::vector<NewTensor>(const GgufTensor&)>;

NewTensor Copy(const GgufTensor& tensor) {
  return {{tensor.name, tensor.dtype, tensor.shape}, {tensor.data.begin(), tensor.data.end()}};
}

class Experts : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) GTEST_SKIP() << "no models beside the repository";
    auto device = runtime::Open({.kind = "cpu"});
    ASSERT_TRUE(device.ok()) << device.status().message();
    device_ = std::move(*device);
  }

  // Writes `model` with what `edit` makes of each of its tensors, and opens it.
  std::shared_ptr<const Gguf> Edited(const std::string& model, const Edit& edit) {
    auto file = *Gguf::Open(StrCat(kFolder, model, ".gguf"));
    GgufHeader header;
    header.metadata = file->metadata();
    std::vector<std::byte> data;
    std::vector<NewTensor> tensors;
    for (const GgufTensor& tensor : file->tensors()) {
      for (NewTensor& made : edit(tensor)) tensors.push_back(std::move(made));
    }
    for (const NewTensor& tensor : tensors) header.tensors.push_back(tensor.info);
    const std::string path = dir_.Path("edited.gguf");
    auto writer = GgufWriter::Create(path, header);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    for (const NewTensor& tensor : tensors) {
      EXPECT_TRUE((*writer)->Write(tensor.data).ok());
    }
    EXPECT_TRUE((*writer)->Finish().ok());
    return *Gguf::Open(path);
  }

  std::vector<float> Logits(std::shared_ptr<const Gguf> file) {
    auto model = Model::Load(*device_, std::move(file), {});
    EXPECT_TRUE(model.ok()) << model.status().message();
    if (!model.ok()) return {};
    auto session = Session::Create(**model);
    EXPECT_TRUE((*session)->Feed(std::vector<int32_t>{1, 379, 295, 417, 47}).ok());
    const std::span<const float> row = (*session)->logits();
    return {row.begin(), row.end()};
  }

  std::string Refusal(std::shared_ptr<const Gguf> file) {
    auto model = Model::Load(*device_, std::move(file), {});
    return model.ok() ? "" : model.status().message();
  }

  ::ingot::test::TempDir dir_;
  std::unique_ptr<runtime::Device> device_;
};

// Gate and up of each expert one below the other in one tensor, and a tensor for each `down`.
TEST_F(Experts, MayBeMergedOrApart) {
  std::map<std::string, NewTensor> gates;
  auto edit = [&](const GgufTensor& tensor) -> std::vector<NewTensor> {
    const std::string block = tensor.name.substr(0, tensor.name.find('.', 4) + 1);
    const bool is_gate = tensor.name.ends_with("ffn_gate_exps.weight");
    if (is_gate || tensor.name.ends_with("ffn_up_exps.weight")) {
      NewTensor& other = gates[block];
      if (other.data.empty()) {
        other = Copy(tensor);
        return {};
      }
      const NewTensor mine = Copy(tensor);
      const NewTensor &gate = is_gate ? mine : other, &up = is_gate ? other : mine;
      NewTensor merged{{block + "ffn_gate_up_exps.weight", tensor.dtype, tensor.shape}, {}};
      merged.info.shape[1] *= 2;
      const size_t expert = gate.data.size() / tensor.shape[0];
      for (size_t e = 0; e < tensor.shape[0]; ++e) {
        for (const NewTensor* part : {&gate, &up}) {
          const auto from = part->data.begin() + static_cast<ptrdiff_t>(e * expert);
          merged.data.insert(merged.data.end(), from, from + static_cast<ptrdiff_t>(expert));
        }
      }
      return {merged};
    }
    if (!tensor.name.ends_with("ffn_down_exps.weight")) return {Copy(tensor)};
    std::vector<NewTensor> apart;
    const size_t expert = tensor.data.size() / tensor.shape[0];
    for (size_t e = 0; e < tensor.shape[0]; ++e) {
      const auto from = tensor.data.begin() + static_cast<ptrdiff_t>(e * expert);
      apart.push_back({{StrCat(block, "ffn_down.", e, ".weight"),
                        tensor.dtype,
                        {tensor.shape[1], tensor.shape[2]}},
                       {from, from + static_cast<ptrdiff_t>(expert)}});
    }
    return apart;
  };
  for (const char* model : {"g-mixtral-f16", "g-mixtral-q4_k_m"}) {
    gates.clear();
    const std::vector<float> got = Logits(Edited(model, edit));
    EXPECT_EQ(got, Logits(*Gguf::Open(StrCat(kFolder, model, ".gguf")))) << model;
  }
}

TEST_F(Experts, ASharedOneMayBeAbsent) {
  const std::vector<float> got =
      Logits(Edited("g-qwen2moe-f16", [](const GgufTensor& tensor) -> std::vector<NewTensor> {
        if (tensor.name.find("shexp") != std::string::npos) return {};
        return {Copy(tensor)};
      }));
  ASSERT_FALSE(got.empty());
  for (float logit : got) ASSERT_TRUE(std::isfinite(logit));
  EXPECT_NE(got, Logits(*Gguf::Open(StrCat(kFolder, "g-qwen2moe-f16.gguf"))));
}

TEST_F(Experts, AreRefusedWhereAScaleIsNoNumber) {
  const std::string refusal =
      Refusal(Edited("g-gptoss-mxfp4_moe", [](const GgufTensor& tensor) -> std::vector<NewTensor> {
        NewTensor made = Copy(tensor);
        if (tensor.name == "blk.1.ffn_down_exps.weight") made.data[17 * 2000] = std::byte{255};
        return {made};
      }));
  EXPECT_TRUE(refusal.ends_with(
      "edited.gguf: blk.1.ffn_down_exps.weight: block (2000) has a scale that is no number (255)"))
      << refusal;
}

TEST_F(Experts, AreRefusedWhereTheyDoNotFit) {
  auto edit = [](const GgufTensor& tensor) -> std::vector<NewTensor> {
    NewTensor made = Copy(tensor);
    // Half as many experts, each of twice the rows.
    if (tensor.name == "blk.0.ffn_up_exps.weight") {
      made.info.shape = {tensor.shape[0] / 2, tensor.shape[1] * 2, tensor.shape[2]};
    }
    return {made};
  };
  const std::string shape = Refusal(Edited("g-mixtral-f16", edit));
  EXPECT_NE(shape.find("blk.0.ffn_up_exps.weight: shape (2, 512, 256) is not (experts, ffe, d) = "
                       "(4, 256, 256), at specs/llama.json:"),
            std::string::npos)
      << shape;
  ModelOptions options;
  options.bind.set = {{"used", "5"}};
  auto file = *Gguf::Open(StrCat(kFolder, "g-mixtral-f16.gguf"));
  const std::string used = Model::Load(*device_, file, options).status().message();
  EXPECT_NE(used.find("(used <= experts) does not hold with experts = 4, used = 5"),
            std::string::npos)
      << used;
}

}  // namespace
}  // namespace ingot::model
