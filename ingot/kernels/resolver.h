// The one resolver: which kernel, variant and override values serve an op instance, and who
// decided. Precedence: the caller's override, the profile's layer rule, the profile's kernel rule,
// the plan's knob, the automatic choice: the first row of the selection table that holds, else the
// kernel of highest priority that can serve it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingot/kernels/kernel.h"

namespace ingot::kernels {

// One op instance.
struct OpQuery {
  std::string op;
  std::string role;
  int layer = -1;
  Phase phase = Phase::kDecode;
  std::optional<DType> format;  // of its weight
  uint64_t rows = 0;            // at the most; 0 if not known
  uint64_t cols = 0;            // N; 0 if the op has none
  uint64_t depth = 0;           // K, or the row width
  HeaderNumbers uniforms;       // those that are the same in every run
  OverrideValues bound;  // fixed by the Program and the op: W_FORMAT, HEAD_DIM, F16_KV, flags;
                         // those that a kernel does not have are left out for it
};

enum class Origin : uint8_t { kCaller, kProfileLayer, kProfileKernel, kPlan, kAutomatic };
std::string_view OriginName(Origin origin);

// A wish. Empty selectors match everything, but a kernel or variant without `op` speaks of the ops
// that it serves. `op` may also be a kernel's profile key. An empty kernel leaves the kernel to
// lower ranks and only sets overrides (those that the chosen kernel has).
struct Rule {
  Origin origin = Origin::kCaller;
  std::string op, role;
  std::optional<int> layer;
  std::optional<Phase> phase;
  std::string kernel, variant;
  OverrideValues overrides;
  bool strict =
      true;  // false: where it cannot be served, the next rank decides and the reason is kept
};

struct Choice {
  const KernelDesc* kernel = nullptr;
  std::string variant;
  OverrideValues overrides;  // complete
  Origin origin = Origin::kAutomatic;
  std::string row;                   // of the selection table that chose: `select.txt:12: decode`
  std::vector<std::string> reasons;  // why others did not serve, in order
};

// `kernels` are those of one target. Fails if no kernel serves the query, naming each candidate's
// reason, or if a strict rule names a kernel that does not exist or cannot serve. With
// Numerics::kExact no fast kernel is taken, not even by a rule.
Result<Choice> Resolve(const OpQuery& query, std::span<const Rule> rules,
                       std::span<const KernelDesc* const> kernels, const DeviceFacts& facts,
                       Numerics numerics);

}  // namespace ingot::kernels
