// The Program that samples: from a row of logits to the next token, on the device, so that several
// tokens run without a word from the host. It follows the decode Program on the same logits.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "ingot/base/status.h"
#include "ingot/kernels/kernel.h"
#include "ingot/model/sampler.h"
#include "ingot/program/program.h"

namespace ingot::model {

constexpr uint64_t kStateWords = 16;
using StateRecord = std::array<uint32_t, kStateWords>;
// Words of the record that kernels read and write.
enum StateWord : size_t {
  kPos = 0,    // of the run's first row
  kStep = 1,   // tokens sampled for this request
  kToken = 2,  // the last one
  kGenerated = 3,
  kStop = 4,  // 0 run, 1 stop token, 2 token limit, 3 context full, 4 no finite logit
  kTokenLimit = 5,
  kContextLimit = 6,
  kSeedLow = 7,
  kSeedHigh = 8,
  kChoice = 9,
  kTopK = 10,
  kTopP = 11,  // in units of 2^-24, as min_p
  kMinP = 12,
  kTemperature = 13,  // f32
  kTempLast = 14,
};

// A record that samples by `options` from position `pos` on, up to `token_limit` tokens and
// `context_limit` positions.
StateRecord SamplingRecord(const SamplerOptions& options, uint64_t pos, uint64_t token_limit,
                           uint64_t context_limit);

// The candidates that the kernels keep for these options: 1 the greatest, 32, 64, 128 or 256 where
// top_k is no more, 0 all. Options that agree in this share a Program; the record tells them apart.
uint32_t KeptOf(const SamplerOptions& options, uint64_t vocab);

struct SamplingShape {
  uint64_t vocab = 0;        // logits that are tokens
  uint64_t stride = 0;       // logits of a row
  uint32_t kept = 1;         // as KeptOf says
  uint64_t stop_tokens = 0;  // in buffer "stops"
  uint64_t ring = 1;         // tokens that buffer "tokens" holds, a power of two
};

// Why these options are the host's work; empty if kernels do it.
std::string WhySampledOnHost(const SamplerOptions& options);

// Its buffers: "logits" (the first row counts), "state", "stops", "tokens" (where the token goes,
// by the number of those before it) and "ids" (the first: what the next step runs). Fails with
// kUnsupported where the device lacks a kernel or cannot run it.
Result<program::Program> SamplingProgram(const SamplingShape& shape,
                                         std::span<const kernels::KernelDesc* const> kernels,
                                         const DeviceFacts& facts);

}  // namespace ingot::model
