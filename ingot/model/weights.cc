#include "ingot/model/weights.h"

#include <algorithm>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"
#include "ingot/model/tensor_check.h"

namespace ingot::model {
namespace {

using program::BufferKind;

Status Fail(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

// The bytes of rows [source.row_begin, + source.rows) of a tensor.
Result<std::span<const std::byte>> SourceBytes(const Gguf& file,
                                               const program::WeightSource& source, DType dtype) {
  const GgufTensor* tensor = file.FindTensor(source.tensor);
  if (tensor == nullptr) return Fail(StrCat(file.name(), ": no tensor (", source.tensor, ")"));
  if (tensor->dtype != dtype) {
    return Fail(
        StrCat(source.tensor, ": format (", Name(tensor->dtype), ") is not (", Name(dtype), ")"));
  }
  INGOT_ASSIGN(uint64_t row_bytes, RowBytes(dtype, tensor->shape.back()));
  uint64_t rows = row_bytes == 0 ? 0 : tensor->data.size() / row_bytes;
  if (source.row_begin > rows || source.rows > rows - source.row_begin) {
    return Fail(StrCat(source.tensor, ": rows [", source.row_begin, ", ", source.row_begin, " + ",
                       source.rows, ") are outside of (", rows, ")"));
  }
  return tensor->data.subspan(source.row_begin * row_bytes, source.rows * row_bytes);
}

Result<uint64_t> ConstantAxis(const program::Buffer& buffer, size_t axis) {
  if (axis >= buffer.type.shape.size())
    return Fail(StrCat(buffer.name, ": weight has no axis (", axis, ")"));
  return buffer.type.shape[axis].Evaluate({});
}

Result<std::unique_ptr<runtime::Buffer>> LoadVectors(runtime::Device& device, const Gguf& file,
                                                     const program::Buffer& buffer) {
  INGOT_ASSIGN(uint64_t bytes, buffer.bytes.Evaluate({}));
  std::vector<float> values(bytes / sizeof(float));
  for (const program::VectorSlice& slice : buffer.slices) {
    const GgufTensor* tensor = file.FindTensor(slice.tensor);
    if (tensor == nullptr) return Fail(StrCat(file.name(), ": no tensor (", slice.tensor, ")"));
    INGOT_ASSIGN(uint64_t row_bytes, RowBytes(tensor->dtype, slice.count));
    if (tensor->data.size() != row_bytes || slice.offset + slice.count > values.size()) {
      return Fail(StrCat(slice.tensor, ": bytes (", tensor->data.size(), ") are not those of ",
                         slice.count, " elements (", row_bytes, ")"));
    }
    DecodeRow(tensor->dtype, tensor->data, values.data() + slice.offset, slice.count);
  }
  INGOT_ASSIGN(auto made, device.CreateBuffer(bytes, buffer.name));
  INGOT_TRY(device.Write(*made, 0, std::as_bytes(std::span(values))));
  return made;
}

Result<std::unique_ptr<runtime::Buffer>> LoadWeight(runtime::Device& device,
                                                    std::shared_ptr<const Gguf> file,
                                                    const program::Buffer& buffer) {
  std::vector<std::span<const std::byte>> parts;
  uint64_t bytes = 0;
  for (const program::WeightSource& source : buffer.sources) {
    INGOT_ASSIGN(auto part, SourceBytes(*file, source, buffer.type.dtype));
    INGOT_TRY(CheckScales(buffer.type.dtype, part).At(StrCat(file->name(), ": ", source.tensor)));
    bytes += part.size();
    parts.push_back(part);
  }
  if (buffer.type.layout == "blocks") {
    if (parts.size() == 1) return device.ImportBuffer(parts[0], file, buffer.name);
    INGOT_ASSIGN(auto made, device.CreateBuffer(bytes, buffer.name));
    uint64_t offset = 0;
    for (std::span<const std::byte> part : parts) {
      INGOT_TRY(device.Write(*made, offset, part));
      offset += part.size();
    }
    return made;
  }
  INGOT_ASSIGN(uint64_t rows, ConstantAxis(buffer, 0));
  INGOT_ASSIGN(uint64_t cols, ConstantAxis(buffer, 1));
  std::vector<std::byte> joined;
  if (parts.size() > 1) {
    joined.reserve(bytes);
    for (std::span<const std::byte> part : parts)
      joined.insert(joined.end(), part.begin(), part.end());
    parts = {joined};
  }
  return device.PackWeight(buffer.type.layout, buffer.type.dtype, rows, cols, parts[0],
                           buffer.name);
}

}  // namespace

Result<Weights> Weights::Load(runtime::Device& device, std::shared_ptr<const Gguf> file,
                              const std::vector<const program::Program*>& programs,
                              const LoadProgress& progress) {
  std::map<std::string, const program::Buffer*> wanted;
  for (const program::Program* program : programs) {
    for (const program::Buffer& buffer : program->buffers) {
      if (buffer.kind != BufferKind::kWeight && buffer.kind != BufferKind::kVectors) continue;
      auto [known, added] = wanted.emplace(buffer.name, &buffer);
      if (!added && !(*known->second == buffer))
        return Fail(StrCat("buffer (", buffer.name, ") differs between programs"));
    }
  }
  uint64_t total = 0;
  for (const auto& [name, buffer] : wanted) {
    INGOT_ASSIGN(uint64_t bytes, buffer->bytes.Evaluate({}).At(name));
    total += bytes;
  }
  Weights weights;
  uint64_t done = 0;
  for (const auto& [name, buffer] : wanted) {
    if (progress && !progress(done, total))
      return Status(Code::kUnavailable, StrCat("load stopped at ", name));
    INGOT_ASSIGN(auto made, buffer->kind == BufferKind::kVectors
                                ? LoadVectors(device, *file, *buffer)
                                : LoadWeight(device, file, *buffer));
    weights.bytes_ += made->bytes();
    if (buffer->kind == BufferKind::kWeight && buffer->type.layout != "blocks")
      weights.repacked_bytes_ += made->bytes();
    weights.buffers_[name] = std::move(made);
    INGOT_ASSIGN(uint64_t bytes, buffer->bytes.Evaluate({}));
    done += bytes;
  }
  if (progress) progress(total, total);
  return weights;
}

void Weights::AddTo(runtime::BufferMap& buffers) const {
  for (const auto& [name, buffer] : buffers_) buffers[name] = buffer.get();
}

}  // namespace ingot::model
