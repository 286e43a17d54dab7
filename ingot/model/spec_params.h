// Parameters and tensors of a spec looked up in a file. Private to Bind.
#pragma once

#include "ingot/model/spec_bind.h"

namespace ingot::model {

// Evaluates params, derived names and checks into `scope`.
Status BindParams(const Spec& spec, const Gguf& file, const BindOptions& options, Scope& scope,
                  std::vector<BoundParam>& bound);

// A weight of the spec found in the file, for the repeat variables in `scope`.
struct FoundWeight {
  ir::WeightRef ref;
  const GgufTensor* tensor = nullptr;
};

// Nothing if the weight is optional and absent; an error if it is required and absent or has
// another shape.
Result<std::optional<FoundWeight>> FindWeight(const Spec& spec, const SpecWeight& weight,
                                              const Gguf& file, const Scope& scope);

// `*` matches any run of characters.
bool MatchesGlob(std::string_view text, std::string_view pattern);

}  // namespace ingot::model
