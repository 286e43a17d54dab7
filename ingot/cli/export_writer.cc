#include "ingot/cli/export_writer.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

constexpr int kVersion = 1;
constexpr uint64_t kAlignment = 16;  // of a buffer's bytes in the data file, and of its size

uint64_t RoundUp(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Result<ExportWriter> ExportWriter::Create(std::string folder) {
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
    return Status(Code::kInvalidArgument, StrCat(folder, ": ", std::strerror(errno)));
  }
  ExportWriter writer(std::move(folder));
  INGOT_ASSIGN(writer.data_, AtomicFile::Create(StrCat(writer.folder_, "/data.bin")));
  return writer;
}

Result<Json> ExportWriter::RunJson(std::span<const runtime::Command> commands) {
  Json run = Json::Array();
  for (const runtime::Command& command : commands) {
    Json json = Json::Object();
    json["label"] = command.label;
    json["pipeline"] = PipelineNumber(*command.pipeline);
    Json bindings = Json::Array();
    for (const runtime::BoundBuffer& bound : command.bindings) {
      INGOT_ASSIGN(const uint64_t number, BufferNumber(*bound.buffer));
      Json binding = Json::Array();
      for (const uint64_t part : {number, bound.offset, RoundUp(bound.bytes)}) binding.Append(part);
      bindings.Append(std::move(binding));
    }
    json["bindings"] = std::move(bindings);
    json["uniforms"] = JsonArray(command.uniforms);
    json["grid"] = JsonArray(command.grid);
    run.Append(std::move(json));
  }
  return run;
}

Result<uint64_t> ExportWriter::NumberOf(std::string_view label) const {
  const auto known = label_numbers_.find(label);
  if (known != label_numbers_.end()) return known->second;
  return Status(Code::kNotFound, StrCat("no dispatch binds buffer (", label, ")"));
}

Result<uint64_t> ExportWriter::AddData(std::span<const std::byte> bytes) {
  const uint64_t begin = data_->written_bytes();
  INGOT_TRY(data_->Write(bytes));
  const std::vector<std::byte> rest(RoundUp(bytes.size()) - bytes.size());
  INGOT_TRY(data_->Write(rest));
  return begin;
}

Result<uint64_t> ExportWriter::BufferNumber(const runtime::Buffer& buffer) {
  const auto [place, is_new] = buffer_numbers_.emplace(buffer.id(), buffer_numbers_.size());
  if (!is_new) return place->second;
  label_numbers_.emplace(buffer.label(), place->second);
  Json json = Json::Object();
  json["label"] = buffer.label();
  json["bytes"] = RoundUp(buffer.bytes());
  const std::span<const std::byte> content = runtime::paper::ContentOf(buffer);
  if (!content.empty()) {
    INGOT_ASSIGN(json["data"], AddData(content));
  }
  buffers_.Append(std::move(json));
  return place->second;
}

uint64_t ExportWriter::PipelineNumber(const runtime::Pipeline& pipeline) {
  const auto [place, is_new] = pipeline_numbers_.emplace(&pipeline, pipeline_numbers_.size());
  if (!is_new) return place->second;
  const kernels::Linked& linked = runtime::paper::LinkedOf(pipeline);
  const auto [module, is_new_text] = module_numbers_.emplace(linked.key, module_numbers_.size());
  if (is_new_text) modules_.Append(linked.text);
  Json json = Json::Object();
  json["kernel"] = pipeline.desc().name;
  json["module"] = module->second;
  Json constants = Json::Object();
  for (const auto& [name, value] : linked.constants) constants[name] = value;
  json["constants"] = std::move(constants);
  json["access"] = JsonArray(pipeline.desc().bindings, [](const kernels::BindingDesc& binding) {
    return Json(Name(binding.access));
  });
  pipelines_.Append(std::move(json));
  return place->second;
}

Result<uint64_t> ExportWriter::Finish(Json json) {
  json["version"] = kVersion;
  json["buffers"] = std::move(buffers_);
  json["modules"] = std::move(modules_);
  json["pipelines"] = std::move(pipelines_);
  const uint64_t data_bytes = data_->written_bytes();
  json["data_bytes"] = data_bytes;
  INGOT_TRY(data_->Commit());
  // Last: where it is, the others are.
  INGOT_TRY(WriteFileAtomic(StrCat(folder_, "/export.json"), json.Dump()));
  return data_bytes;
}

}  // namespace ingot::cli
