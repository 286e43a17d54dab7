// The rules of our WGSL: what the standard allows and we do not, because an implementation refuses
// it, miscompiles it, or runs it slowly. One row per rule, each with its reason.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/wgsl/eval.h"
#include "ingot/wgsl/tree.h"

namespace ingot::wgsl {

struct SubsetOptions {
  bool entry = true;       // false for stages and fragments, which have none
  bool subgroups = false;  // whether this text may call subgroup built-ins
};

enum class Severity : uint8_t { kError, kWarning };
std::string_view Name(Severity severity);

struct Finding {
  std::string_view rule;  // name of its row
  Severity severity = Severity::kError;
  Place place;
  std::string what;
};

// What a rule is given.
struct Subject {
  const Module& module;
  const Names& names;
  const SubsetOptions& options;
};

struct Rule {
  std::string_view name;
  Severity severity;
  std::string_view reason;
  std::vector<Finding> (*check)(const Subject& subject);  // places and texts only
};
std::span<const Rule> Rules();

// All findings in the order of the text.
std::vector<Finding> CheckSubset(const Module& module, const SubsetOptions& options);

// `NAME:LINE:COLUMN: error: WHAT (RULE: REASON)`.
std::string Print(const Finding& finding, std::string_view name);

}  // namespace ingot::wgsl
