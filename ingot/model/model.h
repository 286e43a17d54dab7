// The engine's face: a Model is a file made ready for a device; a Session is one sequence of tokens
// running through it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/ir/compiler.h"
#include "ingot/model/gguf.h"
#include "ingot/model/kv_cache.h"
#include "ingot/model/sampling_program.h"
#include "ingot/model/spec_bind.h"
#include "ingot/model/tokenizer.h"
#include "ingot/model/weights.h"
#include "ingot/plan/plan.h"
#include "ingot/runtime/executor.h"

namespace ingot::model {

struct ModelOptions {
  std::string spec_file;  // empty: the shipped spec of the file's architecture
  BindOptions bind;
  std::string pre;  // pre-tokenizer, where the file names none
  Numerics numerics = Numerics::kFast;
  DType kv_dtype = DType::kF16;      // f32 or f16
  uint64_t max_positions = 0;        // 0: the model's trained context
  uint64_t prefill_tokens = 512;     // rows of a prefill run at the most
  std::vector<kernels::Rule> rules;  // highest rank first
  std::vector<std::string> passes;   // empty: those of the plan, else the default pipeline
  std::optional<plan::Plan> plan;
  LoadProgress progress;
};

// The steps of Model::Load up to the compiler, for those who only want to look at what it makes.
// The spec of the file's architecture, bound to it.
Result<BoundModel> BindFile(const Gguf& file, const ModelOptions& options);
uint64_t MaxPositions(const BoundModel& bound, const ModelOptions& options);
Result<ir::CompileOptions> CompileOptionsFor(const BoundModel& bound, const runtime::Device& device,
                                             const ModelOptions& options);

struct LoadTimes {
  double open_ms = 0, tokenizer_ms = 0, bind_ms = 0, compile_ms = 0, weights_ms = 0;
  double total_ms() const { return open_ms + tokenizer_ms + bind_ms + compile_ms + weights_ms; }
};

// Immutable once loaded, but its executors serve one Session at a time. The device must outlive it.
class Model {
 public:
  static Result<std::unique_ptr<Model>> Load(runtime::Device& device,
                                             std::shared_ptr<const Gguf> file,
                                             const ModelOptions& options);

  const Gguf& file() const { return *file_; }
  const std::shared_ptr<const Tokenizer>& tokenizer() const { return tokenizer_; }
  const BoundModel& bound() const { return bound_; }
  const ir::Programs& programs() const { return programs_; }
  const ModelOptions& options() const { return options_; }
  runtime::Device& device() const { return *device_; }
  uint64_t vocab() const { return vocab_; }  // rows of logits, at least the tokenizer's size
  uint64_t max_positions() const { return max_positions_; }
  uint64_t weight_bytes() const { return weights_.bytes(); }
  const Weights& weights() const { return weights_; }
  const LoadTimes& load_times() const { return times_; }

 private:
  friend class Session;
  Model() = default;
  runtime::Device* device_ = nullptr;
  std::shared_ptr<const Gguf> file_;
  ModelOptions options_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  BoundModel bound_;
  ir::Programs programs_;
  Weights weights_;
  std::unique_ptr<runtime::Executor> prefill_, decode_;
  std::unique_ptr<runtime::Buffer> stops_;  // the tokenizer's stop tokens, once they are asked for
  // Made when they are asked for, by the candidates they keep and the number of stop tokens.
  std::map<std::pair<uint32_t, uint64_t>, std::unique_ptr<runtime::Executor>> samplers_;
  uint64_t vocab_ = 0;
  uint64_t max_positions_ = 0;
  LoadTimes times_;
};

// Called for each row of logits in order of position; a failure stops the run.
using LogitsSink = std::function<Status(uint64_t position, std::span<const float> logits)>;

// One sequence. One thread at a time.
class Session {
 public:
  static Result<std::unique_ptr<Session>> Create(Model& model);

  const Model& model() const { return model_; }
  uint64_t position() const { return position_; }

  // Runs `tokens` (at least one) after what was run before, in chunks; afterwards logits() is the
  // row of the last. With `every`, it is called for each position. `trace` sees every result of
  // every dispatch. Fails with kInvalidArgument for an id outside of the vocabulary or a full
  // context; the session is then as before the failing chunk.
  Status Feed(std::span<const int32_t> tokens, const LogitsSink& every = nullptr,
              const runtime::TraceSink* trace = nullptr);
  // As Feed of at most one chunk, without logits: the microseconds of each dispatch of the Program
  // that served it. Fails with kUnsupported where the device has no clock.
  Result<std::vector<double>> Time(std::span<const int32_t> tokens);
  // One row, as long as the vocabulary.
  std::span<const float> logits() const { return logits_; }

  // What SampleNext takes at the most.
  static constexpr uint64_t kMostSampled = 64;
  // Samples on the device from the row that logits() shows on, up to `max_tokens` (0: no limit) or
  // a stop token, unless `ignore_stops`. Fails with kUnsupported where the device or these options
  // ask for the host.
  Status StartSampling(const SamplerOptions& options, uint64_t max_tokens, bool ignore_stops);
  // The next tokens, without the host between them: `count` (1 to kMostSampled), or fewer where
  // they end. The last one is sampled, but not run. logits() is out of date until the next Feed.
  // REQUIRES: StartSampling, and neither Feed nor Rewind since.
  Result<std::vector<int32_t>> SampleNext(uint64_t count);

  // Forgets everything from `position` on. REQUIRES: position <= position().
  void Rewind(uint64_t position) { position_ = position; }

  // Rows of one prefill run; 1 <= rows <= the model's prefill_tokens.
  void set_chunk(uint64_t rows) { chunk_ = rows; }
  // Once it is true, Feed ends before its next chunk with kUnavailable; what was run stays. Null:
  // never.
  void set_interrupt(const std::atomic<bool>* interrupt) { interrupt_ = interrupt; }
  uint64_t cache_bytes() const { return cache_.bytes(); }

 private:
  explicit Session(Model& model, KvCache cache) : model_(model), cache_(std::move(cache)) {}
  Result<runtime::Executor*> SamplerFor(const SamplerOptions& options, bool ignore_stops);
  Status Reserve(uint64_t positions);
  Status CheckTokens(std::span<const int32_t> tokens) const;
  // Gives the device what a run of `tokens` reads.
  Result<program::Symbols> Prepare(std::span<const int32_t> tokens, uint64_t outputs);
  runtime::Executor& ExecutorFor(std::span<const int32_t> tokens) const;
  Status Run(std::span<const int32_t> tokens, const LogitsSink& every,
             const runtime::TraceSink* trace);
  Status ReadLogits(runtime::Buffer& logits, uint64_t outputs, const LogitsSink& every);

  Model& model_;
  KvCache cache_;
  runtime::BufferMap buffers_;  // of the cache's present capacity
  std::unique_ptr<runtime::Buffer> ids_, state_;
  std::vector<float> logits_;
  runtime::Buffer* device_logits_ = nullptr;  // of the last run, its last row first

  // While tokens are sampled on the device.
  std::unique_ptr<runtime::Buffer> tokens_;
  runtime::Executor* sampler_ = nullptr;
  uint64_t sampled_ = 0;
  uint64_t most_sampled_ = 0;
  bool ignores_stops_ = false;

  uint64_t position_ = 0;
  uint64_t chunk_ = 0;
  const std::atomic<bool>* interrupt_ = nullptr;
};

}  // namespace ingot::model
