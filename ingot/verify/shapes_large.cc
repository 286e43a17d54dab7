#include <map>
#include <vector>

#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

using Shapes = std::vector<std::string_view>;

const std::map<std::string_view, Shapes>& Table() {
  static const std::map<std::string_view, Shapes> table = {
      {"add", {"size=16776963"}},
      {"add_bias", {"rows=131072 dim=129"}},
      {"attention",
       {"rows=33000 kv_heads=1 group=2 head_dim=4 window=4", "rows=1 pos=8192 group=1 kv_heads=1"}},
      {"attention_merge", {"rows=33000 heads=2 splits=2 head_dim=4"}},
      {"attention_split", {"rows=1 pos=8192 splits=64", "rows=2 pos=4096 splits=256"}},
      {"bf16_to_f16", {"size=8388483"}},
      {"bf16_to_f32", {"size=8388483"}},
      {"cast_f32_to_f16", {"size=8388483"}},
      {"dequant_mxfp4", {"rows=70000 groups_per_row=1", "rows=70000 groups_per_row=1 PLANES=1"}},
      {"dequant_q4_0", {"blocks=70000"}},
      {"dequant_q4k", {"blocks=70000"}},
      {"dequant_q6k", {"blocks=70000"}},
      {"dequant_q8_0", {"blocks=70000"}},
      {"embed", {"rows=4200001 dim=1"}},
      {"gelu", {"size=16776963"}},
      {"gelu_tanh", {"size=16776963"}},
      {"kv_write", {"rows=33000 kv_heads=2 head_dim=64 capacity=33000 pos=0"}},
      {"last_rows", {"rows=70000 outputs=70000 dim=241"}},
      {"layer_norm", {"rows=70000 dim=8"}},
      {"log_softmax", {"outer=70000 inner=8", "outer=1 inner=151936"}},
      {"matmul", {"rows=1 cols=1000001 depth=32 format=q8_0"}},
      {"moe_gather", {"tokens=20000 top_k=4 dim=8"}},
      {"mul", {"size=16776963"}},
      {"relu", {"size=16776963"}},
      {"rms_norm", {"rows=70000 dim=8"}},
      {"rope", {"rows=1 heads=1 pos=131071", "rows=66000 heads=2 rot=64"}},
      {"rope_compute", {"pos=131071 HOST_FREQ=1", "rows=66000 HOST_FREQ=1"}},
      {"rope_init", {"positions=140000 rot=64 HOST_FREQ=1"}},
      {"sample", {"vocab=262147 SINGLE_PASS=1", "vocab=262147", "vocab=262147 IS_REDUCE_PHASE=1"}},
      {"sample_full", {"vocab=151936 spread=4", "vocab=262147 spread=4 top_k=0"}},
      {"sample_topk", {"vocab=262147"}},
      {"scale", {"size=16776963"}},
      {"scatter_add", {"tokens=70000 dim=64 DYNAMIC_LAYOUT=1"}},
      {"sigmoid", {"size=16776963"}},
      {"silu", {"size=16776963"}},
      {"softmax", {"outer=70000 inner=8", "outer=1 inner=151936"}},
      {"split_qkv", {"rows=35001 head_dim=30"}},
      {"topk", {"rows=70000"}},
  };
  return table;
}

}  // namespace

std::span<const std::string_view> LargeShapesOf(std::string_view op) {
  auto it = Table().find(op);
  if (it == Table().end()) return {};
  return it->second;
}

}  // namespace ingot::verify
