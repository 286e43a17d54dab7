#include "ingot/verify/shapes.h"

#include <map>
#include <vector>

namespace ingot::verify {
namespace {

using Shapes = std::vector<std::string_view>;

Shapes With(Shapes shapes, const Shapes& more) {
  shapes.insert(shapes.end(), more.begin(), more.end());
  return shapes;
}

const Shapes kMatmul = {
    "rows=1 cols=1 depth=1",
    "rows=1 cols=33 depth=31",
    "rows=2 cols=3 depth=172",
    "rows=1 cols=64 depth=1000",
    "rows=15 cols=31 depth=257",
    "rows=16 cols=129 depth=32 format=f16",
    "rows=1 cols=37 depth=520 format=f16",
    "rows=3 cols=9 depth=31 format=f16",
    "rows=17 cols=63 depth=33 format=bf16",
    "rows=63 cols=64 depth=512 format=q8_0",
    "rows=1 cols=130 depth=288 format=q8_0",
    "rows=65 cols=33 depth=256 format=q4_k",
    "rows=1 cols=257 depth=512 format=q4_k",
    "rows=1 cols=31 depth=256 format=q6_k",
    "rows=5 cols=31 depth=256 format=q5_k",
    "rows=3 cols=7 depth=768 format=q3_k",
    "rows=3 cols=7 depth=256 format=q2_k",
    "rows=2 cols=65 depth=96 format=q4_0",
    "rows=2 cols=65 depth=96 format=q4_1",
    "rows=1 cols=65 depth=160 format=q5_0",
    "rows=1 cols=65 depth=160 format=q5_1",
    "rows=4 cols=35 depth=96 format=mxfp4",
    "rows=2 cols=130 depth=512",
    "rows=8 cols=1 depth=768",
    "rows=5 cols=7 depth=2816 format=q8_0",
    "rows=8 cols=33 depth=1152 format=q4_0",
    "rows=2 cols=7 depth=8192 format=f16",
    "rows=1 cols=9 depth=8192 format=q4_k",
    "rows=128 cols=3 depth=4 format=f16",
    "rows=2 cols=33 depth=7",
    "rows=3 cols=31 depth=256 n_base=3",
    "rows=2 cols=35 depth=96 format=q8_0 n_base=3 alpha=0.75",
    "rows=17 cols=9 depth=512 format=q4_k n_base=64 alpha=-2",
    "rows=3 cols=5 depth=768 format=q2_k raw=1",
    "rows=3 cols=5 depth=768 format=q3_k raw=1",
    "rows=1 cols=5 depth=768 format=q4_k raw=1",
    "rows=3 cols=5 depth=768 format=q5_k raw=1",
    "rows=1 cols=5 depth=768 format=q6_k raw=1",
    "rows=3 cols=5 depth=224 format=q8_0 raw=1",
    "rows=1 cols=5 depth=224 format=q4_0 raw=1",
    "rows=3 cols=5 depth=224 format=q4_1 raw=1",
    "rows=1 cols=5 depth=224 format=q5_0 raw=1",
    "rows=3 cols=5 depth=224 format=q5_1 raw=1",
    "rows=2 cols=5 depth=224 format=mxfp4 raw=1",
};

// Of chains around a matmul.
const Shapes kLinked = {
    "rows=1 cols=33 depth=256 format=q4_k pad=4",
    "rows=1 cols=1 depth=31",
    "rows=3 cols=65 depth=172 pad=4",
    "rows=1 cols=130 depth=288 format=q8_0",
    "rows=2 cols=37 depth=520 format=f16 pad=4",
    "rows=3 cols=9 depth=33 format=bf16",
    "rows=5 cols=31 depth=256 format=q6_k",
    "rows=1 cols=65 depth=160 format=q5_0 pad=4",
    "rows=8 cols=64 depth=96 format=q4_0",
    "rows=4 cols=35 depth=96 format=mxfp4",
    "rows=1 cols=257 depth=2816 format=q4_k pad=4",
};

const Shapes kDequant = {
    "blocks=3 raw=1",
    "blocks=1 F16_OUT=1",
    "blocks=7 raw=1 block_base=3 out_base=6 F16_OUT=1",
    "blocks=255 raw=1 block_base=1 out_base=5",
    "blocks=256 raw=1 F16_OUT=1",
    "blocks=257",
};

const Shapes kDequantMxfp4 = {
    "rows=3",
    "rows=3 F16_OUT=1 out_base=2",
    "rows=2 EXPERT=1 expert=2 PLANES=1 groups_per_row=5",
    "rows=3 EXPERT=1 expert=1 out_base=3",
    "rows=4 PLANES=1 groups_per_row=8",
    "rows=1 groups_per_row=257 PLANES=1 F16_OUT=1",
    "rows=5 groups_per_row=51",
};

const Shapes kMatmulAdd = {
    "rows=1 cols=33 depth=31",
    "rows=1 cols=64 depth=1000",
    "rows=1 cols=37 depth=520 format=f16",
    "rows=3 cols=9 depth=31 format=f16",
    "rows=17 cols=63 depth=33 format=bf16",
    "rows=65 cols=33 depth=96 format=q8_0",
    "rows=1 cols=257 depth=512 format=q4_k",
    "rows=5 cols=31 depth=256 format=q6_k",
};

const Shapes kRopeKvWrite = {
    "rows=1 pos=0",
    "rows=2 pos=15 kv_heads=1 INTERLEAVED=1",
    "rows=3 pos=16",
    "rows=37 pos=2 capacity=64 rot=32",
    "rows=1 pos=7 F16_KV=1",
    "rows=5 pos=13 F16_KV=1 kv_heads=3 head_dim=2",
    "rows=4 pos=3 F16_KV=1 head_dim=80 INTERLEAVED=1",
    "rows=4 pos=3 F16_KV=1 head_dim=80 rot=6",
};

const Shapes kAttention = {
    "rows=1 pos=0 group=1",
    "rows=1 pos=1 group=1 F16_KV=1",
    "rows=1 pos=127 group=3",
    "rows=1 pos=128 group=8 kv_heads=1",
    "rows=1 pos=1500 group=7 head_dim=128 F16_KV=1",
    "rows=1 pos=4096 group=4 kv_heads=1 F16_KV=1",
    "rows=2 pos=63 window=5",
    "rows=31 pos=0 head_dim=80 F16_KV=1",
    "rows=65 pos=63 group=3 kv_heads=1 window=64",
    "rows=130 pos=1 group=1 head_dim=72",
    "rows=33 pos=300 head_dim=256 kv_heads=1 F16_KV=1",
    "rows=3 pos=9 head_dim=33",
    "rows=3 pos=9 head_dim=512 kv_heads=1",
    "rows=9 pos=40 softcap=5 spread=8",
    "rows=2 pos=40 softcap=5 spread=8 F16_KV=1",
    "rows=4 pos=200 spread=30",
    "rows=1 pos=6 group=3",
    "rows=1 pos=30 head_dim=96",
    "rows=1 pos=31 head_dim=112 F16_KV=1",
    "rows=1 pos=32 window=1",
    "rows=1 pos=62 group=8 kv_heads=1 window=64",
    "rows=1 pos=64 spread=80",
    "rows=64 pos=0 group=1",
    "rows=2 pos=3 head_dim=1",
    "rows=2 pos=3 head_dim=1000",
};

const Shapes kRope = {
    "rows=1 heads=1",
    "rows=2 heads=8 head_dim=80 pos=1",
    "rows=17 heads=3 head_dim=128 rot=64",
    "rows=3 heads=2 head_dim=256 rot=2 pos=4095",
    "rows=1 heads=1 INTERLEAVED=1",
    "rows=2 heads=8 head_dim=80 pos=1 INTERLEAVED=1",
    "rows=17 heads=3 head_dim=128 rot=64 INTERLEAVED=1",
    "rows=3 heads=2 head_dim=256 rot=2 pos=4095 INTERLEAVED=1",
    "rows=1 heads=2 head_dim=600 pos=3",
};

// Each way to scale, computed in the kernel or by the host; with and without factors.
const Shapes kRopeCompute = {
    "pos=0",
    "pos=500 head_dim=128 base=1e6 scale=4 INTERLEAVED=1",
    "heads=1 head_dim=6 rot=2",
    "pos=3 head_dim=80 rot=64 HAS_FACTORS=1",
    "pos=70001 HOST_FREQ=1",
    "pos=17 head_dim=8 HOST_FREQ=1 INTERLEAVED=1",
    "pos=17 SCALING=1 scale=3",
    "rot=2 SCALING=1 scale=3",
    "pos=500 base=5e5 SCALING=2 scale=8 attn_factor=1.25",
    "pos=17 SCALING=2 scale=8 round=0 INTERLEAVED=1",
    "pos=500 base=5e5 SCALING=3 scale=8",
    "pos=17 base=5e5 SCALING=3 scale=8 HAS_FACTORS=1",
};

const Shapes kRopeInit = {
    "positions=5 rot=2",
    "positions=3 rot=128 base=1e6 scale=4 pos_base=300",
    "positions=70 rot=64 HAS_FACTORS=1",
    "positions=3 rot=64 pos_base=70001 HOST_FREQ=1",
    "positions=17 rot=8 HOST_FREQ=1 attn_factor=1.25",
    "positions=5 rot=64 SCALING=1 scale=3",
    "positions=5 rot=64 base=5e5 SCALING=2 scale=8 attn_factor=1.25",
    "positions=5 rot=64 SCALING=2 scale=8 round=0",
    "positions=5 rot=64 base=5e5 SCALING=3 scale=8",
};

const Shapes kAttentionSplit = {
    "rows=1 pos=0 splits=1",
    "rows=1 pos=0 splits=4",
    "rows=1 pos=127 group=3 splits=2",
    "rows=2 pos=200 splits=3 F16_KV=1",
    "rows=1 pos=1500 group=7 head_dim=128 splits=9 F16_KV=1",
    "rows=2 pos=63 window=5 splits=2",
    "rows=3 pos=9 head_dim=512 kv_heads=1 splits=2",
    "rows=1 pos=300 splits=5",
    "rows=2 pos=130 head_dim=72 softcap=5 spread=8 splits=2",
    "rows=1 pos=6 splits=7",
    "rows=1 pos=31 splits=2",
    "rows=1 pos=32 group=3 splits=16",
    "rows=1 pos=63 window=64 splits=2",
    "rows=1 pos=64 spread=80 splits=3 F16_KV=1",
    "rows=1 pos=999 splits=64",
};

const Shapes kCast = {
    "size=1",
    "size=2 src_base=1",
    "size=3 dst_base=4",
    "size=255 src_base=3 dst_base=2",
    "size=69001",
    "size=65536 src_base=1 dst_base=6",
};

const Shapes kSample = {
    "vocab=1",
    "vocab=1 SINGLE_PASS=1",
    "vocab=257 spread=0 mean=-2.5",
    "vocab=255",
    "vocab=256 SINGLE_PASS=1",
    "vocab=4099 ties=1",
    "vocab=4099 ties=1 IS_REDUCE_PHASE=1",
    "vocab=4099 ties=1 SINGLE_PASS=1",
    "vocab=4099 nan=1",
    "vocab=300 nan=1 IS_REDUCE_PHASE=1",
    "vocab=300 masked=1",
    "vocab=300 masked=1 IS_REDUCE_PHASE=1",
    "vocab=300 masked=1 SINGLE_PASS=1",
    "vocab=300 stopped=1 IS_REDUCE_PHASE=1",
    "vocab=50000 ITEMS=16 WG=128",
    "vocab=50000 ITEMS=16 WG=128 IS_REDUCE_PHASE=1",
};

const Shapes kSampleFull = {
    "spread=3",
    "vocab=1",
    "vocab=257 spread=3 top_k=0",
    "spread=3 temperature=0",
    "spread=3 top_k=1",
    "spread=3 top_p=0.3",
    "vocab=257 spread=3 top_p=1 min_p=0 temperature=1.5",
    "spread=3 top_p=1 min_p=0.2 nan=2",
    "vocab=300 spread=3 ties=2 temp_last=1 temperature=2",
    "spread=3 top_p=0",
    "spread=3 top_k=300 top_p=1 temperature=3",
    "vocab=67 spread=0 mean=-2.5 top_k=0 min_p=0 top_p=1",
    "vocab=67 masked=1",
    "vocab=300 nan=1",
    "vocab=300 stopped=1",
    "vocab=20000 spread=4 top_k=0 top_p=0.9 min_p=0",
};

// Those before the first with PHASE=2 are lists; there k is at most K_MAX.
const Shapes kSampleTopk = {
    "vocab=1",
    "vocab=31 ties=2",
    "vocab=512",
    "ties=2",
    "vocab=70 masked=1",
    "nan=2",
    "vocab=31 PHASE=1",
    "PHASE=1 ties=2",
    "vocab=20000 PHASE=1 ties=2",
    "spread=3 PHASE=2",
    "spread=3 PHASE=2 temperature=0",
    "spread=3 PHASE=2 top_k=1",
    "spread=3 PHASE=2 top_p=0.3",
    "spread=3 PHASE=2 top_p=1 min_p=0 temperature=1.5",
    "spread=3 PHASE=2 top_p=1 min_p=0.2 nan=2",
    "vocab=300 spread=3 PHASE=2 ties=2 temp_last=1 temperature=2 top_k=20",
    "spread=3 PHASE=2 top_p=0",
    "vocab=20 PHASE=2 count=9 masked=1",
    "PHASE=2 stopped=1",
};

const std::map<std::string_view, Shapes>& Table() {
  static const std::map<std::string_view, Shapes> table = {
      {"attention", kAttention},
      {"attention_merge",
       {"rows=1 heads=1 splits=1 head_dim=4", "rows=2 heads=7 splits=3 head_dim=80",
        "rows=1 heads=2 splits=64 head_dim=36", "rows=1 heads=5 splits=2 head_dim=256 spread=9"}},
      {"attention_split", kAttentionSplit},
      {"bf16_to_f16", kCast},
      {"bf16_to_f32", With(kCast, {"size=300 dst_base=5"})},
      {"cast_f32_to_f16", kCast},
      {"dequant_mxfp4", kDequantMxfp4},
      {"dequant_q4_0", kDequant},
      {"dequant_q4k", kDequant},
      {"dequant_q6k", kDequant},
      {"dequant_q8_0", kDequant},
      {"check_stop",
       {"sequences=1", "sequences=1 kind=1", "sequences=1 kind=2", "sequences=1 kind=3 rows=7",
        "sequences=1 kind=4", "sequences=6", "sequences=6 stops=0", "sequences=6 stops=5",
        "sequences=1 kind=1 stops=1", "sequences=200", "sequences=6 SAMPLED=0",
        "sequences=1 kind=3 SAMPLED=0"}},
      {"embed",
       {"rows=1 dim=7",
        "rows=4 dim=512",
        "rows=3 dim=512 format=q2_k raw=1",
        "rows=3 dim=512 format=q3_k raw=1",
        "rows=3 dim=512 format=q4_k raw=1",
        "rows=3 dim=512 format=q5_k raw=1",
        "rows=3 dim=512 format=q6_k raw=1",
        "rows=3 dim=224 format=q8_0 raw=1",
        "rows=3 dim=224 format=q4_0 raw=1",
        "rows=3 dim=224 format=q4_1 raw=1",
        "rows=3 dim=224 format=q5_0 raw=1",
        "rows=3 dim=224 format=q5_1 raw=1",
        "rows=3 dim=224 format=mxfp4 raw=1",
        "rows=3 dim=64 scale=45.25",
        "rows=9 dim=33 vocab=90 row_base=41",
        "rows=70 dim=33 format=f16",
        "rows=70 dim=33 format=bf16",
        "rows=5 dim=96 format=q8_0",
        "rows=5 dim=96 format=q4_0",
        "rows=5 dim=96 format=q4_1",
        "rows=5 dim=96 format=q5_0",
        "rows=5 dim=96 format=q5_1",
        "rows=5 dim=96 format=mxfp4",
        "rows=9 dim=512 format=q2_k",
        "rows=9 dim=512 format=q3_k",
        "rows=9 dim=512 format=q4_k",
        "rows=9 dim=512 format=q5_k",
        "rows=9 dim=512 format=q6_k",
        "rows=700 dim=8 scale=3",
        "rows=1 dim=7 FROM_STATE=1",
        "rows=5 dim=96 format=q8_0 FROM_STATE=1",
        "rows=9 dim=33 vocab=90 row_base=41 FROM_STATE=1"}},
      {"expert_matmul",
       {"rows=1 cols=1 depth=1 x_div=1", "rows=6", "rows=7 x_div=1 cols=31 depth=33",
        "rows=64 x_div=4 experts=8 format=q8_0", "rows=1 cols=9 format=q4_k",
        "rows=20 x_div=1 cols=70 depth=96 format=mxfp4", "rows=5 depth=512 format=f16",
        "rows=9 experts=1 format=q6_k"}},
      {"expert_sum",
       {"rows=1 dim=1 top_k=1", "rows=3 dim=33 top_k=4", "rows=70 dim=128 top_k=8 spread=1e4"}},
      {"kv_write",
       {"rows=1 pos=0", "rows=2 pos=15 kv_heads=1", "rows=3 pos=16", "rows=37 pos=2 capacity=64",
        "rows=1 pos=0 F16_KV=1", "rows=5 pos=13 F16_KV=1 kv_heads=3 head_dim=2",
        "rows=4 pos=0 F16_KV=1 head_dim=80 spread=1e4", "rows=2 pos=3 F16_KV=1 spread=1e5",
        "rows=2 pos=3 F16_KV=1 spread=1e-7"}},
      {"matmul", kMatmul},
      {"matmul+", kLinked},
      {"matmul_add", kMatmulAdd},
      {"matmul_swiglu", kLinked},
      {"matmul_norm",
       {"rows=1 cols=33 depth=256 format=q4_k", "rows=1 cols=1 depth=31",
        "rows=3 cols=257 depth=172 RESIDUAL=1", "rows=2 cols=130 depth=288 format=q8_0 RESIDUAL=2",
        "rows=2 cols=37 depth=520 format=f16", "rows=3 cols=300 depth=256 format=q6_k RESIDUAL=1",
        "rows=1 cols=65 depth=160 format=q5_0 RESIDUAL=2"}},
      {"moe_gather",
       {"tokens=1 top_k=1 experts=1", "tokens=257 experts=1024 dim=1", "tokens=3 dim=260",
        "tokens=70 cap=3 dim=7", "tokens=100 top_k=8 experts=128 dim=64",
        "tokens=20 cap=3 dim=1 crowded=1"}},
      {"moe_map",
       {"tokens=1 top_k=1 experts=1", "tokens=1 top_k=1 experts=1 PHASE=1", "tokens=257 PHASE=1",
        "tokens=257 crowded=1", "tokens=257 PHASE=1 crowded=1",
        "tokens=100 top_k=8 experts=128 PHASE=1", "tokens=100 top_k=8 experts=128",
        "tokens=300 top_k=8 experts=1024 PHASE=1", "tokens=2000 PHASE=1", "tokens=3 PHASE=1 cap=3",
        "tokens=257 PHASE=1 cap=3 crowded=1"}},
      {"probe_copy", {"size=2048", "size=4096", "size=12288", "size=65536"}},
      {"probe_dirt", {"size=1", "size=63", "size=4099"}},
      {"probe_fma", {"size=1", "size=63 steps=1", "size=300 steps=3", "size=4099 steps=0"}},
      {"rope", kRope},
      {"rope_compute", kRopeCompute},
      {"rope_compute_qk",
       With(kRopeCompute, {"heads=3 k_heads=2", "heads=5 rot=62 INTERLEAVED=1"})},
      {"rope_qk",
       With(kRope, {"rows=1 heads=1 k_heads=3", "rows=2 heads=8 k_heads=2 head_dim=80 rot=64",
                    "rows=19 heads=7 k_heads=1 pos=3 INTERLEAVED=1"})},
      {"rope_kv_write", kRopeKvWrite},
      {"rope_init", kRopeInit},
      {"sample", kSample},
      {"sample_full", kSampleFull},
      {"sample_topk", kSampleTopk},
      {"scatter_add",
       {"tokens=5 dim=2816", "tokens=1 top_k=1 experts=1 dim=1", "tokens=70 dim=7",
        "tokens=33 dim=64", "tokens=33 dim=64 DYNAMIC_LAYOUT=1",
        "tokens=70 dim=7 cap=3 DYNAMIC_LAYOUT=1", "tokens=33 dim=64 DYNAMIC_LAYOUT=1 ACCUMULATE=1",
        "tokens=70 dim=7 cap=3 DYNAMIC_LAYOUT=1 ACCUMULATE=1 crowded=1"}},
      {"split_qkv",
       {"rows=1 head_dim=2", "rows=3 head_dim=7", "rows=17 group=1", "rows=3 LAYOUT=1",
        "rows=5 group=7 head_dim=80 LAYOUT=1", "rows=3 F16_OUT=1", "rows=17 F16_OUT=1 spread=1e5",
        "rows=5 kv_heads=3 head_dim=6 F16_OUT=1"}},
      {"top_k",
       {"rows=1 experts=1 top_k=1", "rows=3", "rows=70 experts=128 top_k=8 RENORM=1",
        "rows=3 experts=31 top_k=31", "rows=3 experts=32 top_k=4 data=equal",
        "rows=5 experts=8 data=edge"}},
      {"topk",
       {"rows=1 experts=1 top_k=1", "rows=3", "rows=70 experts=60 top_k=8 FUSED_SOFTMAX=1 RENORM=1",
        "rows=2 experts=257 top_k=8 SIGMOID=1 HAS_BIAS=1 RENORM=1",
        "rows=1 experts=1024 top_k=32 FUSED_SOFTMAX=1", "rows=3 experts=31 top_k=4 spread=0",
        "rows=3 experts=8 top_k=8", "rows=2 experts=2 top_k=1 RENORM=1",
        "rows=5 experts=64 top_k=8 SIGMOID=1", "rows=2 experts=128 top_k=4 HAS_BIAS=1 SIGMOID=1",
        "rows=5 experts=8 FUSED_SOFTMAX=1 RENORM=1", "rows=3 experts=60 top_k=4 HAS_BIAS=1"}},
  };
  return table;
}

}  // namespace

std::span<const std::string_view> ShapesOf(std::string_view op) {
  for (const auto of_part : {ElementwiseShapesOf(op), NormShapesOf(op)}) {
    if (!of_part.empty()) return of_part;
  }
  const bool is_chain = op.find('+') != std::string_view::npos;
  auto it = Table().find(is_chain ? "matmul+" : op);
  if (it == Table().end()) return {};
  return it->second;
}

}  // namespace ingot::verify
