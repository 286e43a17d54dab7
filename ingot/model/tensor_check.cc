#include "ingot/model/tensor_check.h"

#include <cmath>
#include <vector>

#include "ingot/base/quant.h"
#include "ingot/base/text.h"

namespace ingot::model {
namespace {

constexpr std::byte kNoScale{255};  // E8M0's NaN, which decodes to finite numbers

Status CheckRow(const GgufTensor& tensor, std::span<const std::byte> bytes,
                std::vector<float>& row) {
  const DTypeTraits& traits = Traits(tensor.dtype);
  for (size_t at = 0; tensor.dtype == DType::kMXFP4 && at < bytes.size(); at += traits.bytes) {
    if (bytes[at] != kNoScale) continue;
    return Status(Code::kInvalidArgument,
                  StrCat("block (", at / traits.bytes, ") has a scale that is no number (255)"));
  }
  DecodeRow(tensor.dtype, bytes, row.data(), row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    if (std::isfinite(row[i])) continue;
    return Status(Code::kInvalidArgument, StrCat("element (", i, ") is (", row[i], ")"));
  }
  return Status();
}

}  // namespace

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
