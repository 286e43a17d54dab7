// Generation: prefill, decode, stop. The loop and nothing else.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/status.h"
#include "ingot/model/model.h"
#include "ingot/model/sampler.h"

namespace ingot::model {

struct GenerateOptions {
  uint64_t max_tokens = 0;  // 0: until a stop or the end of the context
  SamplerOptions sampler;
  std::vector<std::string> stop;  // stop strings; the text ends before the first
  bool ignore_eos = false;        // go on after the model's stop tokens
  // Set from a signal handler or another thread to end after the current token; before the first
  // one, after the present chunk of the prompt, with kUnavailable.
  const std::atomic<bool>* interrupt = nullptr;
  const runtime::TraceSink* trace = nullptr;  // sees every result of every dispatch
  // Tokens that run and are sampled on the device in one submission, where the device and the
  // sampler's options allow it and nothing is traced; 0: the host samples each.
  uint64_t tokens_per_submit = 8;
};

enum class StopReason { kStopToken, kStopString, kMaxTokens, kContextFull, kInterrupted, kFailed };
std::string_view StopReasonName(StopReason reason);

struct GenerateResult {
  std::vector<int32_t> tokens;  // generated, the stop token included
  std::string text;
  StopReason reason = StopReason::kMaxTokens;
  Status failure;             // of kFailed: the device was lost, memory is short
  std::string host_sampling;  // why the host sampled, empty if the device did
  uint64_t prompt_tokens = 0;
  double prefill_ms = 0;
  double decode_ms = 0;  // of the tokens after the first
  double prefill_per_second() const;
  double decode_per_second() const;  // 0 if fewer than two tokens were generated
};

// Lets the device sample from the session's last row on; the text says why the host has to, and is
// empty if it has not.
Result<std::string> StartSampling(Session& session, const GenerateOptions& options);

// Receives text as it becomes whole; pieces join to GenerateResult::text.
using TextSink = std::function<void(std::string_view piece)>;

// Feeds `prompt` (at least one token) to the session and samples from there on. REQUIRES: the
// sampler's options are legal. A failure before the first token is an error; after it the result
// has what was generated until then, and the reason kFailed.
Result<GenerateResult> Generate(Session& session, std::span<const int32_t> prompt,
                                const GenerateOptions& options, const TextSink& sink = nullptr);

}  // namespace ingot::model
