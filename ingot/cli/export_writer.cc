#include "ingot/cli/export_writer.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "ingot/base/hash.h"
#include "ingot/base/text.h"
#include "ingot/cli/output.h"

namespace ingot::cli {
namespace {

constexpr size_t kShortestFill = 16;  // words; what is shorter costs less as data

// REQUIRES: a whole word is there.
uint32_t WordAt(std::span<const std::byte> content, size_t index) {
  uint32_t word = 0;
  std::memcpy(&word, &content[index * sizeof word], sizeof word);
  return word;
}

// How many words from `begin` on are equal.
size_t FillLength(std::span<const std::byte> content, size_t begin) {
  const size_t words = content.size() / sizeof(uint32_t);
  size_t end = begin;
  while (end < words && WordAt(content, end) == WordAt(content, begin)) ++end;
  return end - begin;
}

Json PartJson(uint64_t bytes, std::string_view key, uint64_t value) {
  Json part = Json::Object();
  part["bytes"] = bytes;
  part[key] = value;
  return part;
}

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
      for (const uint64_t part : {number, bound.offset, ExportedBytes(bound.bytes)})
        binding.Append(part);
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
  Sha256 hash;
  hash.Update(bytes);
  const auto [place, is_new] = places_.emplace(hash.Finish(), data_->written_bytes());
  if (!is_new) return place->second;
  INGOT_TRY(data_->Write(bytes));
  const std::vector<std::byte> rest(ExportedBytes(bytes.size()) - bytes.size());
  INGOT_TRY(data_->Write(rest));
  return place->second;
}

// Long fills, such as guard bands, and data between them.
Result<Json> ExportWriter::ContentJson(std::span<const std::byte> content) {
  Json parts = Json::Array();
  size_t begin = 0;  // of the data before `at`, in words as `at` is
  auto add_data = [&](size_t end_byte) -> Status {
    const size_t at = begin * sizeof(uint32_t);
    if (at == end_byte) return {};
    INGOT_ASSIGN(const uint64_t place, AddData(content.subspan(at, end_byte - at)));
    parts.Append(PartJson(end_byte - at, "data", place));
    return {};
  };
  for (size_t at = 0; at < content.size() / sizeof(uint32_t);) {
    const size_t length = FillLength(content, at);
    if (length >= kShortestFill) {
      INGOT_TRY(add_data(at * sizeof(uint32_t)));
      parts.Append(PartJson(length * sizeof(uint32_t), "fill", WordAt(content, at)));
      begin = at + length;
    }
    at += length;
  }
  INGOT_TRY(add_data(content.size()));
  return parts;
}

Result<uint64_t> ExportWriter::BufferNumber(const runtime::Buffer& buffer) {
  const auto [place, is_new] = buffer_numbers_.emplace(buffer.id(), buffer_numbers_.size());
  if (!is_new) return place->second;
  label_numbers_.emplace(buffer.label(), place->second);
  Json json = Json::Object();
  json["label"] = buffer.label();
  json["bytes"] = ExportedBytes(buffer.bytes());
  INGOT_ASSIGN(json["content"], ContentJson(runtime::paper::ContentOf(buffer)));
  buffers_.Append(std::move(json));
  return place->second;
}

uint64_t ExportWriter::PipelineNumber(const runtime::Pipeline& pipeline) {
  const kernels::Linked& linked = runtime::paper::LinkedOf(pipeline);
  const auto [module, is_new_text] = module_numbers_.emplace(linked.key, module_numbers_.size());
  if (is_new_text) modules_.Append(linked.text);
  const auto [place, is_new] = pipeline_numbers_.emplace(
      std::pair(runtime::PipelineRequest{pipeline.desc().name, linked.constants}, module->second),
      pipeline_numbers_.size());
  if (!is_new) return place->second;
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

Json ExportWriter::TakeBuffers() {
  buffer_numbers_.clear();
  label_numbers_.clear();
  return std::exchange(buffers_, Json::Array());
}

Result<uint64_t> ExportWriter::Finish(Json json, std::string_view file) {
  json["version"] = kExportVersion;
  json["modules"] = std::move(modules_);
  json["pipelines"] = std::move(pipelines_);
  const uint64_t data_bytes = data_->written_bytes();
  json["data_bytes"] = data_bytes;
  INGOT_TRY(data_->Commit());
  // Last: where it is, the others are.
  INGOT_TRY(WriteFileAtomic(StrCat(folder_, "/", file), json.Dump()));
  return data_bytes;
}

}  // namespace ingot::cli
