// Specs from hostile text, shipped specs with hostile edits, and shipped specs bound to hostile
// files: an error, or a Graph whose Programs pass the check.
#include <fuzzer/FuzzedDataProvider.h>

#include "embedded/specs.h"

#include "ingot/base/text.h"
#include "ingot/ir/compiler.h"
#include "ingot/model/gguf.h"
#include "ingot/model/spec.h"
#include "ingot/model/spec_bind.h"
#include "ingot/model/tokenizer.h"

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

// A file of f32 zeros in the form that a family expects, as far as the bytes want it so.
class HostileFile {
 public:
  explicit HostileFile(FuzzedDataProvider& data) : data_(data) {
    arch_ = data.PickValueInArray({"llama", "qwen2", "qwen3", "gemma3"});
    for (uint64_t& size : sizes_) size = data.ConsumeIntegralInRange<uint64_t>(1, 32);
    String("general.architecture", arch_);
    for (const char* key :
         {"block_count", "context_length", "embedding_length", "feed_forward_length",
          "attention.head_count", "attention.head_count_kv", "attention.key_length",
          "attention.value_length", "rope.dimension_count", "attention.sliding_window",
          "attention.sliding_window_pattern", "vocab_size"}) {
      if (data.ConsumeIntegralInRange(0, 9) > 0) U32(StrCat(arch_, ".", key), Number());
    }
    for (const char* key : {"attention.layer_norm_rms_epsilon", "rope.freq_base",
                            "rope.scaling.factor", "final_logit_softcapping"}) {
      if (data.ConsumeIntegralInRange(0, 9) > 0) {
        F32(StrCat(arch_, ".", key), data.ConsumeFloatingPoint<float>());
      }
    }
    if (data.ConsumeBool()) {
      String(StrCat(arch_, ".rope.scaling.type"),
             data.PickValueInArray({"none", "linear", "yarn", "longrope"}));
    }
    Tensor("token_embd.weight", 2);
    Tensor("output_norm.weight", 1);
    if (data.ConsumeBool()) Tensor("output.weight", 2);
    for (int layer = data.ConsumeIntegralInRange(0, 2) - 1; layer >= 0; --layer) {
      for (const char* name :
           {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
        Tensor(StrCat("blk.", layer, ".", name, ".weight"), 2);
        if (data.ConsumeBool()) Tensor(StrCat("blk.", layer, ".", name, ".bias"), 1);
      }
      for (const char* name : {"attn_norm", "ffn_norm", "attn_q_norm", "attn_k_norm",
                               "post_attention_norm", "post_ffw_norm"}) {
        if (data.ConsumeIntegralInRange(0, 9) > 0) {
          Tensor(StrCat("blk.", layer, ".", name, ".weight"), 1);
        }
      }
    }
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
  // One of a few sizes, so that some fit together.
  uint64_t Size() { return sizes_[data_.ConsumeIntegralInRange<size_t>(0, 3)]; }
  uint32_t Number() {
    if (data_.ConsumeIntegralInRange(0, 7) == 0) return data_.ConsumeIntegral<uint32_t>();
    return static_cast<uint32_t>(Size());
  }
  void Tensor(std::string_view name, uint32_t rank) {
    Text(tensors_, name);
    Put(tensors_, rank);
    uint64_t bytes = sizeof(float);
    for (uint32_t i = 0; i < rank; ++i) {
      const uint64_t size = Size();
      Put(tensors_, size);
      bytes *= size;
    }
    Put(tensors_, uint32_t{0});
    Put(tensors_, data_bytes_);
    data_bytes_ += (bytes + 31) / 32 * 32;
    ++tensor_count_;
  }

  FuzzedDataProvider& data_;
  std::string arch_, pairs_, tensors_;
  uint64_t sizes_[4] = {};
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
