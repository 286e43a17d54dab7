#include "ingot/model/generate.h"

#include <chrono>

#include "ingot/model/stream_decoder.h"

namespace ingot::model {
namespace {

double PerSecond(uint64_t tokens, double ms) {
  return ms > 0 ? static_cast<double>(tokens) * 1000 / ms : 0;
}

double MsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

std::string_view StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kStopToken:
      return "stop_token";
    case StopReason::kStopString:
      return "stop_string";
    case StopReason::kMaxTokens:
      return "max_tokens";
    case StopReason::kContextFull:
      return "context_full";
    case StopReason::kInterrupted:
      return "interrupted";
    case StopReason::kFailed:
      return "failed";
  }
  return "?";
}

double GenerateResult::prefill_per_second() const { return PerSecond(prompt_tokens, prefill_ms); }

double GenerateResult::decode_per_second() const {
  return tokens.size() < 2 ? 0 : PerSecond(tokens.size() - 1, decode_ms);
}

Result<GenerateResult> Generate(Session& session, std::span<const int32_t> prompt,
                                const GenerateOptions& options, const TextSink& sink) {
  const Model& model = session.model();
  SamplerOptions sampling = options.sampler;
  sampling.vocabulary = static_cast<uint32_t>(model.tokenizer()->vocabulary().size());
  INGOT_ASSIGN(Sampler sampler, Sampler::Create(std::move(sampling)));
  StreamDecoder decoder(model.tokenizer(),
                        {.continues_text = session.position() > 0 || prompt.size() > 1,
                         .stop_strings = options.stop});
  GenerateResult result;
  result.prompt_tokens = prompt.size();
  auto emit = [&](std::string piece) {
    if (sink && !piece.empty()) sink(piece);
    result.text += piece;
  };
  auto fail = [&](Status status) {
    result.reason = StopReason::kFailed;
    result.failure = std::move(status);
  };
  auto interrupted = [&options] { return options.interrupt != nullptr && *options.interrupt; };

  session.set_interrupt(options.interrupt);
  auto start = std::chrono::steady_clock::now();
  INGOT_TRY(session.Feed(prompt, nullptr, options.trace));
  result.prefill_ms = MsSince(start);
  std::vector<int32_t> history(prompt.begin(), prompt.end());
  start = std::chrono::steady_clock::now();
  while (true) {
    const Result<int32_t> sampled = sampler.Sample(session.logits(), history, result.tokens.size());
    if (!sampled.ok() && result.tokens.empty()) return sampled.status();
    if (!sampled.ok()) {
      fail(sampled.status());
      break;
    }
    const int32_t token = *sampled;
    result.tokens.push_back(token);
    history.push_back(token);
    if (!options.ignore_eos && model.tokenizer()->IsStop(token)) {
      result.reason = StopReason::kStopToken;
      break;
    }
    emit(decoder.Append(token));
    if (decoder.stopped()) {
      result.reason = StopReason::kStopString;
      break;
    }
    if (options.max_tokens > 0 && result.tokens.size() >= options.max_tokens) {
      result.reason = StopReason::kMaxTokens;
      break;
    }
    if (session.position() >= model.max_positions()) {
      result.reason = StopReason::kContextFull;
      break;
    }
    if (interrupted()) {
      result.reason = StopReason::kInterrupted;
      break;
    }
    if (Status status = session.Feed(std::span(&token, 1), nullptr, options.trace); !status.ok()) {
      fail(std::move(status));
      break;
    }
  }
  result.decode_ms = MsSince(start);
  emit(decoder.Finish());
  return result;
}

}  // namespace ingot::model
