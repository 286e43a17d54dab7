// The part of a dispatch that its kernel's header decides: uniforms and grid. Without MLIR, so that
// whoever makes a Program makes its dispatches in the same way.
#pragma once

#include <map>
#include <string>
#include <variant>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/kernels/kernel.h"
#include "ingot/program/program.h"

namespace ingot::ir {

// Values of uniforms by name; more than the kernel has do no harm.
using OfferedUniforms = std::map<std::string, std::variant<program::Size, float>, std::less<>>;

// Fills uniforms and grid of `dispatch`, whose overrides are set: what the header computes or
// fixes, else what is offered. Fails where a uniform is not offered or an expression has no value
// as a Size, and with kUnsupported where a requirement does not hold, as far as no run changes it.
Status CompleteDispatch(const kernels::KernelDesc& kernel, const DeviceFacts& facts,
                        const OfferedUniforms& offered, program::Dispatch* dispatch);

}  // namespace ingot::ir
