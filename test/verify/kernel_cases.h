// The conformance table: one row for each kernel, with the shapes that it is held to. A kernel
// without a row fails. Shapes are of MakeCase (ingot/verify/cases.h); each runs with every variant.
#pragma once

#include <string_view>
#include <vector>

namespace ingot::verify {

struct KernelCases {
  std::string_view kernel;
  std::vector<std::string_view> shapes;
};

// Sizes 1, odd, around vectors and chunks, and one that is shared by several threads.
inline const std::vector<std::string_view> kSizes = {"size=1",           "size=2",
                                                     "size=3",           "size=31",
                                                     "size=63",          "size=64",
                                                     "size=65",          "size=255",
                                                     "size=257",         "size=1023",
                                                     "size=4099",        "size=65537",
                                                     "size=9 data=edge", "size=1000 spread=1e4",
                                                     "size=70 mean=-3"};

inline const std::vector<std::string_view> kNormShapes = {
    "rows=1 dim=1",    "rows=2 dim=2",    "rows=17 dim=7",
    "rows=3 dim=64",   "rows=3 dim=127",  "rows=3 dim=256",
    "rows=3 dim=257",  "rows=2 dim=1000", "rows=2 dim=4097 spread=1e4",
    "rows=1 dim=8192", "rows=4000 dim=8", "rows=2 dim=2560 spread=1e-4"};

inline const std::vector<std::string_view> kMatmulShapes = {"rows=1 cols=1 depth=1",
                                                            "rows=1 cols=33 depth=31",
                                                            "rows=2 cols=3 depth=172",
                                                            "rows=1 cols=64 depth=1000",
                                                            "rows=15 cols=31 depth=257",
                                                            "rows=16 cols=129 depth=32 format=f16",
                                                            "rows=17 cols=63 depth=33 format=bf16",
                                                            "rows=63 cols=64 depth=512 format=q8_0",
                                                            "rows=65 cols=33 depth=256 format=q4_k",
                                                            "rows=1 cols=257 depth=512 format=q4_k",
                                                            "rows=1 cols=31 depth=256 format=q6_k",
                                                            "rows=5 cols=31 depth=256 format=q5_k",
                                                            "rows=3 cols=7 depth=768 format=q3_k",
                                                            "rows=3 cols=7 depth=256 format=q2_k",
                                                            "rows=2 cols=65 depth=96 format=q4_0",
                                                            "rows=2 cols=65 depth=96 format=q4_1",
                                                            "rows=1 cols=65 depth=160 format=q5_0",
                                                            "rows=1 cols=65 depth=160 format=q5_1"};

inline const std::vector<std::string_view> kAttentionShapes = {
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
    "rows=4 pos=200 spread=30"};

inline const std::vector<KernelCases> kKernelCases = {
    {"attention", kAttentionShapes},
    {"attention_reference", kAttentionShapes},
    {"bias_add", {"rows=1 dim=1", "rows=3 dim=7", "rows=17 dim=2817", "rows=2 dim=128 spread=1e4"}},
    {"gather",
     {"rows=1 dim=7", "rows=3 dim=64 scale=45.25", "rows=70 dim=33 format=f16",
      "rows=70 dim=33 format=bf16", "rows=5 dim=96 format=q8_0", "rows=5 dim=96 format=q4_0",
      "rows=5 dim=96 format=q4_1", "rows=5 dim=96 format=q5_0", "rows=5 dim=96 format=q5_1",
      "rows=5 dim=96 format=mxfp4", "rows=9 dim=512 format=q2_k", "rows=9 dim=512 format=q3_k",
      "rows=9 dim=512 format=q4_k", "rows=9 dim=512 format=q5_k", "rows=9 dim=512 format=q6_k",
      "rows=7000 dim=8 scale=3"}},
    {"gelu", kSizes},
    {"gelu_tanh", kSizes},
    {"kv_write",
     {"rows=1 pos=0", "rows=2 pos=15 kv_heads=1", "rows=3 pos=16", "rows=37 pos=2 capacity=64",
      "rows=1 pos=0 F16_KV=1", "rows=5 pos=13 F16_KV=1 kv_heads=3 head_dim=2",
      "rows=4 pos=0 F16_KV=1 head_dim=80 spread=1e4"}},
    {"last_rows", {"rows=1 outputs=1", "rows=5 outputs=2 dim=7", "rows=700 outputs=700 dim=65"}},
    {"layernorm",
     {"rows=2 dim=1", "rows=2 dim=2 HAS_BIAS=1", "rows=17 dim=7", "rows=3 dim=127 HAS_BIAS=1",
      "rows=3 dim=257", "rows=2 dim=4097 HAS_BIAS=1", "rows=1 dim=8192",
      "rows=3 dim=1000 mean=1e4 HAS_BIAS=1", "rows=3 dim=2560 mean=1e4",
      "rows=5 dim=64 spread=1e-4"}},
    {"matmul_blas", kMatmulShapes},
    {"matmul_blocked", kMatmulShapes},
    {"matmul_fast", kMatmulShapes},
    {"matmul_parallel", kMatmulShapes},
    {"matmul_reference", kMatmulShapes},
    {"mul", kSizes},
    {"relu", kSizes},
    {"residual", kSizes},
    {"rmsnorm", kNormShapes},
    {"rope_precomputed",
     {"rows=1 heads=1", "rows=2 heads=8 head_dim=80 pos=1", "rows=17 heads=3 head_dim=128 rot=64",
      "rows=3 heads=2 head_dim=256 rot=2 pos=4095", "rows=1 heads=1 INTERLEAVED=1",
      "rows=2 heads=8 head_dim=80 pos=1 INTERLEAVED=1",
      "rows=17 heads=3 head_dim=128 rot=64 INTERLEAVED=1",
      "rows=3 heads=2 head_dim=256 rot=2 pos=4095 INTERLEAVED=1",
      "rows=1 heads=2 head_dim=600 pos=3"}},
    {"scale", {"size=1 scale=0", "size=257 scale=-1", "size=65537", "size=9 data=edge scale=1"}},
    {"sigmoid", kSizes},
    {"silu", kSizes},
    {"softcap",
     {"size=1", "size=257 softcap=0.5", "size=65537 spread=50", "size=9 data=edge softcap=30"}},
    {"softmax",
     {"outer=1 inner=1", "outer=3 inner=2", "outer=3 inner=7 spread=1e4", "outer=5 inner=32",
      "outer=2 inner=127", "outer=2 inner=256 spread=30", "outer=1 inner=257",
      "outer=3 inner=1000 mean=1e4", "outer=1 inner=4097", "outer=7000 inner=8",
      "outer=1 inner=151936"}},
};

}  // namespace ingot::verify
