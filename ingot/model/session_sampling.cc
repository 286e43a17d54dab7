// The part of a Session that lets the device choose the tokens.
#include <algorithm>

#include "ingot/base/text.h"
#include "ingot/model/model.h"

namespace ingot::model {
namespace {

constexpr uint32_t kNoToken = UINT32_MAX;

}  // namespace

Result<runtime::Executor*> Session::SamplerFor(const SamplerOptions& options, bool ignore_stops) {
  runtime::Device& device = *model_.device_;
  const std::vector<int32_t>& stops = model_.tokenizer_->vocabulary().stops();
  if (model_.stops_ == nullptr) {
    const uint64_t bytes = std::max<uint64_t>(stops.size(), 1) * sizeof(uint32_t);
    INGOT_ASSIGN(model_.stops_, device.CreateBuffer(bytes, "stops"));
    if (!stops.empty()) {
      INGOT_TRY(device.Write(*model_.stops_, 0, std::as_bytes(std::span(stops))));
    }
  }
  const uint64_t vocab = model_.tokenizer_->vocabulary().size();
  const SamplingShape shape{.vocab = vocab,
                            .stride = model_.vocab_,
                            .kept = KeptOf(options, vocab),
                            .stop_tokens = ignore_stops ? 0 : stops.size(),
                            .ring = kMostSampled};
  std::unique_ptr<runtime::Executor>& sampler = model_.samplers_[{shape.kept, shape.stop_tokens}];
  if (sampler == nullptr) {
    INGOT_ASSIGN(program::Program program,
                 SamplingProgram(shape, device.kernels(), device.facts()));
    INGOT_ASSIGN(sampler, runtime::Executor::Create(device, std::move(program)));
  }
  return sampler.get();
}

Status Session::StartSampling(const SamplerOptions& options, uint64_t max_tokens,
                              bool ignore_stops) {
  INGOT_TRY(CheckSamplerOptions(options));
  sampler_ = nullptr;
  if (std::string why = WhySampledOnHost(options); !why.empty()) {
    return Status(Code::kUnsupported, StrCat(why, " is the host's work"));
  }
  if (device_logits_ == nullptr) {
    return Status(Code::kInvalidArgument, "there is no row to sample from");
  }
  runtime::Device& device = *model_.device_;
  INGOT_ASSIGN(runtime::Executor * sampler, SamplerFor(options, ignore_stops));
  if (tokens_ == nullptr) {
    INGOT_ASSIGN(tokens_, device.CreateBuffer(kMostSampled * sizeof(uint32_t), "tokens"));
    buffers_["tokens"] = tokens_.get();
  }
  buffers_["stops"] = model_.stops_.get();
  // The check after a token counts its row, so the record stands one row back at first.
  const StateRecord record = SamplingRecord(
      options, position_ - 1, max_tokens == 0 ? UINT32_MAX : max_tokens, model_.max_positions_);
  INGOT_TRY(device.Write(*state_, 0, std::as_bytes(std::span(record))));
  sampler_ = sampler;
  sampled_ = 0;
  most_sampled_ = max_tokens == 0 ? UINT64_MAX : max_tokens;
  ignores_stops_ = ignore_stops;
  return Status();
}

Result<std::vector<int32_t>> Session::SampleNext(uint64_t count) {
  INGOT_CHECK(sampler_ != nullptr && count > 0 && count <= kMostSampled);
  runtime::Device& device = *model_.device_;
  const bool is_first = sampled_ == 0;
  // Steps after a stop run one row further, again and again, and are not looked at. No step may run
  // past the context.
  count = std::min(count, model_.max_positions_ - position_ + (is_first ? 1 : 0));
  INGOT_TRY(Reserve(std::min(position_ + count + 1, model_.max_positions_)));
  std::array<uint32_t, kMostSampled> ring;
  ring.fill(kNoToken);
  INGOT_TRY(device.Write(*tokens_, 0, std::as_bytes(std::span(ring))));
  const program::Symbols symbols{.tokens = 1, .outputs = 1, .capacity = cache_.capacity()};
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0 || !is_first) {
      INGOT_TRY(model_.decode_->Run(symbols, buffers_));
      device_logits_ = model_.decode_->logits();
    }
    buffers_["logits"] = device_logits_;
    INGOT_TRY(sampler_->Run(symbols, buffers_));
  }
  INGOT_TRY(device.Read(*tokens_, 0, std::as_writable_bytes(std::span(ring))));

  std::vector<int32_t> tokens;
  while (tokens.size() < count) {
    const uint32_t token = ring[(sampled_ + tokens.size()) % kMostSampled];
    if (token == kNoToken) break;
    tokens.push_back(static_cast<int32_t>(token));
  }
  sampled_ += tokens.size();
  position_ += tokens.size() - (is_first && !tokens.empty() ? 1 : 0);
  const bool is_over =
      !tokens.empty() && ((!ignores_stops_ && model_.tokenizer_->IsStop(tokens.back())) ||
                          sampled_ >= most_sampled_ || position_ >= model_.max_positions_);
  if (tokens.size() < count && !is_over) {
    return Status(Code::kInvalidArgument,
                  StrCat("step ", sampled_, ": no logit of ", model_.vocab_, " is finite"));
  }
  return tokens;
}

}  // namespace ingot::model
