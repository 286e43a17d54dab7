// Faults that a kernel's text may hold, planted on its syntax tree: those that a person makes who
// writes one. The gate must catch them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/kernels/wgsl_file.h"

namespace ingot::verify {

// The kinds of faults, by the names of reports:
//   bound       a loop ends one step too early
//   barrier     a barrier is missing; those before a return are let be, since most only keep apart
//               calls that no kernel makes
//   comparison  < for <=, > for >=, == for != and the reverse
//   constant    another number in an operation
//   index       x for y in a member; in an index the stride for the place: a * c + b for a * b + c
//   axis        the second or third dimension of the workgroup's id is ignored
//   tie         of equal candidates the other one
//   rescale     a factor is missing
//   neighbour   the scale of the next block
//   nibbles     the low ones for the high ones
//   choice      the arguments of select exchanged
//   order       a sum before a product for one after it: a residual that is scaled too
std::vector<std::string_view> FaultKinds();

// A place for a fault.
struct Fault {
  const kernels::WgslFile* file = nullptr;
  std::string_view kind;
  size_t number = 0;     // among the file's places, as they are met
  std::string function;  // that it is in
  uint32_t line = 0;     // of the file's text
};

// The folder that a file is in: the family of its kernels, `lib` or `stage`.
std::string FamilyOf(const kernels::WgslFile& file);

// All places of a file, in the order of its text.
std::vector<Fault> FaultsOf(const kernels::WgslFile& file);

// The text with the fault; without one in the same form: Print of the file's module.
std::string Plant(const Fault& fault);

// All places of the files, so that each family has its turn, and each time with the kind that had
// the fewest so far. The same seed gives the same order.
std::vector<Fault> DrawFaults(const std::vector<const kernels::WgslFile*>& files, uint64_t seed);

}  // namespace ingot::verify
