// Offer: what an op gives its kernels by name, as docs/ops.md lists it. select-kernels asks it for
// the facts that a kernel is chosen by, emit-program for what fills the kernel's description.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "mlir/IR/Value.h"

#include "ingot/base/dtype.h"
#include "ingot/base/interface.h"
#include "ingot/program/size.h"

namespace ingot::ir::xf {

struct OfferedBinding {
  enum class Kind : uint8_t { kValue, kState, kVectors };
  std::string_view name;
  Kind kind = Kind::kValue;
  mlir::Value value;  // of kValue
};

struct OfferedUniform {
  std::string_view name;
  // The third is the offset of a small vector in `vectors`.
  std::variant<program::Size, float, mlir::Value> value;
};

// Rows of a weight that one dispatch reads.
struct RowSlice {
  uint64_t begin = 0;
  uint64_t rows = 0;
};

struct Offer {
  // Set by who asks. Without a slice, a weight is read whole.
  DType kv_dtype = DType::kF16;
  std::optional<RowSlice> slice;

  std::vector<OfferedBinding> bindings;
  std::vector<OfferedUniform> uniforms;
  OverrideValues bound;  // overrides that the op or the Program fixes
  std::optional<DType> format;
  uint64_t cols = 0;
  uint64_t depth = 0;
  std::string_view slice_base;  // the uniform that says where a slice begins
  uint64_t slice_unit = 1;      // rows that a slice holds whole: those of an expert

  void Bind(std::string_view name, mlir::Value value) {
    bindings.push_back({name, OfferedBinding::Kind::kValue, value});
  }
  void BindState() { bindings.push_back({"state", OfferedBinding::Kind::kState, {}}); }
  void BindVectors() { bindings.push_back({"vectors", OfferedBinding::Kind::kVectors, {}}); }
  void Count(std::string_view name, program::Size value) {
    uniforms.push_back({name, std::move(value)});
  }
  void Number(std::string_view name, double value) {
    uniforms.push_back({name, static_cast<float>(value)});
  }
  void OffsetOf(std::string_view name, mlir::Value vector) { uniforms.push_back({name, vector}); }
};

// What an elementwise op of one or two operands gives.
void OfferUnary(mlir::Value x, mlir::Value y, Offer& offer);
void OfferGate(mlir::Value x, mlir::Value up, mlir::Value y, Offer& offer);
void OfferBinary(mlir::Value a, mlir::Value b, mlir::Value y, Offer& offer);

// A number of rows, which may be a symbol, as a Size.
program::Size RowsSize(int64_t rows);

}  // namespace ingot::ir::xf
