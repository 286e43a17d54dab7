#include "ingot/plan/knobs.h"

namespace ingot::plan {
namespace {

constexpr Knob kRows[] = {
    {"tile_m", &Knobs::tile_m, 1, 512, "TILE_M", nullptr},
    {"tile_n", &Knobs::tile_n, 1, 512, "TILE_N", nullptr},
    {"tile_k", &Knobs::tile_k, 1, 512, "TILE_K", nullptr},
    {"threads", &Knobs::threads, 0, 256, nullptr, nullptr},
    {"enable_fold_constants", &Knobs::enable_fold_constants, 0, 0, nullptr, "fold-constants"},
};

}  // namespace

std::span<const Knob> KnobRows() { return kRows; }

}  // namespace ingot::plan
