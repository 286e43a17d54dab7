#include "ingot/cli/trace_file.h"

#include <utility>

namespace ingot::cli {

void AddTraceFlag(CLI::App& app, std::string& path) {
  app.add_option("--trace", path,
                 "Summarise the result of every dispatch in this file, for `ingot compare`")
      ->type_name("FILE");
}

Result<TraceFile> TraceFile::Open(const std::string& path, const model::Model& model,
                                  std::span<const int32_t> tokens) {
  TraceFile file;
  if (path.empty()) return file;
  model::TraceHeader header{.model = model.bound().id,
                            .numerics = model.options().numerics,
                            .tokens = {tokens.begin(), tokens.end()}};
  INGOT_ASSIGN(auto writer, model::TraceWriter::Create(path, header));
  file.state_.reset(new State{.writer = std::move(writer), .sink = nullptr});
  file.state_->sink = [state = file.state_.get()](const program::Dispatch& dispatch,
                                                  std::span<const float> values) {
    return state->writer.Append(dispatch, values);
  };
  return file;
}

Status TraceFile::Close() { return state_ ? state_->writer.Close() : Status(); }

}  // namespace ingot::cli
