// The shapes of ops that give every element by itself.
#include <map>
#include <vector>

#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

using Shapes = std::vector<std::string_view>;

// The last sizes are shared by several threads of a CPU.
const Shapes kSizes = {
    "size=1",           "size=2",
    "size=3",           "size=31",
    "size=63",          "size=64",
    "size=65",          "size=255",
    "size=257",         "size=1023",
    "size=4099",        "size=65537",
    "size=9 data=edge", "size=1000 spread=1e4",
    "size=70 mean=-3",
};

Shapes With(Shapes shapes, const Shapes& more) {
  shapes.insert(shapes.end(), more.begin(), more.end());
  return shapes;
}

const Shapes kInPlace =
    With(kSizes, {"size=1 IN_PLACE=1", "size=66 IN_PLACE=1", "size=1027 IN_PLACE=1",
                  "size=2 F16_IO=1", "size=258 F16_IO=1", "size=1030 F16_IO=1 spread=1e4",
                  "size=66000 F16_IO=1", "size=14 IN_PLACE=1 F16_IO=1"});

const Shapes kActivation = With(
    kSizes, {"size=301 dim=7 HAS_BIAS=1", "size=64 dim=8 HAS_BIAS=1 spread=9", "size=63 IN_PLACE=1",
             "size=1027 dim=13 HAS_BIAS=1 IN_PLACE=1", "size=6 IN_PLACE=1", "size=2 F16_IO=1",
             "size=258 F16_IO=1 spread=9", "size=66000 F16_IO=1", "size=1030 IN_PLACE=1 F16_IO=1"});

// Of activations with two inputs.
const Shapes kGated =
    With(kActivation,
         {"size=1 LAYOUT=1", "size=259 LAYOUT=1", "size=1026 dim=19 LAYOUT=1 HAS_BIAS=1",
          "size=2 LAYOUT=2", "size=260 LAYOUT=2", "size=1027 LAYOUT=2 spread=9",
          "size=3 dim=1 LAYOUT=3", "size=6 dim=2 LAYOUT=3", "size=301 dim=7 LAYOUT=3 HAS_BIAS=1",
          "size=1280 dim=128 LAYOUT=3", "size=2817 LAYOUT=3", "size=90 dim=30 LAYOUT=3 HAS_BIAS=1",
          "size=262 F16_IO=1 LAYOUT=1", "size=30 F16_IO=1 LAYOUT=2",
          "size=90 dim=30 F16_IO=1 LAYOUT=3 HAS_BIAS=1", "size=512 dim=64 F16_IO=1 LAYOUT=3"});

const std::map<std::string_view, Shapes>& Table() {
  static const std::map<std::string_view, Shapes> table = {
      {"add", With(kInPlace, {"size=257 scale=0.3", "size=66 scale=0", "size=9 data=edge scale=-1",
                              "size=31 scale=0.01 IN_PLACE=1"})},
      {"add_bias",
       {"rows=1 dim=1", "rows=3 dim=7", "rows=17 dim=2817", "rows=2 dim=128 spread=1e4",
        "rows=5 dim=33 IN_PLACE=1", "rows=1 dim=2 IN_PLACE=1", "rows=2 dim=64 IN_PLACE=1",
        "rows=5 dim=6 F16_IO=1", "rows=3 dim=130 F16_IO=1 IN_PLACE=1", "rows=1 dim=2 F16_IO=1"}},
      {"expert_bias",
       {"rows=1 dim=1", "rows=7 dim=33", "rows=70 dim=128 experts=32", "rows=9 dim=3",
        "rows=7 dim=33 IN_PLACE=1", "rows=5 dim=1 IN_PLACE=1", "rows=7 dim=6 F16_IO=1",
        "rows=9 dim=34 F16_IO=1 IN_PLACE=1"}},
      {"fused_swiglu",
       With(kGated, {"size=300 ACT=1", "size=301 dim=7 ACT=1 LAYOUT=3 HAS_BIAS=1",
                     "size=64 dim=4 ACT=1 LAYOUT=3", "size=33 dim=11 ACT=4 LAYOUT=1 HAS_BIAS=1",
                     "size=33 dim=3 ACT=1 LAYOUT=3", "size=1028 ACT=4 LAYOUT=1 limit=2 spread=9",
                     "size=300 ACT=4 limit=2 alpha=1 spread=9", "size=1 ACT=4"})},
      {"geglu", kGated},
      {"gelu", kActivation},
      {"gelu_quick", kActivation},
      {"gelu_tanh", kActivation},
      {"leaky_relu", With(kActivation, {"size=257 leaky_alpha=1", "size=9 data=edge leaky_alpha=0",
                                        "size=300 leaky_alpha=0.3"})},
      {"last_rows",
       {"rows=1 outputs=1", "rows=5 outputs=2 dim=7", "rows=5 outputs=2 dim=6 F16_IO=1",
        "rows=70 outputs=70 dim=66 F16_IO=1", "rows=3 outputs=1 dim=2 F16_IO=1",
        "rows=700 outputs=700 dim=65"}},
      {"mul",
       With(kInPlace, {"size=1 dim=1 PER_ROW=1", "size=301 dim=7 PER_ROW=1",
                       "size=1024 dim=128 PER_ROW=1", "size=67 dim=1 PER_ROW=1",
                       "size=1030 dim=515 PER_ROW=1", "size=33 dim=11 PER_ROW=1 IN_PLACE=1",
                       "size=90 dim=6 PER_ROW=1 F16_IO=1", "size=1030 dim=2 PER_ROW=1 F16_IO=1"})},
      {"relu", With(kActivation,
                    {"size=1 SQUARED=1", "size=1027 SQUARED=1", "size=300 SQUARED=1",
                     "size=300 dim=20 SQUARED=1 HAS_BIAS=1", "size=42 dim=6 HAS_GATE=1 LAYOUT=3"})},
      {"scale",
       {"size=1 scale=0", "size=257 scale=-1", "size=65537", "size=9 data=edge scale=1",
        "size=257 HAS_SOFTCAP=1 scale=0.7", "size=63 IN_PLACE=1", "size=258 IN_PLACE=1 scale=-1",
        "size=1029 IN_PLACE=1 HAS_SOFTCAP=1", "size=2 F16_IO=1 scale=3",
        "size=1030 F16_IO=1 scale=0.7", "size=258 F16_IO=1 scale=1e3 spread=100",
        "size=262 F16_IO=1 HAS_SOFTCAP=1", "size=30 F16_IO=1 IN_PLACE=1"}},
      {"sigmoid", kActivation},
      {"silu", kActivation},
      {"softcap",
       {"size=1", "size=257 softcap=0.5", "size=65537 spread=50", "size=9 data=edge softcap=30",
        "size=63 IN_PLACE=1", "size=258 F16_IO=1"}},
      {"swiglu", kGated},
      {"swiglu_oai", With(kGated, {"size=300 spread=9 limit=2 alpha=1"})},
  };
  return table;
}

}  // namespace

std::span<const std::string_view> ElementwiseShapesOf(std::string_view op) {
  auto it = Table().find(op);
  if (it == Table().end()) return {};
  return it->second;
}

}  // namespace ingot::verify
