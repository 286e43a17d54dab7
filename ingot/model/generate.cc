#include "ingot/model/generate.h"

#include <algorithm>
#include <chrono>
#include <optional>

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

Result<std::string> StartSampling(Session& session, const GenerateOptions& options) {
  if (options.tokens_per_submit == 0) return std::string("tokens_per_submit is 0");
  if (options.trace != nullptr) return std::string("results are traced");
  const Status started =
      session.StartSampling(options.sampler, options.max_tokens, options.ignore_eos);
  if (started.ok() || started.code() == Code::kUnsupported) return started.message();
  return started;
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
  // What ends the generation after `token`, with `position` rows run.
  auto take = [&](int32_t token, uint64_t position) -> std::optional<StopReason> {
    result.tokens.push_back(token);
    if (!options.ignore_eos && model.tokenizer()->IsStop(token)) return StopReason::kStopToken;
    emit(decoder.Append(token));
    if (decoder.stopped()) return StopReason::kStopString;
    if (options.max_tokens > 0 && result.tokens.size() >= options.max_tokens) {
      return StopReason::kMaxTokens;
    }
    if (position >= model.max_positions()) return StopReason::kContextFull;
    if (interrupted()) return StopReason::kInterrupted;
    return std::nullopt;
  };
  start = std::chrono::steady_clock::now();
  INGOT_ASSIGN(result.host_sampling, StartSampling(session, options));
  std::optional<StopReason> reason;
  // The next tokens and the rows run when the first of them was chosen.
  auto from_device = [&]() -> Result<std::vector<int32_t>> {
    uint64_t count = std::clamp<uint64_t>(options.tokens_per_submit, 1, Session::kMostSampled);
    if (options.max_tokens > 0) count = std::min(count, options.max_tokens - result.tokens.size());
    return session.SampleNext(count);
  };
  std::vector<int32_t> history(prompt.begin(), prompt.end());
  auto from_host = [&]() -> Result<std::vector<int32_t>> {
    if (!result.tokens.empty()) {
      INGOT_TRY(session.Feed(std::span(&history.back(), 1), nullptr, options.trace));
    }
    INGOT_ASSIGN(int32_t token, sampler.Sample(session.logits(), history, result.tokens.size()));
    history.push_back(token);
    return std::vector<int32_t>{token};
  };
  const bool on_device = result.host_sampling.empty();
  while (!reason) {
    const Result<std::vector<int32_t>> tokens = on_device ? from_device() : from_host();
    if (!tokens.ok() && result.tokens.empty()) return tokens.status();
    if (!tokens.ok()) {
      fail(tokens.status());
      reason = StopReason::kFailed;
      break;
    }
    uint64_t position = session.position() - (tokens->size() - 1);
    for (size_t i = 0; i < tokens->size() && !reason; ++i) reason = take((*tokens)[i], position++);
    // What was run after the token that ends it is forgotten.
    if (reason) session.Rewind(position - 1);
  }
  result.reason = *reason;
  result.decode_ms = MsSince(start);
  emit(decoder.Finish());
  return result;
}

}  // namespace ingot::model
