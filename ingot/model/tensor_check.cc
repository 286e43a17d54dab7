#include "ingot/model/tensor_check.h"

#include <cmath>
#include <vector>

#include "ingot/base/e8m0.h"
#include "ingot/base/quant.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

Status CheckRow(const GgufTensor& tensor, std::span<const std::byte> bytes,
                std::vector<float>& row) {
  INGOT_TRY(CheckScales(tensor.dtype, bytes));
  DecodeRow(tensor.dtype, bytes, row.data(), row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    if (std::isfinite(row[i])) continue;
    return Status(Code::kInvalidArgument, StrCat("element (", i, ") is (", row[i], ")"));
  }
  return Status();
}

}  // namespace

Status CheckScales(DType dtype, std::span<const std::byte> bytes) {
  const size_t block_bytes = Traits(dtype).bytes;
  for (size_t at = 0; dtype == DType::kMXFP4 && at < bytes.size(); at += block_bytes) {
    if (bytes[at] != std::byte{kNoE8M0}) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("block (", at / block_bytes, ") has a scale that is no number (",
                         int{kNoE8M0}, ")"));
  }
  return Status();
}

Status CheckTensorValues(const Gguf& gguf) {
  std::vector<float> row;
  for (const GgufTensor& tensor : gguf.tensors()) {
    if (!HasCodec(tensor.dtype)) continue;
    row.resize(tensor.cols());
    uint64_t row_bytes = tensor.data.size() / tensor.rows();
    for (uint64_t i = 0; i < tensor.rows(); ++i) {
      Status status = CheckRow(tensor, tensor.data.subspan(i * row_bytes, row_bytes), row);
      if (status.ok()) continue;
      return std::move(status).At(StrCat(gguf.name(), ": ", tensor.name, ": row (", i, ")"));
    }
  }
  return Status();
}

}  // namespace ingot::model
