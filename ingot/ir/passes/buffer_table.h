// BufferTable: the buffers of a Program, made when a dispatch first names them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ingot/ir/dialect/dialect.h"
#include "ingot/program/program.h"

namespace ingot::ir {

class BufferTable {
 public:
  // Reads which weights and vectors the graph has, and which results share scratch.
  BufferTable(xf::GraphOp graph, DType kv_dtype);

  // The buffer of a source, or of a result that place-buffers has placed.
  program::BufferId Of(mlir::Value value);
  // Of some rows of a weight.
  program::BufferId Of(xf::WeightOp weight, const xf::RowSlice& slice);
  program::BufferId State();
  program::BufferId Vectors();

  // What a kernel sees of a value.
  program::TensorType TypeOf(mlir::Value value) const;
  const program::TensorType& TypeOf(program::BufferId id) const { return buffers_[id].type; }
  // Elements before the vector in `vectors`.
  uint64_t OffsetOf(mlir::Value vector) const;

  std::vector<program::Buffer> Take() { return std::move(buffers_); }

 private:
  program::BufferId Named(program::Buffer buffer);
  std::string WeightName(const program::Buffer& weight) const;

  DType kv_dtype_;
  std::vector<program::Buffer> buffers_;
  std::map<std::string, program::BufferId> ids_;
  std::vector<program::VectorSlice> slices_;
  uint64_t vector_elements_ = 0;
  std::map<std::string, uint64_t> tensor_ends_;   // of a stored tensor, the last row that is used
  std::map<std::string, program::Size> scratch_;  // elements by buffer
};

}  // namespace ingot::ir
