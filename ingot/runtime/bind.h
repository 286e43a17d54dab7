// From a dispatch of a Program to a command of a device: names held against the kernel's
// description, sizes evaluated for one run.
#pragma once

#include <span>
#include <string>

#include "ingot/kernels/kernel.h"
#include "ingot/program/program.h"
#include "ingot/runtime/device.h"

namespace ingot::runtime {

// How messages name a dispatch: `dispatch 3 (matmul q_proj layer 0) kernel matmul/wide {ROWS=4}
// grid (1, 1, 1)`.
std::string PlaceOf(size_t index, const program::Dispatch& dispatch);

// Whether bindings (name, order, access, layout) and uniforms (name, order, kind) are those of the
// description. Logits are rows.
Status Match(const program::Dispatch& dispatch, const kernels::KernelDesc& desc);

// `buffers` holds every buffer of the Program by its id. REQUIRES: Match(dispatch,
// pipeline.desc()).ok().
Result<Command> MakeCommand(const program::Dispatch& dispatch, Pipeline& pipeline,
                            const program::Symbols& symbols, std::span<Buffer* const> buffers,
                            std::string label);

}  // namespace ingot::runtime
