// One module out of a kernel's file and its fragments. Works on trees: no text is pasted.
#pragma once

#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/header_expr.h"
#include "ingot/kernels/wgsl_file.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

// The override that selects between texts: a file `lib/NAME_subgroups.wgsl` stands for fragment
// NAME where it is true, the only place for subgroup built-ins.
constexpr std::string_view kUseSubgroups = "USE_SUBGROUPS";

// The fragments that a file names and those that they name, each after what it uses. Fails on an
// unknown one and on fragments that use each other in a circle.
Result<std::vector<const WgslFile*>> FragmentsOf(const WgslFile& user, const WgslFiles& files,
                                                 bool subgroups);

// Each fragment once, those that others use first, then the kernel's own declarations; no header
// lines. The uniforms are binding 0 of group 0, the storage buffers follow from 1 as declared, the
// kernel's before those of fragments. Aliases of the header are left to AddAliases.
// Fails on an unknown fragment, on fragments that use each other in a circle, and with both places
// where two declarations share a name.
Result<wgsl::Module> Compose(const WgslFile& kernel, const WgslFiles& files, bool subgroups);

// The values of all overrides of `module` that are whole numbers, those computed from others too.
Result<HeaderNumbers> NumbersOf(const wgsl::Module& module, std::string_view path,
                                const OverrideValues& overrides);

// The `alias` lines of the header with their lengths as literals, in front of the declarations.
Status AddAliases(const WgslFile& kernel, const HeaderNumbers& numbers, wgsl::Module* module);

}  // namespace ingot::kernels
