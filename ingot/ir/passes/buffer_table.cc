#include "ingot/ir/passes/buffer_table.h"

#include <algorithm>
#include <optional>

#include "ingot/base/text.h"

namespace ingot::ir {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::Size;
using program::TensorType;

constexpr uint64_t kStateWords = 16;
constexpr uint64_t kVectorAlignment = 4;  // elements: kernels load four at a time

Size Constant(int64_t value) { return Size(static_cast<uint64_t>(value)); }

// The most rows that results of one scratch buffer have, by their number of features.
struct Largest {
  int64_t tokens = 0, outputs = 0, constant = 0;

  void Add(const xf::MatrixShape& shape) {
    if (shape.rows == xf::kTokens) {
      tokens = std::max(tokens, shape.cols);
    } else if (shape.rows == xf::kOutputs) {
      outputs = std::max(outputs, shape.cols);
    } else {
      constant = std::max(constant, shape.rows * shape.cols);
    }
  }

  Size Elements() const {
    std::optional<Size> size;
    auto add = [&size](Size other) { size = size ? Size::Max(*size, other) : other; };
    if (tokens > 0) add(Size::Tokens() * Constant(tokens));
    // There are at least as many tokens as outputs.
    if (outputs > tokens) add(Size::Outputs() * Constant(outputs));
    if (constant > 0) add(Constant(constant));
    return *size;
  }
};

std::string BufferName(mlir::OpResult result) {
  auto name = result.getOwner()->getAttrOfType<mlir::StringAttr>(xf::BufferAttrOf(result));
  INGOT_CHECK(name != nullptr);
  return name.str();
}

}  // namespace

BufferTable::BufferTable(xf::GraphOp graph, DType kv_dtype) : kv_dtype_(kv_dtype) {
  std::map<std::string, Largest> largest;
  for (mlir::Operation& op : graph.getBody().front()) {
    if (auto vector = llvm::dyn_cast<xf::VectorOp>(op)) {
      auto count = static_cast<uint64_t>(vector.getY().getType().getCount());
      program::VectorSlice slice = {vector.getTensor().str(), vector_elements_, count};
      auto same = [&](const program::VectorSlice& other) {
        return other.tensor == slice.tensor && other.count == count;
      };
      if (std::ranges::any_of(slices_, same)) continue;
      slices_.push_back(std::move(slice));
      vector_elements_ += (count + kVectorAlignment - 1) / kVectorAlignment * kVectorAlignment;
    } else if (auto weight = llvm::dyn_cast<xf::WeightOp>(op)) {
      for (auto part : weight.getParts().getAsRange<xf::PartAttr>()) {
        uint64_t& end = tensor_ends_[part.getTensor().str()];
        end = std::max(end, static_cast<uint64_t>(part.getBegin() + part.getRows()));
      }
    } else if (op.hasAttr(xf::kBufferAttr)) {
      for (mlir::OpResult result : op.getResults()) {
        const std::optional<xf::MatrixShape> shape = xf::ShapeOf(result.getType());
        INGOT_CHECK(shape.has_value());
        largest[BufferName(result)].Add(*shape);
      }
    }
  }
  for (const auto& [name, rows] : largest) scratch_[name] = rows.Elements();
}

TensorType BufferTable::TypeOf(mlir::Value value) const {
  mlir::Type type = value.getType();
  // Routes lie in scratch by their bits, which is of f32.
  if (const std::optional<xf::MatrixShape> shape = xf::ShapeOf(type)) {
    return {DType::kF32, "rows", {xf::RowsSize(shape->rows), Constant(shape->cols)}};
  }
  if (auto ids = llvm::dyn_cast<xf::IdsType>(type)) {
    return {DType::kU32, "ids", {xf::RowsSize(ids.getRows())}};
  }
  if (auto weight = llvm::dyn_cast<xf::WeightType>(type)) {
    return {weight.getDtype(),
            weight.getLayout().str(),
            {Constant(weight.getRows()), Constant(weight.getCols())}};
  }
  if (auto table = llvm::dyn_cast<xf::TableType>(type)) {
    return {DType::kF32, "table", {Size::Capacity(), Constant(table.getRot())}};
  }
  auto kv = llvm::cast<xf::KvType>(type);
  return {kv_dtype_,
          "kv",
          {2, 1, Constant(kv.getKvHeads()), Size::Capacity(), Constant(kv.getHeadDim())}};
}

BufferId BufferTable::Of(xf::WeightOp weight, const xf::RowSlice& slice) {
  Buffer buffer;
  buffer.kind = BufferKind::kWeight;
  buffer.type = TypeOf(weight.getY());
  buffer.type.shape[0] = Size(slice.rows);
  // What of the parts, one below the other, lies inside of the slice.
  const uint64_t slice_end = slice.begin + slice.rows;
  uint64_t begin = 0;
  for (auto part : weight.getParts().getAsRange<xf::PartAttr>()) {
    const uint64_t end = begin + static_cast<uint64_t>(part.getRows());
    const uint64_t from = std::max(begin, slice.begin), to = std::min(end, slice_end);
    if (from < to) {
      const auto part_begin = static_cast<uint64_t>(part.getBegin());
      buffer.sources.push_back({part.getTensor().str(), part_begin + from - begin, to - from});
    }
    begin = end;
  }
  buffer.name = WeightName(buffer);
  return Named(std::move(buffer));
}

BufferId BufferTable::Of(mlir::Value value) {
  mlir::Operation* op = value.getDefiningOp();
  if (auto weight = llvm::dyn_cast<xf::WeightOp>(op)) {
    return Of(weight, {0, static_cast<uint64_t>(weight.getY().getType().getRows())});
  }
  Buffer buffer;
  buffer.type = TypeOf(value);
  if (auto table = llvm::dyn_cast<xf::TableOp>(op)) {
    buffer.kind = BufferKind::kTable;
    buffer.name = StrCat("rope.", std::string_view(table.getName()));
  } else if (auto cache = llvm::dyn_cast<xf::CacheOp>(op)) {
    buffer.kind = BufferKind::kKv;
    buffer.name = StrCat(std::string_view(cache.getName()), ".", cache.getLayer());
  } else if (llvm::isa<xf::TokensOp>(op)) {
    buffer.kind = BufferKind::kIds;
    buffer.name = "ids";
  } else {
    buffer.name = BufferName(llvm::cast<mlir::OpResult>(value));
    if (buffer.name == "logits") {
      buffer.kind = BufferKind::kLogits;
      buffer.type.layout = "logits";
    } else {
      buffer.type.shape = {scratch_.at(buffer.name)};
    }
  }
  return Named(std::move(buffer));
}

BufferId BufferTable::State() {
  Buffer buffer;
  buffer.name = "state";
  buffer.kind = BufferKind::kState;
  buffer.type = {DType::kU32, "state", {Size(kStateWords)}};
  return Named(std::move(buffer));
}

BufferId BufferTable::Vectors() {
  Buffer buffer;
  buffer.name = "vectors";
  buffer.kind = BufferKind::kVectors;
  buffer.type = {DType::kF32, "vectors", {Size(vector_elements_)}};
  buffer.slices = slices_;
  return Named(std::move(buffer));
}

uint64_t BufferTable::OffsetOf(mlir::Value vector) const {
  auto op = llvm::cast<xf::VectorOp>(vector.getDefiningOp());
  auto count = static_cast<uint64_t>(op.getY().getType().getCount());
  for (const program::VectorSlice& slice : slices_) {
    if (op.getTensor() == slice.tensor && slice.count == count) return slice.offset;
  }
  INGOT_CHECK(false);
}

BufferId BufferTable::Named(Buffer buffer) {
  auto [entry, is_new] = ids_.try_emplace(buffer.name, static_cast<BufferId>(buffers_.size()));
  if (!is_new) return entry->second;
  // A repacked weight's bytes are the device's to know: the plain blocks stand for them.
  TensorType plain = buffer.type;
  if (buffer.kind == BufferKind::kWeight) plain.layout = "blocks";
  Result<Size> bytes = program::TensorBytes(plain);
  INGOT_CHECK(bytes.ok());
  buffer.bytes = *std::move(bytes);
  buffers_.push_back(std::move(buffer));
  return entry->second;
}

// The tensors, with the rows where they are not all that the graph uses, the layout and the shape
// of the columns left to the type.
std::string BufferTable::WeightName(const Buffer& weight) const {
  std::string name;
  for (const program::WeightSource& source : weight.sources) {
    if (!name.empty()) name += "+";
    name += source.tensor;
    const uint64_t end = source.row_begin + source.rows;
    if (source.row_begin == 0 && end == tensor_ends_.at(source.tensor)) continue;
    name += StrCat("[", source.row_begin, ":", end, "]");
  }
  if (weight.type.layout != "blocks") name += StrCat("@", weight.type.layout);
  return name;
}

}  // namespace ingot::ir
