// Check: whether a Program is one that may run, without looking at any device or kernel.
#pragma once

#include "ingot/program/program.h"

namespace ingot::program {

// Sizes are judged for the smallest and the largest run, and for a cache of this many positions.
inline constexpr uint64_t kCheckedCapacity = uint64_t{1} << 20;

// Names and ids are unique and in range; every binding fits its buffer for the smallest and the
// largest run and has its dtype and layout (logits may be written as rows); scratch is written
// before it is read; no buffer is bound both read and read-write in one dispatch, nor twice
// read-write; the members of a group are adjacent and none writes what another touches; ids,
// weights, tables and vectors are never written; the logits are written; uniforms and grids fit
// their words. Up to 20 violations, one a line, each with its dispatch: `dispatch 3 (matmul q_proj
// layer 0): binding w (4096 bytes) is larger than buffer blk.0.attn_q.weight (2048)`.
Status Check(const Program& program);

}  // namespace ingot::program
