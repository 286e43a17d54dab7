// --trace: the file that a run's results are summarised in, or nothing.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ingot/base/status.h"
#include "ingot/model/model.h"
#include "ingot/model/trace.h"

namespace ingot::cli {

void AddTraceFlag(CLI::App& app, std::string& path);

class TraceFile {
 public:
  // Writes nothing if `path` is empty.
  static Result<TraceFile> Open(const std::string& path, const model::Model& model,
                                std::span<const int32_t> tokens);
  // What a Session is given; nullptr if nothing is written. Valid as long as the TraceFile.
  const runtime::TraceSink* sink() const { return state_ ? &state_->sink : nullptr; }
  Status Close();

 private:
  struct State {
    model::TraceWriter writer;
    runtime::TraceSink sink;
  };
  std::unique_ptr<State> state_;
};

}  // namespace ingot::cli
