#include "ingot/tune/model_shape.h"

#include <algorithm>
#include <array>

#include "ingot/base/log.h"
#include "ingot/base/text.h"

namespace ingot::tune {
namespace {

struct ModelSizes {
  std::string_view name;
  uint64_t hidden = 0;
  uint64_t ff = 0;
  uint64_t heads = 0;
  uint64_t kv_heads = 0;
  uint64_t head_dim = 0;
  uint64_t vocab = 0;
};

constexpr std::array kModels = {
    ModelSizes{.name = "llama-1b",
               .hidden = 2048,
               .ff = 8192,
               .heads = 32,
               .kv_heads = 8,
               .head_dim = 64,
               .vocab = 128256},
    ModelSizes{.name = "qwen-0.5b",
               .hidden = 896,
               .ff = 4864,
               .heads = 14,
               .kv_heads = 2,
               .head_dim = 64,
               .vocab = 151936},
};

constexpr std::string_view kGoals = "goals";
constexpr std::array<std::string_view, 3> kLists = {kModels[0].name, kModels[1].name, kGoals};

constexpr uint64_t kSuperBlock = 256;  // of the k-quants
// Positions before a decode step, and what the cache holds.
constexpr std::array<uint64_t, 2> kPositions = {511, 4095};
constexpr uint64_t kCapacity = 4096;

std::vector<std::string_view> FormatsOf(uint64_t depth) {
  if (depth % kSuperBlock != 0) return {"f16", "q8_0", "q5_0"};
  return {"f16", "q8_0", "q4_k", "q6_k"};
}

class List {
 public:
  explicit List(Phase phase) : phase_(phase) {}

  void Add(std::string_view op, std::string_view role, std::string shape) {
    auto known = std::ranges::find_if(
        shapes, [&](const OpShape& other) { return other.op == op && other.shape == shape; });
    if (known != shapes.end()) {
      known->role = StrCat(known->role, ", ", role);
      return;
    }
    shapes.push_back({std::string(op), std::string(role), phase_, std::move(shape)});
  }

  void AddMatmul(std::string_view role, uint64_t rows, uint64_t cols, uint64_t depth) {
    for (std::string_view format : FormatsOf(depth)) {
      Add("matmul", role,
          StrCat("rows=", rows, " cols=", cols, " depth=", depth, " format=", format));
    }
  }

  std::vector<OpShape> shapes;

 private:
  Phase phase_;
};

// Shapes large enough that what is measured is the kernel, and single rows, where it is the start.
std::vector<OpShape> ShapesOfGoals(Phase phase) {
  List list(phase);
  const std::string cache = " kv_heads=8 group=4 head_dim=128 F16_KV=1 capacity=4096";
  if (phase == Phase::kDecode) {
    for (std::string_view format :
         {"f16", "bf16", "q8_0", "q4_k", "q4_0", "q5_0", "mxfp4", "q5_k", "q6_k"}) {
      list.Add("matmul", "", StrCat("rows=1 cols=14336 depth=4096 format=", format));
    }
    list.Add("attention", "", StrCat("rows=1 pos=4095", cache));
    list.Add("rms_norm", "", "rows=1 dim=4096");
    list.Add("rope", "", "rows=1 heads=32 head_dim=128 pos=511");
    list.Add("silu", "", "size=14336");
    return std::move(list.shapes);
  }
  for (std::string_view format : {"f16", "q8_0", "q4_k"}) {
    list.Add("matmul", "", StrCat("rows=4096 cols=4096 depth=4096 format=", format));
  }
  list.Add("attention", "", StrCat("rows=512 pos=0", cache));
  list.Add("rms_norm", "", "rows=4096 dim=4096");
  list.Add("layer_norm", "", "rows=4096 dim=4096");
  list.Add("softmax", "", "outer=4096 inner=4096");
  list.Add("embed", "", "rows=4096 dim=4096 vocab=32000 format=f16");
  list.Add("add", "", "size=16777216");
  list.Add("silu", "", "size=16777216");
  return std::move(list.shapes);
}

std::vector<OpShape> ShapesOfModel(const ModelSizes& model, Phase phase) {
  List list(phase);
  const bool decode = phase == Phase::kDecode;
  const uint64_t rows = decode ? 1 : kPrefillRows;
  const uint64_t q_size = model.heads * model.head_dim;
  const uint64_t kv_size = model.kv_heads * model.head_dim;
  const std::string hidden = StrCat("rows=", rows, " dim=", model.hidden);
  list.Add("embed", "embed", StrCat(hidden, " vocab=", model.vocab, " format=q8_0"));
  list.Add("rms_norm", "norm", hidden);
  list.AddMatmul("q_proj", rows, q_size, model.hidden);
  list.AddMatmul("k_proj", rows, kv_size, model.hidden);
  list.AddMatmul("v_proj", rows, kv_size, model.hidden);
  for (const auto& [role, heads] : {std::pair("q_rope", model.heads), {"k_rope", model.kv_heads}}) {
    list.Add("rope", role,
             StrCat("rows=", rows, " heads=", heads, " head_dim=", model.head_dim,
                    " pos=", decode ? kPositions[0] : 0));
  }
  const std::string cache =
      StrCat(" kv_heads=", model.kv_heads, " head_dim=", model.head_dim, " F16_KV=1");
  for (uint64_t position : kPositions) {
    const uint64_t pos = decode ? position : 0;
    const std::string where = StrCat("rows=", rows, cache, " pos=", pos, " capacity=", kCapacity);
    if (position == kPositions[0]) list.Add("kv_write", "kv_write", where);
    if (!decode && position != kPositions[0]) continue;
    list.Add("attention", "attention", StrCat(where, " group=", model.heads / model.kv_heads));
  }
  list.AddMatmul("o_proj", rows, model.hidden, q_size);
  list.Add("add", "residual", StrCat("size=", rows * model.hidden));
  list.AddMatmul("gate_proj", rows, model.ff, model.hidden);
  list.AddMatmul("up_proj", rows, model.ff, model.hidden);
  list.Add("silu", "ffn_act", StrCat("size=", rows * model.ff));
  list.Add("mul", "ffn_mul", StrCat("size=", rows * model.ff));
  list.AddMatmul("down_proj", rows, model.hidden, model.ff);
  // Of a prompt, only the last token's logits are wanted.
  if (!decode) list.Add("last_rows", "last_rows", StrCat(hidden, " outputs=1"));
  if (decode) list.AddMatmul("lm_head", rows, model.vocab, model.hidden);
  return std::move(list.shapes);
}

}  // namespace

std::span<const std::string_view> ShapeLists() { return kLists; }

std::vector<OpShape> ShapesOf(std::string_view list, Phase phase) {
  if (list == kGoals) return ShapesOfGoals(phase);
  const auto* model = std::ranges::find(kModels, list, &ModelSizes::name);
  INGOT_CHECK(model != kModels.end());
  return ShapesOfModel(*model, phase);
}

std::string_view ValueIn(std::string_view shape, std::string_view name) {
  for (std::string_view item : Split(shape, ' ')) {
    const size_t equals = item.find('=');
    if (item.substr(0, equals) == name && equals != item.npos) return item.substr(equals + 1);
  }
  return {};
}

uint64_t NumberIn(std::string_view shape, std::string_view name, uint64_t fallback) {
  return ParseUint(ValueIn(shape, name)).value_or(fallback);
}

}  // namespace ingot::tune
