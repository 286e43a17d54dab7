// From cases to the resolver: what a kernel asks for an op of some shape.
#pragma once

#include <span>
#include <string_view>

#include "ingot/kernels/resolver.h"
#include "ingot/verify/gate.h"

namespace ingot::verify {

kernels::OpQuery QueryOf(const KernelCase& kernel_case, Phase phase);

// What all kernels of the op together ask. Fails where the shape is none of the op.
Result<kernels::OpQuery> QueryFor(std::span<const kernels::KernelDesc* const> kernels,
                                  std::string_view op, std::string_view shape, Phase phase);

}  // namespace ingot::verify
