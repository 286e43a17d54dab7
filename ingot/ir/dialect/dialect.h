// The dialect `xf` for the files of ir/: types, attributes and ops as C++ classes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "ingot/base/dtype.h"
#include "ingot/ir/dialect/offer.h"

namespace ingot::ir::xf {

// Rows of a type that are not a number but a symbol of the run.
inline constexpr int64_t kTokens = -1;
inline constexpr int64_t kOutputs = -2;

// Bound of every count: kernels count in 32 bits, and products of two stay in range.
inline constexpr int64_t kMostElements = (int64_t{1} << 31) - 1;

// Discardable attributes that the last passes leave on ops.
inline constexpr llvm::StringLiteral kKernelAttr = "xf.kernel";  // Kernel
inline constexpr llvm::StringLiteral kBufferAttr = "xf.buffer";  // the result's buffer: s0, logits

// The attribute that names the buffer of a result: kBufferAttr, of later results kBufferAttr.N.
std::string BufferAttrOf(mlir::OpResult result);

// Rows (or a symbol) and columns of what lies in scratch memory as rows of 32-bit numbers: rows and
// routes. Nothing for other types.
struct MatrixShape {
  int64_t rows = 0;
  int64_t cols = 0;
};
std::optional<MatrixShape> ShapeOf(mlir::Type type);

// "tokens", "outputs" or the number.
std::string RowsText(int64_t rows);

// Name of an op without its dialect: "rms_norm".
llvm::StringRef OpName(mlir::Operation* op);

}  // namespace ingot::ir::xf

#include "ingot/ir/dialect/dialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ingot/ir/dialect/attrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "ingot/ir/dialect/types.h.inc"
// The interfaces stand before the ops that implement them.
#include "ingot/ir/dialect/interfaces.h.inc"
#define GET_OP_CLASSES
#include "ingot/ir/dialect/ops.h.inc"
