// What a module shows to those who bind, tune and launch it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/wgsl/layout.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

enum class Space : uint8_t { kUniform, kStorage, kHandle, kWorkgroup, kPrivate };
std::string_view Name(Space space);

struct Binding {
  // Nothing in a stage, whose bindings are numbered when it is linked.
  std::optional<uint32_t> group;
  std::optional<uint32_t> number;
  std::string name;
  Space space = Space::kStorage;  // kHandle: a texture or sampler
  Access access = Access::kRead;
  std::string type;     // as written
  std::string element;  // of an array, aliases resolved; else empty
  // What a buffer must hold at least; nothing for handles, and where the size hangs on an override
  // without a value.
  std::optional<TypeLayout> layout;
  Place place;
  bool operator==(const Binding&) const = default;
};

struct Override {
  std::string name;
  std::optional<uint32_t> id;
  ScalarType type = ScalarType::kU32;
  std::optional<Expr> default_value;
  std::optional<Scalar> value;  // of the default, all other overrides at theirs
  Place place;
  bool operator==(const Override&) const = default;
};

struct EntryPoint {
  std::string name;
  std::string stage;                 // compute, vertex or fragment
  std::vector<Expr> workgroup_size;  // one to three; empty for other stages
  Place place;
  bool operator==(const EntryPoint&) const = default;
};

struct FunctionUse {
  std::string name;
  std::vector<std::string> names;  // module names that the function uses itself, sorted
  bool operator==(const FunctionUse&) const = default;
};

struct Reflection {
  std::vector<Binding> bindings;      // sorted by group and number, those without first
  std::vector<Override> overrides;    // as declared
  std::vector<StructLayout> structs;  // as declared; those whose size hangs on nothing unknown
  std::vector<EntryPoint> entry_points;
  std::vector<FunctionUse> functions;
  bool operator==(const Reflection&) const = default;
};

// Fails with `NAME:LINE:COLUMN: ...` on what has no meaning: a resource without group or binding,
// or two of one number, a default of another type, a layout that WGSL forbids, a name declared
// twice. `name` is that of the text, for messages.
Result<Reflection> Reflect(const Module& module, std::string_view name);

// The three sizes, missing ones being 1. Failures as above.
struct WorkgroupSize {
  uint64_t x = 1, y = 1, z = 1;
  uint64_t Invocations() const { return x * y * z; }
  bool operator==(const WorkgroupSize&) const = default;
};
Result<WorkgroupSize> EvaluateWorkgroupSize(const Module& module, std::string_view name,
                                            const EntryPoint& entry,
                                            const OverrideValues& overrides);
// Bytes of the workgroup variables that the entry point reaches, each rounded up to 16 as WebGPU
// counts them.
Result<uint64_t> EvaluateWorkgroupBytes(const Module& module, std::string_view name,
                                        const EntryPoint& entry, const OverrideValues& overrides);

// The address space of a module variable, from its template list.
Result<Space> SpaceOf(const Variable& variable);

}  // namespace ingot::wgsl
