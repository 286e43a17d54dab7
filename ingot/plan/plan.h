// Plan: how a model shall be made fast, as a plain value: which passes run in which order, and the
// knobs. docs/formats/plan.md has its text form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/plan/knobs.h"

namespace ingot::plan {

struct Plan {
  static constexpr int kVersion = 1;
  std::string target = "cpu";           // whose kernels the knobs are for
  std::string reasoning;                // free text for readers, may be empty
  std::vector<std::string> pass_order;  // empty: no pass but those that always run
  Knobs knobs;
  bool operator==(const Plan&) const = default;
};

// Whether every value is in its range. What a pass name means is known to the compiler alone
// (ir::ApplyPlan). All errors at once, a line each, sorted by path: `plan.knobs.tile_k: (0) is not
// in 1..512`.
Status Check(const Plan& plan);

// JSON with every knob, stable. Parse(Print(p)) == p if Check(p) is ok. REQUIRES: text is UTF-8.
std::string Print(const Plan& plan);
// A knob that is left out keeps its default; the target is trimmed and its case does not matter.
// Refuses text that is no JSON, unknown, missing and repeated keys, wrong types and what Check
// refuses; all errors of the last three kinds at once.
Result<Plan> Parse(std::string_view text);
// The plan of a file; a failure begins with its path.
Result<Plan> Load(const std::string& path);

}  // namespace ingot::plan
