// The shapes of norms and softmaxes: what is summed over a row.
#include <map>
#include <vector>

#include "ingot/verify/shapes.h"

namespace ingot::verify {
namespace {

using Shapes = std::vector<std::string_view>;

Shapes With(Shapes shapes, const Shapes& more) {
  shapes.insert(shapes.end(), more.begin(), more.end());
  return shapes;
}

const Shapes kNorm = {
    "rows=1 dim=1",
    "rows=2 dim=2",
    "rows=17 dim=7",
    "rows=3 dim=64",
    "rows=3 dim=127",
    "rows=3 dim=256",
    "rows=3 dim=257",
    "rows=2 dim=1000",
    "rows=2 dim=4097 spread=1e4",
    "rows=1 dim=8192",
    "rows=400 dim=8",
    "rows=2 dim=2560 spread=1e-4",
    "rows=2 dim=65 data=zero",
    "rows=2 dim=130 mean=1e4",
    "rows=3 dim=33 data=equal",
    "rows=3 dim=257 w_add=1",
    "rows=3 dim=300 NO_WEIGHT=1",
    "rows=1 dim=1 NO_WEIGHT=1",
    "rows=2 dim=4500 NO_WEIGHT=1",
    "rows=1 dim=7 SUMSQ_GIVEN=1 parts=1",
    "rows=3 dim=257 SUMSQ_GIVEN=1 parts=2",
    "rows=2 dim=4097 SUMSQ_GIVEN=1",
    "rows=2 dim=64 SUMSQ_GIVEN=1 parts=600",
    "rows=1 dim=2 F16_IO=1",
    "rows=3 dim=258 F16_IO=1",
    "rows=2 dim=4098 F16_IO=1 spread=1e4",
    "rows=2 dim=5000 F16_IO=1",
};

// What a residual may do to a norm.
const Shapes kNormResidual = {
    "rows=1 dim=1 RESIDUAL=2",
    "rows=3 dim=257 RESIDUAL=2",
    "rows=2 dim=4500 RESIDUAL=2 IN_PLACE=1",
    "rows=3 dim=127 RESIDUAL=1",
    "rows=2 dim=4500 RESIDUAL=1",
    "rows=1 dim=2 RESIDUAL=1 IN_PLACE=1",
    "rows=3 dim=257 RESIDUAL=1 IN_PLACE=1",
    "rows=2 dim=5000 RESIDUAL=1 IN_PLACE=1",
    "rows=3 dim=65 IN_PLACE=1",
    "rows=2 dim=4097 IN_PLACE=1",
    "rows=3 dim=66 F16_IO=1 IN_PLACE=1",
    "rows=2 dim=4502 F16_IO=1 RESIDUAL=1",
    "rows=3 dim=258 F16_IO=1 RESIDUAL=2",
};

const Shapes kLayerNorm = {
    "rows=2 dim=1",
    "rows=2 dim=2 HAS_BIAS=1",
    "rows=17 dim=7",
    "rows=3 dim=127 HAS_BIAS=1",
    "rows=3 dim=257",
    "rows=2 dim=4097 HAS_BIAS=1",
    "rows=1 dim=8192",
    "rows=3 dim=1000 mean=1e4 HAS_BIAS=1",
    "rows=3 dim=2560 mean=1e4",
    "rows=5 dim=64 spread=1e-4",
    "rows=1 dim=1 HAS_AFFINE=0",
    "rows=3 dim=257 HAS_AFFINE=0",
    "rows=2 dim=2500 HAS_AFFINE=0",
    "rows=1 dim=2 F16_IO=1 HAS_BIAS=1",
    "rows=3 dim=258 F16_IO=1 HAS_BIAS=1",
    "rows=2 dim=5000 F16_IO=1",
    "rows=2 dim=1000 F16_IO=1 mean=1e3",
    "rows=2 dim=65 data=zero HAS_BIAS=1",
    "rows=3 dim=33 data=equal",
};

const std::map<std::string_view, Shapes>& Table() {
  static const std::map<std::string_view, Shapes> table = {
      {"add_rms_norm", kNorm},
      {"layer_norm", With(kLayerNorm, kNormResidual)},
      {"log_softmax",
       {"outer=3 inner=31 masked=1",
        "outer=1 inner=1",
        "outer=2 inner=63 IN_PLACE=1 inv_temp=0.1",
        "outer=3 inner=257 inv_temp=10",
        "outer=1 inner=2 IN_PLACE=1",
        "outer=3 inner=1000 IN_PLACE=1",
        "outer=3 inner=2",
        "outer=3 inner=7 spread=100",
        "outer=5 inner=32",
        "outer=2 inner=127",
        "outer=2 inner=256 spread=30",
        "outer=1 inner=257",
        "outer=3 inner=1000 mean=1e4",
        "outer=1 inner=4097",
        "outer=3 inner=2 F16_IO=1",
        "outer=3 inner=258 F16_IO=1 masked=1",
        "outer=2 inner=1000 F16_IO=1 IN_PLACE=1",
        "outer=3 inner=31 rising=1 spread=3",
        "outer=3 inner=256 rising=1 spread=3",
        "outer=3 inner=62 rising=1 F16_IO=1 spread=3",
        "outer=3 inner=31 masked=1 inv_temp=2e-38",
        "outer=700 inner=8"}},
      {"rms_norm", With(kNorm, kNormResidual)},
      {"softmax",
       {"outer=3 inner=257 masked=1",
        "outer=3 inner=31 masked=1 spread=30",
        "outer=1 inner=1",
        "outer=3 inner=2",
        "outer=3 inner=7 spread=1e4",
        "outer=5 inner=32",
        "outer=2 inner=127",
        "outer=2 inner=256 spread=30",
        "outer=1 inner=257",
        "outer=3 inner=1000 mean=1e4",
        "outer=1 inner=4097",
        "outer=3 inner=65 inv_temp=0.1",
        "outer=3 inner=1000 inv_temp=10",
        "outer=3 inner=31 IN_PLACE=1",
        "outer=2 inner=127 IN_PLACE=1",
        "outer=1 inner=1 IN_PLACE=1",
        "outer=3 inner=700 IN_PLACE=1 inv_temp=3",
        "outer=1 inner=1 NORMALISE=1",
        "outer=3 inner=64 NORMALISE=1 masked=1",
        "outer=3 inner=1000 NORMALISE=1",
        "outer=2 inner=9 NORMALISE=1 data=zero",
        "outer=2 inner=127 NORMALISE=1 spread=1e-6",
        "outer=1 inner=2 F16_IO=1",
        "outer=3 inner=62 F16_IO=1 masked=1",
        "outer=2 inner=128 F16_IO=1 IN_PLACE=1",
        "outer=3 inner=1000 F16_IO=1",
        "outer=3 inner=1000 F16_IO=1 NORMALISE=1",
        "outer=3 inner=31 rising=1 spread=3",
        "outer=3 inner=256 rising=1 spread=3",
        "outer=3 inner=62 rising=1 F16_IO=1 spread=3",
        "outer=3 inner=31 masked=1 inv_temp=2e-38",
        "outer=700 inner=8"}},
  };
  return table;
}

}  // namespace

std::span<const std::string_view> NormShapesOf(std::string_view op) {
  auto it = Table().find(op);
  if (it == Table().end()) return {};
  return it->second;
}

}  // namespace ingot::verify
