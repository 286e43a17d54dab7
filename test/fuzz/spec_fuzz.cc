// Specs from hostile text, shipped specs with hostile edits, and shipped specs bound to hostile
// files: an error, or a Graph whose Programs pass the check.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>

#include "embedded/specs.h"

#include "ingot/base/text.h"
#include "ingot/ir/compiler.h"
#include "ingot/model/gguf.h"
#include "ingot/model/spec.h"
#include "ingot/model/spec_bind.h"

namespace ingot::model {
namespace {

void TryExpression(std::string_view text) {
  Result<Expression> parsed = Expression::Parse(text);
  if (!parsed.ok()) return;
  Scope scope;
  scope.values = {{"a", int64_t{7}},
                  {"i", int64_t{0}},
                  {"big", INT64_MAX},
                  {"x", 0.5},
                  {"s", std::string("text")},
                  {"l", std::vector<int64_t>{1, INT64_MIN}},
                  {"m", std::vector<double>{0, 1e308}}};
  scope.has = [](const std::string& weight) { return Result<bool>(weight.size() % 2 == 0); };
  (void)parsed->Evaluate(scope);
  (void)parsed->Int(scope);
  (void)parsed->Double(scope);
  (void)ReplaceBraces(text, scope);
}

void TryBind(const Spec& spec, const Gguf& file) {
  Result<BoundModel> bound = Bind(spec, file, {});
  if (!bound.ok()) return;
  ir::CompileOptions options;
  options.facts.kind = "cpu";
  (void)ir::Compile(*bound->graph, options);
}

// A file of f32 zeros as a family expects it, but for what the bytes change: the more of them are
// zero, the better it fits.
class HostileFile {
 public:
  explicit HostileFile(FuzzedDataProvider& data) : data_(data) {
    arch_ = data.PickValueInArray({"llama", "qwen2", "qwen3", "gemma3"});
    const uint32_t layers = data.ConsumeIntegralInRange<uint32_t>(0, 2);
    String("general.architecture", arch_);
    const std::pair<const char*, uint32_t> numbers[] = {
        {"block_count", layers},          {"context_length", 64},
        {"embedding_length", kDim},       {"feed_forward_length", kWide},
        {"attention.head_count", kHeads}, {"attention.head_count_kv", 1},
        {"attention.key_length", kHead},  {"attention.value_length", kHead},
        {"rope.dimension_count", kHead},  {"attention.sliding_window", 4},
        {"vocab_size", kVocab},
    };
    for (const auto& [key, value] : numbers) {
      if (!Deviates()) U32(StrCat(arch_, ".", key), Deviates() ? Number() : value);
    }
    const std::pair<const char*, float> factors[] = {{"attention.layer_norm_rms_epsilon", 1e-5f},
                                                     {"rope.freq_base", 10000.0f}};
    for (const auto& [key, value] : factors) {
      if (Deviates()) continue;
      F32(StrCat(arch_, ".", key), Deviates() ? data.ConsumeFloatingPoint<float>() : value);
    }
    if (Deviates()) {
      String(StrCat(arch_, ".rope.scaling.type"),
             data.PickValueInArray({"none", "linear", "yarn", "longrope"}));
      F32(StrCat(arch_, ".rope.scaling.factor"), data.ConsumeFloatingPoint<float>());
    }
    Tensor("token_embd.weight", {kDim, kVocab});
    Tensor("output_norm.weight", {kDim});
    Tensor("output.weight", {kDim, kVocab}, arch_ != "gemma3");
    for (uint32_t layer = 0; layer < layers; ++layer) Layer(StrCat("blk.", layer, "."));
  }

  std::string Bytes() const {
    std::string out = "GGUF";
    Put(out, uint32_t{3});
    Put(out, tensor_count_);
    Put(out, pair_count_);
    out += pairs_ + tensors_;
    out.resize((out.size() + 31) / 32 * 32 + data_bytes_);
    return out;
  }

 private:
  template <typename T>
  static void Put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
  static void Text(std::string& out, std::string_view text) {
    Put<uint64_t>(out, text.size());
    out += text;
  }
  void Key(std::string_view key, uint32_t type) {
    Text(pairs_, key);
    Put(pairs_, type);
    ++pair_count_;
  }
  void String(std::string_view key, std::string_view value) {
    Key(key, 8);
    Text(pairs_, value);
  }
  void U32(std::string_view key, uint32_t value) {
    Key(key, 4);
    Put(pairs_, value);
  }
  void F32(std::string_view key, float value) {
    Key(key, 6);
    Put(pairs_, value);
  }
  bool Deviates() { return data_.ConsumeIntegralInRange(0, 31) == 31; }
  uint32_t Number() {
    return Deviates() ? data_.ConsumeIntegral<uint32_t>()
                      : data_.ConsumeIntegralInRange<uint32_t>(0, 40);
  }
  void Layer(const std::string& layer) {
    const bool head_norms = arch_ == "qwen3" || arch_ == "gemma3", biases = arch_ == "qwen2";
    constexpr uint64_t kQuery = kHeads * kHead;
    Tensor(layer + "attn_norm.weight", {kDim});
    Tensor(layer + "attn_q.weight", {kDim, kQuery});
    Tensor(layer + "attn_k.weight", {kDim, kHead});
    Tensor(layer + "attn_v.weight", {kDim, kHead});
    Tensor(layer + "attn_q.bias", {kQuery}, biases);
    Tensor(layer + "attn_k.bias", {kHead}, biases);
    Tensor(layer + "attn_v.bias", {kHead}, biases);
    Tensor(layer + "attn_q_norm.weight", {kHead}, head_norms);
    Tensor(layer + "attn_k_norm.weight", {kHead}, head_norms);
    Tensor(layer + "attn_output.weight", {kQuery, kDim});
    Tensor(layer + "post_attention_norm.weight", {kDim}, arch_ == "gemma3");
    Tensor(layer + "ffn_norm.weight", {kDim});
    Tensor(layer + "ffn_gate.weight", {kDim, kWide});
    Tensor(layer + "ffn_up.weight", {kDim, kWide});
    Tensor(layer + "ffn_down.weight", {kWide, kDim});
    Tensor(layer + "post_ffw_norm.weight", {kDim}, arch_ == "gemma3");
  }
  void Tensor(std::string_view name, std::vector<uint64_t> sizes, bool expected = true) {
    if (Deviates() == expected) return;
    if (Deviates()) sizes.push_back(Number());
    Text(tensors_, name);
    Put(tensors_, static_cast<uint32_t>(sizes.size()));
    uint64_t bytes = sizeof(float);
    for (uint64_t size : sizes) {
      if (Deviates()) size = data_.ConsumeIntegralInRange<uint64_t>(1, 40);
      Put(tensors_, size);
      bytes = std::min<uint64_t>(bytes * size, 1 << 20);
    }
    Put(tensors_, uint32_t{0});
    Put(tensors_, data_bytes_);
    data_bytes_ += (bytes + 31) / 32 * 32;
    ++tensor_count_;
  }

  static constexpr uint32_t kDim = 16, kWide = 24, kHeads = 2, kHead = 8, kVocab = 10;
  FuzzedDataProvider& data_;
  std::string arch_, pairs_, tensors_;
  uint64_t tensor_count_ = 0, pair_count_ = 0, data_bytes_ = 0;
};

void Run(FuzzedDataProvider& data) {
  switch (data.ConsumeIntegralInRange(0, 2)) {
    case 0: {
      const std::string text = data.ConsumeRemainingBytesAsString();
      (void)ParseSpec(text, "s");
      TryExpression(text);
      return;
    }
    case 1: {
      const auto& specs = embedded::specs();
      std::string text(specs[data.ConsumeIntegralInRange<size_t>(0, specs.size() - 1)].second);
      while (data.remaining_bytes() > 0) {
        const size_t at = data.ConsumeIntegralInRange<size_t>(0, text.size());
        text.replace(at, data.ConsumeIntegralInRange<size_t>(0, 40),
                     data.ConsumeRandomLengthString(20));
      }
      (void)ParseSpec(text, "s");
      return;
    }
    default: {
      const std::string bytes = HostileFile(data).Bytes();
      auto copy = std::make_shared<std::vector<uint64_t>>((bytes.size() + 7) / 8);
      std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(copy->data()));
      auto file = Gguf::Parse(std::as_bytes(std::span(*copy)).first(bytes.size()), "fuzz", copy);
      if (!file.ok()) return;
      Result<Spec> spec = SpecFor((*file)->String("general.architecture").value(), "");
      TryBind(spec.value(), **file);
    }
  }
}

}  // namespace
}  // namespace ingot::model

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider provider(data, size);
  ingot::model::Run(provider);
  return 0;
}
