// One use of a stage in a slot: the declarations that are its own, which every use has again under
// names of its own, told from those that all uses share.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/kernels/wgsl_file.h"
#include "ingot/wgsl/tree.h"

namespace ingot::kernels {

using NewNames = std::map<std::string, std::string, std::less<>>;

// The fragment that declares the ports.
constexpr std::string_view kPorts = "ports";

// Bindings that keep their names and are one for all stages and the kernel.
bool IsSharedBinding(std::string_view name);

struct StageUse {
  const WgslFile* file = nullptr;
  const SlotLine* slot = nullptr;
  std::string prefix;                // `x0_`
  std::string under;                 // prefix of the stage that it stands over; empty: of none
  std::optional<double> format;      // that a fill names instead of the stage
  std::vector<wgsl::Field> fields;   // of its parameters
  wgsl::Module own;                  // declarations, its fragments' too, that belong to this use
  std::vector<std::string> partial;  // fragments of which some declarations do
};

// Fills in what follows from `file`: fields, own, partial. Fails where the stage declares uniforms
// that are no `var<uniform> p` of a struct Params, or an entry, and where a fragment that would
// have to be its own has a text for subgroups.
Status TakeStage(const WgslFiles& files, StageUse* use);

// Whether the stage has the functions of the port, `ports` being the fragment that declares them as
// PORT_FUNCTION. Fails with the place of both.
Status CheckPort(const StageUse& use, const WgslFile& ports);
// The functions of a port by their plain names; none of an unknown port.
std::vector<std::pair<std::string, const wgsl::Function*>> FunctionsOf(std::string_view port,
                                                                       const WgslFile& ports);

// Gives the use its names: everything own gets the prefix or what `interface` says, fields by
// `fields`, and calls of `over_` the prefix of what it stands over.
Status RenameStage(const NewNames& interface, const NewNames& fields, StageUse* use);

}  // namespace ingot::kernels
