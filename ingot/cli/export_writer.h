// ExportWriter: what a paper device was given, as a folder that a page replays:
// docs/formats/export.md and docs/formats/cases.md. Not thread-safe: one ExportWriter per folder.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ingot/base/file.h"
#include "ingot/base/json.h"
#include "ingot/runtime/paper/device.h"

namespace ingot::cli {

inline constexpr int kExportVersion = 2;
// Of a buffer, and of its contents in the data file.
inline constexpr uint64_t kExportAlignment = 16;
inline uint64_t ExportedBytes(uint64_t bytes) {
  return (bytes + kExportAlignment - 1) / kExportAlignment * kExportAlignment;
}

// Numbers buffers, pipelines and modules in the order in which they are met.
class ExportWriter {
 public:
  // Makes the folder where there is none.
  static Result<ExportWriter> Create(std::string folder);

  // The dispatches. Contents of their buffers are those of now: what is written to a buffer later
  // is not in the export.
  Result<Json> RunJson(std::span<const runtime::Command> commands);
  // Of a buffer that a run binds. Fails with kNotFound.
  Result<uint64_t> NumberOf(std::string_view label) const;
  // Those met since the last call; the next is number 0 again.
  Json TakeBuffers();
  // Completes `json` and writes everything; gives the bytes of the data file.
  Result<uint64_t> Finish(Json json, std::string_view file);

 private:
  explicit ExportWriter(std::string folder) : folder_(std::move(folder)) {}
  Result<uint64_t> BufferNumber(const runtime::Buffer& buffer);
  uint64_t PipelineNumber(const runtime::Pipeline& pipeline);
  Result<Json> ContentJson(std::span<const std::byte> content);
  // Where the bytes stand in the data file, once for equal ones.
  Result<uint64_t> AddData(std::span<const std::byte> bytes);

  std::string folder_;
  std::unique_ptr<AtomicFile> data_;
  std::map<std::string, uint64_t> places_;       // of data, by hash
  std::map<uint64_t, uint64_t> buffer_numbers_;  // by id
  std::map<std::string, uint64_t, std::less<>> label_numbers_;
  std::map<std::string, uint64_t> module_numbers_;  // by key of the text
  // By kernel, module and constants.
  std::map<std::pair<runtime::PipelineRequest, uint64_t>, uint64_t> pipeline_numbers_;
  Json buffers_ = Json::Array(), modules_ = Json::Array(), pipelines_ = Json::Array();
};

}  // namespace ingot::cli
