#include "ingot/model/quant_mix.h"

#include <algorithm>
#include <optional>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

bool Has(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

// The N of `blk.N.`; 0 where there is none.
int64_t LayerOf(std::string_view name) {
  if (!name.starts_with("blk.")) return 0;
  std::string_view rest = name.substr(4);
  return ParseInt(rest.substr(0, rest.find('.'))).value_or(0);
}

bool IsValue(std::string_view name) {
  return Has(name, "attn_v.weight") || Has(name, "attn_qkv.weight") ||
         Has(name, "attn_kv_b.weight");
}

bool IsDown(std::string_view name) { return Has(name, "ffn_down"); }

bool KeepsItsFormat(const GgufTensor& tensor) {
  // Small, or used in other ways than as the matrix of a product.
  static constexpr std::string_view kKept[] = {
      "_norm.weight", "ffn_gate_inp",   "altup",       "laurel",       "per_layer_model_proj",
      "ssm_conv1d",   "shortconv.conv", "time_mix_",   "attn_rel_b",   "position_embd",
      "token_types",  ".rel_pos",       ".patch_embd", ".patch_merger"};
  if (tensor.shape.size() < 2 || !tensor.name.ends_with("weight")) return true;
  if (!Traits(tensor.dtype).quantised && tensor.dtype != DType::kF32 &&
      tensor.dtype != DType::kF16 && tensor.dtype != DType::kBF16) {
    return true;  // integers
  }
  return std::any_of(std::begin(kKept), std::end(kKept),
                     [&](std::string_view part) { return Has(tensor.name, part); });
}

// The first and last eighth, and every third layer between them.
bool GetsMoreBits(int64_t index, int64_t count) {
  return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
}

int64_t RankOf(const std::vector<int64_t>& layers, std::string_view name) {
  return std::lower_bound(layers.begin(), layers.end(), LayerOf(name)) - layers.begin();
}

void SortUnique(std::vector<int64_t>& layers) {
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
}

// A number, or the first of an array; `fallback` where the key is missing or of another type.
int64_t FirstInt(const Gguf& gguf, std::string_view key, int64_t fallback) {
  const GgufValue* value = gguf.Find(key);
  if (value == nullptr) return fallback;
  if (const auto* number = std::get_if<int64_t>(&value->value)) return *number;
  const auto* numbers = std::get_if<GgufValue::Ints>(&value->value);
  return numbers != nullptr && !numbers->empty() ? numbers->front() : fallback;
}

}  // namespace

const std::vector<QuantTargetTraits>& AllQuantTargets() {
  static const std::vector<QuantTargetTraits> kTargets = {
      {QuantTarget::kF32, "f32", DType::kF32, 0},
      {QuantTarget::kF16, "f16", DType::kF16, 1},
      {QuantTarget::kBF16, "bf16", DType::kBF16, 32},
      {QuantTarget::kQ4_0, "q4_0", DType::kQ4_0, 2},
      {QuantTarget::kQ4_1, "q4_1", DType::kQ4_1, 3},
      {QuantTarget::kQ5_0, "q5_0", DType::kQ5_0, 8},
      {QuantTarget::kQ5_1, "q5_1", DType::kQ5_1, 9},
      {QuantTarget::kQ8_0, "q8_0", DType::kQ8_0, 7},
      {QuantTarget::kQ2_K, "q2_k", DType::kQ2_K, 10},
      {QuantTarget::kQ3_K_S, "q3_k_s", DType::kQ3_K, 11},
      {QuantTarget::kQ3_K_M, "q3_k_m", DType::kQ3_K, 12},
      {QuantTarget::kQ4_K_S, "q4_k_s", DType::kQ4_K, 14},
      {QuantTarget::kQ4_K_M, "q4_k_m", DType::kQ4_K, 15},
      {QuantTarget::kQ5_K_S, "q5_k_s", DType::kQ5_K, 16},
      {QuantTarget::kQ5_K_M, "q5_k_m", DType::kQ5_K, 17},
      {QuantTarget::kQ6_K, "q6_k", DType::kQ6_K, 18},
      {QuantTarget::kMXFP4_MOE, "mxfp4_moe", DType::kQ8_0, 38},
  };
  return kTargets;
}

const QuantTargetTraits& Traits(QuantTarget target) {
  const QuantTargetTraits& traits = AllQuantTargets()[static_cast<size_t>(target)];
  INGOT_CHECK(traits.target == target);
  return traits;
}

Result<QuantTarget> QuantTargetFromName(std::string_view name) {
  std::string lower = ToLower(name);
  if (lower == "q3_k" || lower == "q4_k" || lower == "q5_k") lower += "_m";
  std::vector<std::string> names;
  for (const QuantTargetTraits& traits : AllQuantTargets()) {
    if (traits.name == lower) return traits.target;
    names.emplace_back(traits.name);
  }
  return Status(Code::kInvalidArgument,
                StrCat("unknown target format (", name, ")", NearestHint(lower, names)));
}

DType FallbackFor(DType dtype, uint64_t cols) {
  if (cols % Traits(dtype).block == 0) return dtype;
  if (cols % 32 != 0) return DType::kF16;
  if (dtype == DType::kQ2_K || dtype == DType::kQ3_K) return DType::kQ4_0;
  if (dtype == DType::kQ4_K) return DType::kQ5_0;
  if (dtype == DType::kQ5_K) return DType::kQ5_1;
  return DType::kQ8_0;
}

QuantMix::QuantMix(const Gguf& gguf, QuantTarget target)
    : target_(target), tied_(gguf.FindTensor("output.weight") == nullptr) {
  auto architecture = gguf.String("general.architecture");
  if (architecture.ok()) {
    experts_ = FirstInt(gguf, StrCat(*architecture, ".expert_count"), 0);
    int64_t heads = FirstInt(gguf, StrCat(*architecture, ".attention.head_count"), 1);
    int64_t kv_heads = FirstInt(gguf, StrCat(*architecture, ".attention.head_count_kv"), heads);
    if (kv_heads > 0) heads_per_kv_head_ = heads / kv_heads;
  }
  for (const GgufTensor& tensor : gguf.tensors()) {
    if (IsValue(tensor.name)) value_layers_.push_back(LayerOf(tensor.name));
    if (IsDown(tensor.name)) down_layers_.push_back(LayerOf(tensor.name));
  }
  SortUnique(value_layers_);
  SortUnique(down_layers_);
}

QuantMix::Choice QuantMix::Choose(const GgufTensor& tensor) const {
  if (KeepsItsFormat(tensor)) return {tensor.dtype, tensor.dtype};
  DType wanted = Wanted(tensor);
  return {FallbackFor(wanted, tensor.cols()), wanted};
}

DType QuantMix::Wanted(const GgufTensor& tensor) const {
  const std::string& name = tensor.name;
  DType base = Traits(target_).base;
  if (!Traits(base).quantised) return base;
  if (name == "output.weight" || (tied_ && name == "token_embd.weight")) {
    bool fits = tensor.cols() % Traits(base).block == 0;
    return base == DType::kQ8_0 || !fits ? DType::kQ8_0 : DType::kQ6_K;
  }
  if (target_ == QuantTarget::kMXFP4_MOE) {
    return tensor.shape.size() == 3 ? DType::kMXFP4 : DType::kQ8_0;
  }
  bool eight_experts = experts_ == 8;  // there the attention is a small part of the model
  if (IsValue(name)) return ForValue(tensor);
  if (Has(name, "attn_k.weight")) return eight_experts ? DType::kQ8_0 : base;
  if (IsDown(name)) return ForDown(tensor);
  if (!Has(name, "attn_output.weight")) return base;
  if (target_ == QuantTarget::kQ2_K) return eight_experts ? DType::kQ5_K : DType::kQ3_K;
  if (eight_experts && (base == DType::kQ3_K || base == DType::kQ4_K)) return DType::kQ5_K;
  return target_ == QuantTarget::kQ3_K_M ? DType::kQ4_K : base;
}

DType QuantMix::ForValue(const GgufTensor& tensor) const {
  if (experts_ == 8) return DType::kQ8_0;
  DType base = Traits(target_).base;
  int64_t index = RankOf(value_layers_, tensor.name);
  bool more = GetsMoreBits(index, static_cast<int64_t>(value_layers_.size()));
  if (target_ == QuantTarget::kQ2_K) return heads_per_kv_head_ >= 4 ? DType::kQ4_K : DType::kQ3_K;
  if (target_ == QuantTarget::kQ3_K_M) return index < 2 ? DType::kQ5_K : DType::kQ4_K;
  if (target_ == QuantTarget::kQ4_K_S) return index < 4 ? DType::kQ5_K : base;
  bool mixed = target_ == QuantTarget::kQ4_K_M || target_ == QuantTarget::kQ5_K_M;
  return mixed && more ? DType::kQ6_K : base;
}

DType QuantMix::ForDown(const GgufTensor& tensor) const {
  DType base = Traits(target_).base;
  auto count = static_cast<int64_t>(down_layers_.size());
  int64_t index = RankOf(down_layers_, tensor.name);
  if (target_ == QuantTarget::kQ2_K) return DType::kQ3_K;
  if (target_ == QuantTarget::kQ3_K_M) return index < count / 16 ? DType::kQ5_K : DType::kQ4_K;
  if (target_ == QuantTarget::kQ4_K_S) return index < count / 8 ? DType::kQ5_K : base;
  bool mixed = target_ == QuantTarget::kQ4_K_M || target_ == QuantTarget::kQ5_K_M;
  return mixed && GetsMoreBits(index, count) ? DType::kQ6_K : base;
}

}  // namespace ingot::model
