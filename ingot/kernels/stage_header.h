// The header lines of a stage, under the names of one use, added to those of the kernel.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "ingot/base/status.h"
#include "ingot/kernels/header.h"
#include "ingot/kernels/stage.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

// The override that says how weights are stored.
constexpr std::string_view kWeightFormat = "W_FORMAT";

// The variable, if it is a storage buffer.
const wgsl::Variable* AsStorage(const wgsl::Declaration& declaration);

// Adds to the bytes of workgroup memory.
void AddShared(const HeaderExpr& bytes, Header* header);

// `names` are the new names of bindings, overrides and uniforms. Ranges of overrides `again` are
// there from another use of the stage. Fails on a binding that the stage does not declare.
Status AddStageHeader(const StageUse& use, const NewNames& names,
                      const std::set<std::string>& again, Header* header);

}  // namespace ingot::kernels
