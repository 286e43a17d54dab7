#include "ingot/model/synthesize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "ingot/base/half.h"
#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/model/gguf_writer.h"
#include "ingot/model/vocabulary.h"

namespace ingot::model {
namespace {

constexpr SynthShape kShapes[] = {
    {"tiny", "llama", 2, 256, 512, 8, 4, 32, 512, 8192, 1e4f, 1e-5f, false, false},
    {"qwen2.5-0.5b", "qwen2", 24, 896, 4864, 14, 2, 64, 151936, 32768, 1e6f, 1e-6f, false, true},
    {"llama-3.2-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, 131072, 5e5f, 1e-5f, true, false},
    {"mixtral-small", "llama", 8, 1024, 3584, 16, 4, 64, 32000, 32768, 1e6f, 1e-5f, false, false, 8,
     2},
    {"llama-3.2-3b", "llama", 28, 3072, 8192, 24, 8, 128, 128256, 131072, 5e5f, 1e-5f, true, false},
};

constexpr double kWeightDeviation = 0.02, kVectorDeviation = 0.1;
constexpr uint32_t kF16FileType = 1;  // general.file_type
constexpr std::string_view kFactors = "rope_freqs.weight";

// What stands in the metadata must live until the header is written.
struct Texts {
  std::string name;
  std::vector<std::string> tokens;
};

void SetVocabulary(const SynthShape& shape, Texts& texts, GgufHeader& header) {
  texts.tokens = {"<unk>", "<s>", "</s>"};
  GgufValue::Ints types = {static_cast<int64_t>(TokenType::kUnknown),
                           static_cast<int64_t>(TokenType::kControl),
                           static_cast<int64_t>(TokenType::kControl)};
  for (int byte = 0; byte < 256; ++byte) texts.tokens.push_back(Format("<0x%02X>", byte));
  types.resize(texts.tokens.size(), static_cast<int64_t>(TokenType::kByte));
  texts.tokens.emplace_back(Vocabulary::kEscapedSpace);
  types.push_back(static_cast<int64_t>(TokenType::kNormal));
  while (texts.tokens.size() < shape.vocab) {
    texts.tokens.push_back(StrCat("[unused", texts.tokens.size(), "]"));
  }
  types.resize(shape.vocab, static_cast<int64_t>(TokenType::kUnused));
  header.Set("tokenizer.ggml.model", GgufString(TokenizerKindName(TokenizerKind::kSpm)));
  header.Set("tokenizer.ggml.tokens",
             GgufArray(GgufValue::Strings(texts.tokens.begin(), texts.tokens.end())));
  header.Set("tokenizer.ggml.token_type", GgufArray(GgufType::kI32, std::move(types)));
  header.Set("tokenizer.ggml.add_space_prefix", GgufBool(false));
  header.Set("tokenizer.ggml.scores", GgufArray(GgufValue::Floats(shape.vocab, 0.0)));
}

void AddTensors(const SynthShape& shape, GgufHeader& header) {
  const uint64_t width = shape.width, q = uint64_t{shape.heads} * shape.head_dim,
                 kv = uint64_t{shape.kv_heads} * shape.head_dim;
  auto add = [&](std::string name, DType dtype, std::vector<uint64_t> dims) {
    header.tensors.push_back({std::move(name), dtype, std::move(dims)});
  };
  add("token_embd.weight", DType::kF16, {shape.vocab, width});
  if (shape.rope_factors) add(std::string(kFactors), DType::kF32, {shape.head_dim / 2});
  for (uint32_t layer = 0; layer < shape.layers; ++layer) {
    const std::string block = StrCat("blk.", layer, ".");
    auto linear = [&](std::string_view name, uint64_t rows, uint64_t cols, bool bias) {
      add(StrCat(block, name, ".weight"), DType::kF16, {rows, cols});
      if (bias) add(StrCat(block, name, ".bias"), DType::kF32, {rows});
    };
    add(block + "attn_norm.weight", DType::kF32, {width});
    linear("attn_q", q, width, shape.qkv_bias);
    linear("attn_k", kv, width, shape.qkv_bias);
    linear("attn_v", kv, width, shape.qkv_bias);
    linear("attn_output", width, q, false);
    add(block + "ffn_norm.weight", DType::kF32, {width});
    if (shape.experts == 0) {
      linear("ffn_gate", shape.ff, width, false);
      linear("ffn_up", shape.ff, width, false);
      linear("ffn_down", width, shape.ff, false);
      continue;
    }
    add(block + "ffn_gate_inp.weight", DType::kF32, {shape.experts, width});
    add(block + "ffn_gate_exps.weight", DType::kF16, {shape.experts, shape.ff, width});
    add(block + "ffn_up_exps.weight", DType::kF16, {shape.experts, shape.ff, width});
    add(block + "ffn_down_exps.weight", DType::kF16, {shape.experts, width, shape.ff});
  }
  add("output_norm.weight", DType::kF32, {width});
}

GgufHeader MakeHeader(const SynthShape& shape, Texts& texts) {
  GgufHeader header;
  texts.name = StrCat("random weights in the shape of ", shape.name);
  header.Set("general.architecture", GgufString(shape.architecture));
  header.Set("general.name", GgufString(texts.name));
  header.Set("general.file_type", GgufU32(kF16FileType));
  auto set = [&](std::string_view key, GgufValue value) {
    header.Set(StrCat(shape.architecture, ".", key), std::move(value));
  };
  set("block_count", GgufU32(shape.layers));
  set("context_length", GgufU32(shape.context));
  set("embedding_length", GgufU32(shape.width));
  set("feed_forward_length", GgufU32(shape.ff));
  set("attention.head_count", GgufU32(shape.heads));
  set("attention.head_count_kv", GgufU32(shape.kv_heads));
  set("attention.key_length", GgufU32(shape.head_dim));
  set("attention.value_length", GgufU32(shape.head_dim));
  set("attention.layer_norm_rms_epsilon", GgufF32(shape.eps));
  set("rope.freq_base", GgufF32(shape.rope_base));
  if (shape.experts > 0) {
    set("expert_count", GgufU32(shape.experts));
    set("expert_used_count", GgufU32(shape.experts_used));
  }
  SetVocabulary(shape, texts, header);
  AddTensors(shape, header);
  return header;
}

// Values of the normal distribution at equal steps of probability: a random index is a draw.
std::vector<uint16_t> NormalTable(double deviation) {
  constexpr size_t kSize = 1 << 16;
  std::vector<uint16_t> table(kSize);
  for (size_t i = 0; i < kSize / 2; ++i) {
    const double tail = (static_cast<double>(i) + 0.5) / kSize;
    double lo = 0, hi = 8;  // in deviations
    for (int step = 0; step < 48; ++step) {
      const double middle = (lo + hi) / 2;
      (0.5 * std::erfc(middle / std::numbers::sqrt2) > tail ? lo : hi) = middle;
    }
    table[i] = F32ToF16(static_cast<float>(-lo * deviation));
    table[kSize - 1 - i] = F32ToF16(static_cast<float>(lo * deviation));
  }
  return table;
}

// Llama 3's factors: fast rotations stay, slow ones are slowed down, those between are blended.
std::vector<float> RopeFactors(const SynthShape& shape) {
  constexpr double kFactor = 32, kLow = 1, kHigh = 4, kTrained = 8192;
  std::vector<float> factors;
  for (uint32_t i = 0; i < shape.head_dim; i += 2) {
    const double turn =
        2 * std::numbers::pi * std::pow(double{shape.rope_base}, double(i) / shape.head_dim);
    const double share = std::clamp((kTrained / turn - kLow) / (kHigh - kLow), 0.0, 1.0);
    factors.push_back(static_cast<float>(1 / ((1 - share) / kFactor + share)));
  }
  return factors;
}

class TensorSource {
 public:
  TensorSource(const SynthShape& shape, uint64_t seed) : shape_(shape), seed_(seed) {}

  // Hands the bytes of `tensor` to `take`, in pieces.
  Status Give(const GgufHeader::Tensor& tensor,
              const std::function<Status(std::span<const std::byte>)>& take) const {
    uint64_t count = 1;
    for (const uint64_t dim : tensor.shape) count *= dim;
    if (tensor.name == kFactors) {
      const std::vector<float> factors = RopeFactors(shape_);
      return take(std::as_bytes(std::span(factors)));
    }
    Stream stream(seed_, tensor.name);
    if (tensor.dtype == DType::kF32) {
      const double mean = tensor.name.ends_with("norm.weight") ? 1 : 0;
      std::vector<float> values(count);
      for (float& value : values) {
        value = static_cast<float>(mean + kVectorDeviation * stream.NextNormal());
      }
      return take(std::as_bytes(std::span(values)));
    }
    std::vector<uint16_t> values(uint64_t{1} << 20);
    for (uint64_t done = 0; done < count; done += values.size()) {
      values.resize(std::min<uint64_t>(values.size(), count - done));
      for (size_t i = 0; i < values.size(); i += 2) {
        const uint32_t word = stream.NextU32();
        values[i] = table_[word & 0xFFFF];
        if (i + 1 < values.size()) values[i + 1] = table_[word >> 16];
      }
      INGOT_TRY(take(std::as_bytes(std::span(values))));
    }
    return Status();
  }

 private:
  const SynthShape& shape_;
  uint64_t seed_;
  std::vector<uint16_t> table_ = NormalTable(kWeightDeviation);
};

}  // namespace

std::span<const SynthShape> SynthShapes() { return kShapes; }

Status Synthesize(const SynthShape& shape, const std::string& path, const SynthOptions& options) {
  Texts texts;
  const GgufHeader header = MakeHeader(shape, texts);
  uint64_t total = 0, done = 0;
  for (const GgufHeader::Tensor& tensor : header.tensors) {
    INGOT_ASSIGN(const uint64_t bytes, GgufTensorBytes(tensor.dtype, tensor.shape));
    total += bytes;
  }
  INGOT_ASSIGN(auto writer, GgufWriter::Create(path, header));
  const TensorSource source(shape, options.seed);
  for (const GgufHeader::Tensor& tensor : header.tensors) {
    INGOT_TRY(source.Give(tensor, [&](std::span<const std::byte> bytes) {
      if (options.stop != nullptr && *options.stop) {
        return Status(Code::kUnavailable, StrCat(path, ": interrupted"));
      }
      done += bytes.size();
      if (options.progress) options.progress(done, total);
      return writer->Write(bytes);
    }));
  }
  return writer->Finish();
}

}  // namespace ingot::model
