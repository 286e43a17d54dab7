// What the verifiers of ops share: the numbers in types, and failures that name the op and both
// numbers. For the sources of the dialect only.
#pragma once

#include "ingot/ir/dialect/dialect.h"

namespace ingot::ir::xf {

inline int64_t Features(mlir::Value rows) {
  return llvm::cast<RowsType>(rows.getType()).getFeatures();
}
inline int64_t Count(mlir::Value vec) { return llvm::cast<VecType>(vec.getType()).getCount(); }
inline KvType Kv(mlir::Value cache) { return llvm::cast<KvType>(cache.getType()); }
inline WeightType Weight(mlir::Value w) { return llvm::cast<WeightType>(w.getType()); }

// A failure of `op`: its name, then the rest of the message.
inline mlir::InFlightDiagnostic Fail(mlir::Operation* op) {
  return op->emitError() << OpName(op) << ": ";
}

inline llvm::LogicalResult Positive(mlir::Operation* op, const char* what, int64_t value) {
  if (value <= 0) return Fail(op) << what << " (" << value << ") must be at least 1";
  if (value <= kMostElements) return mlir::success();
  return Fail(op) << what << " (" << value << ") are more than (" << kMostElements << ")";
}

inline llvm::LogicalResult Finite(mlir::Operation* op, const char* what,
                                  const llvm::APFloat& value) {
  if (value.isFinite()) return mlir::success();
  return Fail(op) << what << " is not finite";
}

// Finite, and 0 or more.
inline llvm::LogicalResult NotNegative(mlir::Operation* op, const char* what,
                                       const llvm::APFloat& value) {
  if (mlir::failed(Finite(op, what, value))) return mlir::failure();
  if (!value.isNegative()) return mlir::success();
  return Fail(op) << what << " (" << value.convertToDouble() << ") is negative";
}

inline llvm::LogicalResult Multiple(mlir::Operation* op, const char* what, int64_t value,
                                    const char* of, int64_t unit) {
  if (value % unit == 0) return mlir::success();
  return Fail(op) << what << " (" << value << ") are not a multiple of " << of << " (" << unit
                  << ")";
}

inline llvm::LogicalResult Equal(mlir::Operation* op, const char* what, int64_t value,
                                 const char* other, int64_t want) {
  if (value == want) return mlir::success();
  return Fail(op) << what << " (" << value << ") are not " << other << " (" << want << ")";
}

inline llvm::LogicalResult VerifySameRows(mlir::Operation* op, const char* a_name, mlir::Value a,
                                          const char* b_name, mlir::Value b) {
  if (a.getType() == b.getType()) return mlir::success();
  auto text = [](mlir::Value value) {
    auto type = llvm::cast<RowsType>(value.getType());
    return RowsText(type.getRows()) + " x " + std::to_string(type.getFeatures());
  };
  return Fail(op) << a_name << " (" << text(a) << ") and " << b_name << " (" << text(b)
                  << ") differ";
}

inline llvm::LogicalResult Within(mlir::Operation* op, const char* what, int64_t value, int64_t lo,
                                  int64_t hi) {
  if (value >= lo && value <= hi) return mlir::success();
  return Fail(op) << what << " (" << value << ") is not in (" << lo << ".." << hi << ")";
}

}  // namespace ingot::ir::xf
