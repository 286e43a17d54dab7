#include "ingot/ir/passes/row_slices.h"

#include <algorithm>

#include "ingot/base/text.h"

namespace ingot::ir {
namespace {

// Slices end at whole tiles of the kernels, if there is room for any.
constexpr uint64_t kTile = 128;

uint64_t CeilDiv(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

xf::WeightType WeightOf(xf::KernelOp op) {
  for (mlir::Value operand : op->getOperands()) {
    if (auto type = llvm::dyn_cast<xf::WeightType>(operand.getType())) return type;
  }
  return {};
}

}  // namespace

Result<std::vector<xf::RowSlice>> RowSlicesOf(xf::KernelOp op, const DeviceFacts& facts) {
  std::vector<xf::RowSlice> slices;
  const xf::WeightType type = WeightOf(op);
  // How large a repacked weight is, only its device knows.
  if (!type || type.getLayout() != "blocks") return slices;
  const auto rows = static_cast<uint64_t>(type.getRows());
  INGOT_ASSIGN(const uint64_t row_bytes,
               RowBytes(type.getDtype(), static_cast<uint64_t>(type.getCols())));
  const uint64_t limit = std::min(facts.max_binding_bytes, facts.max_buffer_bytes);
  if (rows <= limit / row_bytes) return slices;
  xf::Offer offer;
  op.offer(offer);
  const uint64_t unit = offer.slice_unit, unit_bytes = unit * row_bytes;
  const uint64_t most = limit / unit_bytes;
  if (most == 0) {
    return Status(Code::kUnsupported,
                  StrCat(unit == 1 ? "a row" : "one expert", " of the weight (", unit_bytes,
                         " bytes) is more than the device binds at once (", limit,
                         "); device cpu has no such limit"));
  }
  uint64_t size = CeilDiv(rows / unit, CeilDiv(rows / unit, most)) * unit;
  if (unit == 1 && most >= kTile) {
    size = std::min(CeilDiv(size, kTile) * kTile, most / kTile * kTile);
  }
  for (uint64_t begin = 0; begin < rows; begin += size) {
    slices.push_back({begin, std::min(size, rows - begin)});
  }
  return slices;
}

}  // namespace ingot::ir
