// ExportWriter: what a paper device was given, as the folder of docs/formats/export.md.
// Not thread-safe: one ExportWriter per folder.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ingot/base/file.h"
#include "ingot/base/json.h"
#include "ingot/runtime/paper/device.h"

namespace ingot::cli {

// Numbers buffers, pipelines and modules in the order in which they are met.
class ExportWriter {
 public:
  // Makes the folder where there is none.
  static Result<ExportWriter> Create(std::string folder);

  // The dispatches. Contents of their buffers are those of now: what is written to a buffer later
  // is not in the export. REQUIRES: the pipelines live until Finish.
  Result<Json> RunJson(std::span<const runtime::Command> commands);
  // Of a buffer that a run binds. Fails with kNotFound.
  Result<uint64_t> NumberOf(std::string_view label) const;
  // Where the bytes stand in the data file.
  Result<uint64_t> AddData(std::span<const std::byte> bytes);
  // Completes `json` and writes everything; gives the bytes of the data file.
  Result<uint64_t> Finish(Json json);

 private:
  explicit ExportWriter(std::string folder) : folder_(std::move(folder)) {}
  Result<uint64_t> BufferNumber(const runtime::Buffer& buffer);
  uint64_t PipelineNumber(const runtime::Pipeline& pipeline);

  std::string folder_;
  std::unique_ptr<AtomicFile> data_;
  std::map<uint64_t, uint64_t> buffer_numbers_;  // by id
  std::map<std::string, uint64_t, std::less<>> label_numbers_;
  std::map<const runtime::Pipeline*, uint64_t> pipeline_numbers_;
  std::map<std::string, uint64_t> module_numbers_;  // by key of the text
  Json buffers_ = Json::Array(), modules_ = Json::Array(), pipelines_ = Json::Array();
};

}  // namespace ingot::cli
