// What each op of a model's Programs costs, by the device's clock.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ingot/base/json.h"
#include "ingot/base/status.h"
#include "ingot/model/model.h"

namespace ingot::cli {

// Dispatches of one phase that do the same work: equal op, role and kernel.
struct OpTime {
  Phase phase = Phase::kDecode;
  std::string op, role;
  std::string kernel;  // with its variant, if it has one
  uint64_t count = 0;
  double microseconds = 0;    // of all of them, median over the rounds
  uint64_t weight_bytes = 0;  // of all of them
};

// Of weights that these dispatches of the Program read whole, each buffer once. Of an embedding
// only a row is read.
Result<uint64_t> WeightBytes(const program::Program& program,
                             std::span<const program::Dispatch> dispatches);

// One run of `prefill` and one of a single token a round, after one to warm up, by falling time
// within a phase. Fails with kUnsupported where the device has no clock.
Result<std::vector<OpTime>> TimeOps(model::Session& session, std::span<const int32_t> prefill,
                                    uint64_t rounds);

Json ToJson(const std::vector<OpTime>& times);
void PrintOps(const std::vector<OpTime>& times);

}  // namespace ingot::cli
