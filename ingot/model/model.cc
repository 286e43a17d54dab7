#include "ingot/model/model.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr uint64_t kMostLogitBytes = uint64_t{128}
                                     << 20;         // of one run in which every position is wanted
constexpr uint64_t kReadBytes = uint64_t{8} << 20;  // of logits at once
constexpr uint64_t kUnknownContext =
    4096;  // where the file does not say for how much it was trained

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// Adds the time since it was made, or last asked, to a sum.
class Stopwatch {
 public:
  void Lap(double& ms) {
    auto now = std::chrono::steady_clock::now();
    ms += std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

Result<uint64_t> VocabOf(const program::Program& program) {
  for (const program::Buffer& buffer : program.buffers) {
    if (buffer.kind == program::BufferKind::kLogits) return buffer.type.shape.back().Evaluate({});
  }
  return Fail("program has no logits");
}

}  // namespace

Result<BoundModel> BindFile(const Gguf& file, const ModelOptions& options) {
  INGOT_ASSIGN(std::string_view architecture, file.String("general.architecture"));
  INGOT_ASSIGN(Spec spec, SpecFor(architecture, options.spec_file).At(file.name()));
  return Bind(spec, file, options.bind);
}

uint64_t MaxPositions(const BoundModel& bound, const ModelOptions& options) {
  uint64_t trained = bound.context == 0 ? kUnknownContext : bound.context;
  return options.max_positions == 0 ? trained : options.max_positions;
}

Result<ir::CompileOptions> CompileOptionsFor(const BoundModel& bound, const runtime::Device& device,
                                             const ModelOptions& options) {
  ir::CompileOptions compile;
  compile.target = device.facts().kind;
  compile.facts = device.facts();
  compile.kernels = device.kernels();
  compile.numerics = options.numerics;
  compile.kv_dtype = options.kv_dtype;
  compile.prefill_tokens = std::min(options.prefill_tokens, MaxPositions(bound, options));
  compile.rules = options.rules;
  compile.passes = options.passes;
  if (options.plan) INGOT_TRY(ir::ApplyPlan(*options.plan, compile));
  return compile;
}

Result<std::unique_ptr<Model>> Model::Load(runtime::Device& device,
                                           std::shared_ptr<const Gguf> file,
                                           const ModelOptions& options) {
  std::unique_ptr<Model> model(new Model);
  model->device_ = &device;
  model->file_ = file;
  model->options_ = options;
  Stopwatch watch;
  INGOT_ASSIGN(model->bound_, BindFile(*file, options));
  watch.Lap(model->times_.bind_ms);
  INGOT_ASSIGN(model->tokenizer_, Tokenizer::Load(*file, options.pre));
  watch.Lap(model->times_.tokenizer_ms);

  model->max_positions_ = MaxPositions(model->bound_, options);
  INGOT_ASSIGN(const ir::CompileOptions compile, CompileOptionsFor(model->bound_, device, options));
  INGOT_ASSIGN(model->programs_, ir::Compile(*model->bound_.graph, compile).At(file->name()));
  watch.Lap(model->times_.compile_ms);

  INGOT_ASSIGN(model->vocab_, VocabOf(model->programs_.decode));
  if (model->tokenizer_->vocabulary().size() > model->vocab_) {
    return Fail(StrCat(file->name(), ": tokens (", model->tokenizer_->vocabulary().size(),
                       ") are more than rows of logits (", model->vocab_, ")"));
  }
  INGOT_ASSIGN(model->weights_,
               Weights::Load(device, file, {&model->programs_.prefill, &model->programs_.decode},
                             options.progress));
  const program::Program* const both[] = {&model->programs_.prefill, &model->programs_.decode};
  const auto compiled = runtime::Executor::Precompile(device, both);
  INGOT_ASSIGN(model->prefill_, runtime::Executor::Create(device, model->programs_.prefill));
  INGOT_ASSIGN(model->decode_, runtime::Executor::Create(device, model->programs_.decode));
  watch.Lap(model->times_.weights_ms);
  return model;
}

Result<std::unique_ptr<Session>> Session::Create(Model& model) {
  INGOT_ASSIGN(KvCache cache, KvCache::Create(*model.device_, model.programs_.prefill,
                                              model.bound_.ropes, model.max_positions_));
  std::unique_ptr<Session> session(new Session(model, std::move(cache)));
  session->chunk_ = model.programs_.prefill.max_tokens;
  INGOT_ASSIGN(session->ids_,
               model.device_->CreateBuffer(session->chunk_ * sizeof(uint32_t), "ids"));
  INGOT_ASSIGN(session->state_,
               model.device_->CreateBuffer(kStateWords * sizeof(uint32_t), "state"));
  session->logits_.resize(model.vocab_);
  model.weights_.AddTo(session->buffers_);
  session->buffers_["ids"] = session->ids_.get();
  session->buffers_["state"] = session->state_.get();
  return session;
}

Status Session::CheckTokens(std::span<const int32_t> tokens) const {
  if (tokens.empty()) return Fail("no tokens to run");
  for (int32_t token : tokens) {
    if (token < 0 || static_cast<uint64_t>(token) >= model_.vocab_) {
      return Fail(StrCat("token (", token, ") is outside of the vocabulary (", model_.vocab_, ")"));
    }
  }
  if (tokens.size() > model_.max_positions_ - std::min(position_, model_.max_positions_)) {
    return Fail(StrCat("context: positions (", position_ + tokens.size(),
                       ") are more than the limit (", model_.max_positions_,
                       "); a larger one is set with --ctx"));
  }
  return Status();
}

Status Session::Feed(std::span<const int32_t> tokens, const LogitsSink& every,
                     const runtime::TraceSink* trace) {
  INGOT_TRY(CheckTokens(tokens));
  uint64_t chunk = std::min(chunk_, model_.programs_.prefill.max_tokens);
  if (every) {
    const uint64_t bytes = std::min(kMostLogitBytes, model_.device_->facts().max_binding_bytes);
    chunk = std::clamp<uint64_t>(bytes / (model_.vocab_ * sizeof(float)), 1, chunk);
  }
  for (size_t done = 0; done < tokens.size(); done += chunk) {
    if (done > 0 && interrupt_ != nullptr && *interrupt_) {
      return Status(Code::kUnavailable,
                    StrCat("interrupted after ", done, " of ", tokens.size(), " tokens"));
    }
    INGOT_TRY(
        Run(tokens.subspan(done, std::min<size_t>(chunk, tokens.size() - done)), every, trace));
  }
  return Status();
}

Status Session::Reserve(uint64_t positions) {
  if (positions <= cache_.capacity()) return Status();
  INGOT_TRY(cache_.Reserve(positions, position_));
  cache_.AddTo(buffers_);
  return Status();
}

Result<program::Symbols> Session::Prepare(std::span<const int32_t> tokens, uint64_t outputs) {
  INGOT_TRY(Reserve(position_ + tokens.size()));
  runtime::Device& device = *model_.device_;
  StateRecord state{};
  state[kPos] = static_cast<uint32_t>(position_);
  INGOT_TRY(device.Write(*state_, 0, std::as_bytes(std::span(state))));
  INGOT_TRY(device.Write(*ids_, 0, std::as_bytes(tokens)));

  return program::Symbols{
      .tokens = tokens.size(), .outputs = outputs, .capacity = cache_.capacity()};
}

runtime::Executor& Session::ExecutorFor(std::span<const int32_t> tokens) const {
  return tokens.size() == 1 ? *model_.decode_ : *model_.prefill_;
}

Result<std::vector<double>> Session::Time(std::span<const int32_t> tokens) {
  INGOT_TRY(CheckTokens(tokens));
  const uint64_t most = model_.programs_.prefill.max_tokens;
  if (tokens.size() > most) {
    return Fail(StrCat("tokens (", tokens.size(), ") are more than one run has (", most, ")"));
  }
  INGOT_ASSIGN(const program::Symbols symbols, Prepare(tokens, 1));
  INGOT_ASSIGN(std::vector<double> microseconds, ExecutorFor(tokens).Time(symbols, buffers_));
  position_ += tokens.size();
  return microseconds;
}

Status Session::Run(std::span<const int32_t> tokens, const LogitsSink& every,
                    const runtime::TraceSink* trace) {
  INGOT_ASSIGN(const program::Symbols symbols, Prepare(tokens, every ? tokens.size() : 1));
  runtime::Executor& executor = ExecutorFor(tokens);
  INGOT_TRY(executor.Run(symbols, buffers_, trace));
  device_logits_ = symbols.outputs == 1 ? executor.logits() : nullptr;
  INGOT_TRY(ReadLogits(*executor.logits(), symbols.outputs, every));
  position_ += tokens.size();
  return Status();
}

Status Session::ReadLogits(runtime::Buffer& logits, uint64_t outputs, const LogitsSink& every) {
  runtime::Device& device = *model_.device_;
  const uint64_t row_bytes = logits_.size() * sizeof(float);
  if (!every) {
    return device.Read(logits, (outputs - 1) * row_bytes,
                       std::as_writable_bytes(std::span(logits_)));
  }
  // Several rows at once, since each read waits for the device.
  const uint64_t most = std::clamp<uint64_t>(kReadBytes / row_bytes, 1, outputs);
  std::vector<float> rows(most * logits_.size());
  for (uint64_t begin = 0; begin < outputs; begin += most) {
    std::span<float> part = std::span(rows).first(std::min(most, outputs - begin) * logits_.size());
    INGOT_TRY(device.Read(logits, begin * row_bytes, std::as_writable_bytes(part)));
    for (uint64_t i = begin; !part.empty(); ++i, part = part.subspan(logits_.size())) {
      std::ranges::copy(part.first(logits_.size()), logits_.begin());
      INGOT_TRY(every(position_ + i, logits_));
    }
  }
  return Status();
}

}  // namespace ingot::model
