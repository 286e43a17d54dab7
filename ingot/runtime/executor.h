// Executor: runs a Program on a device. It owns the scratch, binds weights, cache and tables by
// buffer name, and keeps recorded command lists for as long as nothing they depend on changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ingot/program/program.h"
#include "ingot/runtime/device.h"

namespace ingot::runtime {

// The buffers of a model, shared by its Programs, by Program buffer name: weights, vectors, tables,
// caches, state, ids.
using BufferMap = std::map<std::string, Buffer*, std::less<>>;

// Called after each dispatch of a traced run whose result is rows or logits in f32, with the
// dispatch and the contents of its result (binding "y", or the one that is computed in place).
using TraceSink = std::function<Status(const program::Dispatch&, std::span<const float>)>;

// One thread at a time.
class Executor {
 public:
  // Makes ready, many at once, the pipelines that Create of these Programs will ask for while the
  // answer lives.
  static std::vector<std::shared_ptr<Pipeline>> Precompile(
      Device& device, std::span<const program::Program* const> programs);
  // Makes pipelines for every dispatch and holds its bindings and uniforms against the kernel's
  // description. REQUIRES: program::Check(program).ok(). The device must outlive the executor.
  // Failures of Create and Run name the dispatch: its op, role, layer, kernel, overrides and grid.
  static Result<std::unique_ptr<Executor>> Create(Device& device, program::Program program);
  ~Executor();

  const program::Program& program() const;

  // Runs once. `buffers` names every buffer that is neither scratch nor logits; sizes are checked.
  // Command lists are reused while symbols and buffers are the same. Scratch only grows: it holds
  // max_tokens rows from the first run on. A traced run submits one dispatch at a time.
  Status Run(const program::Symbols& symbols, const BufferMap& buffers,
             const TraceSink* trace = nullptr);
  // Runs once and gives the microseconds of each dispatch, in the Program's order, by the device's
  // clock. Fails with kUnsupported where it has none.
  Result<std::vector<double>> Time(const program::Symbols& symbols, const BufferMap& buffers);
  // The logits of the last run, f32, from the start [outputs, vocab]; nullptr before the first run
  // and for a Program without logits.
  Buffer* logits() const;

 private:
  // Everything up to the submission, but for the commands.
  Status Prepare(const program::Symbols& symbols, const BufferMap& buffers);

  struct State;
  explicit Executor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ingot::runtime
