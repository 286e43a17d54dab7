#include "ingot/ir/dialect/dialect.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/DialectImplementation.h"

#include "ingot/base/text.h"
#include "ingot/ir/dialect/dialect.cc.inc"
#define GET_ATTRDEF_CLASSES
#include "ingot/ir/dialect/attrs.cc.inc"
#define GET_TYPEDEF_CLASSES
#include "ingot/ir/dialect/types.cc.inc"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// LLVM's archives are not instrumented: their allocators would poison what we read.
extern "C" const char* __asan_default_options() { return "allow_user_poisoning=0"; }
#endif
#endif

namespace ingot::ir::xf {
namespace {

constexpr llvm::StringLiteral kBlocks = "blocks";

// `tokens`, `outputs` or a number.
mlir::ParseResult ParseRows(mlir::AsmParser& parser, int64_t& rows) {
  if (mlir::succeeded(parser.parseOptionalKeyword("tokens"))) {
    rows = kTokens;
    return mlir::success();
  }
  if (mlir::succeeded(parser.parseOptionalKeyword("outputs"))) {
    rows = kOutputs;
    return mlir::success();
  }
  return parser.parseInteger(rows);
}

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

llvm::LogicalResult VerifyPositive(EmitError emit, const char* what, int64_t value) {
  if (value <= 0) return emit() << what << " (" << value << ") must be at least 1";
  if (value <= kMostElements) return mlir::success();
  return emit() << what << " (" << value << ") are more than (" << kMostElements << ")";
}

llvm::LogicalResult VerifyRows(EmitError emit, int64_t rows) {
  if (rows == kTokens || rows == kOutputs) return mlir::success();
  return VerifyPositive(emit, "rows", rows);
}

}  // namespace

void XfDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ingot/ir/dialect/attrs.cc.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "ingot/ir/dialect/types.cc.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ingot/ir/dialect/ops.cc.inc"
      >();
}

std::string RowsText(int64_t rows) {
  if (rows == kTokens) return "tokens";
  if (rows == kOutputs) return "outputs";
  return StrCat(rows);
}

std::string BufferAttrOf(mlir::OpResult result) {
  if (result.getResultNumber() == 0) return kBufferAttr.str();
  return StrCat(std::string_view(kBufferAttr), ".", result.getResultNumber());
}

std::optional<MatrixShape> ShapeOf(mlir::Type type) {
  if (auto rows = llvm::dyn_cast<RowsType>(type)) {
    return MatrixShape{rows.getRows(), rows.getFeatures()};
  }
  if (auto routes = llvm::dyn_cast<RoutesType>(type)) {
    return MatrixShape{routes.getRows(), routes.getTopK()};
  }
  if (auto order = llvm::dyn_cast<OrderType>(type)) {
    return MatrixShape{order.getRows(), order.getTopK() + order.getExperts() + 1};
  }
  return std::nullopt;
}

llvm::StringRef OpName(mlir::Operation* op) { return op->getName().stripDialect(); }

program::Size RowsSize(int64_t rows) {
  if (rows == kTokens) return program::Size::Tokens();
  if (rows == kOutputs) return program::Size::Outputs();
  return program::Size(static_cast<uint64_t>(rows));
}

llvm::LogicalResult RowsType::verify(EmitError emit, int64_t rows, int64_t features) {
  return mlir::failure(mlir::failed(VerifyRows(emit, rows)) ||
                       mlir::failed(VerifyPositive(emit, "features", features)));
}

mlir::Type RowsType::parse(mlir::AsmParser& parser) {
  int64_t rows = 0;
  int64_t features = 0;
  if (parser.parseLess() || ParseRows(parser, rows) || parser.parseKeyword("x") ||
      parser.parseInteger(features) || parser.parseGreater()) {
    return {};
  }
  return parser.getChecked<RowsType>(parser.getContext(), rows, features);
}

void RowsType::print(mlir::AsmPrinter& printer) const {
  printer << "<" << RowsText(getRows()) << " x " << getFeatures() << ">";
}

llvm::LogicalResult IdsType::verify(EmitError emit, int64_t rows) { return VerifyRows(emit, rows); }

mlir::Type IdsType::parse(mlir::AsmParser& parser) {
  int64_t rows = 0;
  if (parser.parseLess() || ParseRows(parser, rows) || parser.parseGreater()) return {};
  return parser.getChecked<IdsType>(parser.getContext(), rows);
}

void IdsType::print(mlir::AsmPrinter& printer) const {
  printer << "<" << RowsText(getRows()) << ">";
}

namespace {

// What the types of routes and of their order have in common.
llvm::LogicalResult VerifyRoutes(EmitError emit, int64_t rows, int64_t top_k, int64_t experts) {
  if (mlir::failed(VerifyRows(emit, rows)) ||
      mlir::failed(VerifyPositive(emit, "experts of a row", top_k)) ||
      mlir::failed(VerifyPositive(emit, "experts", experts))) {
    return mlir::failure();
  }
  if (top_k <= experts) return mlir::success();
  return emit() << "experts of a row (" << top_k << ") are more than the experts (" << experts
                << ")";
}

template <typename Type>
mlir::Type ParseRoutes(mlir::AsmParser& parser) {
  int64_t rows = 0;
  int64_t top_k = 0;
  int64_t experts = 0;
  if (parser.parseLess() || ParseRows(parser, rows) || parser.parseKeyword("x") ||
      parser.parseInteger(top_k) || parser.parseKeyword("of") || parser.parseInteger(experts) ||
      parser.parseGreater()) {
    return {};
  }
  return parser.getChecked<Type>(parser.getContext(), rows, top_k, experts);
}

template <typename Type>
void PrintRoutes(Type type, mlir::AsmPrinter& printer) {
  printer << "<" << RowsText(type.getRows()) << " x " << type.getTopK() << " of "
          << type.getExperts() << ">";
}

}  // namespace

llvm::LogicalResult RoutesType::verify(EmitError emit, int64_t rows, int64_t top_k,
                                       int64_t experts) {
  return VerifyRoutes(emit, rows, top_k, experts);
}
mlir::Type RoutesType::parse(mlir::AsmParser& parser) { return ParseRoutes<RoutesType>(parser); }
void RoutesType::print(mlir::AsmPrinter& printer) const { PrintRoutes(*this, printer); }

llvm::LogicalResult OrderType::verify(EmitError emit, int64_t rows, int64_t top_k,
                                      int64_t experts) {
  return VerifyRoutes(emit, rows, top_k, experts);
}
mlir::Type OrderType::parse(mlir::AsmParser& parser) { return ParseRoutes<OrderType>(parser); }
void OrderType::print(mlir::AsmPrinter& printer) const { PrintRoutes(*this, printer); }

llvm::LogicalResult WeightType::verify(EmitError emit, int64_t rows, int64_t cols, DType dtype,
                                       llvm::StringRef layout) {
  if (mlir::failed(VerifyPositive(emit, "rows", rows)) ||
      mlir::failed(VerifyPositive(emit, "columns", cols))) {
    return mlir::failure();
  }
  if (dtype == DType::kI32 || dtype == DType::kU32) {
    return emit() << "format (" << Name(dtype) << ") is not one of weights";
  }
  if (Result<uint64_t> bytes = RowBytes(dtype, static_cast<uint64_t>(cols)); !bytes.ok()) {
    return emit() << bytes.status().message();
  }
  if (layout.empty()) return emit() << "layout is empty";
  return mlir::success();
}

mlir::Type WeightType::parse(mlir::AsmParser& parser) {
  llvm::SmallVector<int64_t, 2> shape;
  llvm::StringRef name;
  llvm::StringRef layout = kBlocks;
  if (parser.parseLess()) return {};
  llvm::SMLoc at = parser.getCurrentLocation();
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false) ||
      parser.parseComma() || parser.parseKeyword(&name)) {
    return {};
  }
  if (mlir::succeeded(parser.parseOptionalComma()) && parser.parseKeyword(&layout)) return {};
  if (parser.parseGreater()) return {};
  if (shape.size() != 2) {
    parser.emitError(at) << "a weight has 2 dimensions, not (" << shape.size() << ")";
    return {};
  }
  std::optional<DType> dtype = DTypeFromName(std::string_view(name));
  if (!dtype) {
    parser.emitError(at) << "unknown format (" << name << ")";
    return {};
  }
  return parser.getChecked<WeightType>(parser.getContext(), shape[0], shape[1], *dtype, layout);
}

void WeightType::print(mlir::AsmPrinter& printer) const {
  printer << "<" << getRows() << "x" << getCols() << ", " << llvm::StringRef(Name(getDtype()));
  if (getLayout() != kBlocks) printer << ", " << getLayout();
  printer << ">";
}

llvm::LogicalResult VecType::verify(EmitError emit, int64_t count) {
  return VerifyPositive(emit, "count", count);
}

llvm::LogicalResult TableType::verify(EmitError emit, int64_t rot) {
  if (rot % 2 != 0) return emit() << "rot (" << rot << ") is not even";
  return VerifyPositive(emit, "rot", rot);
}

llvm::LogicalResult KvType::verify(EmitError emit, int64_t kv_heads, int64_t head_dim) {
  return mlir::failure(mlir::failed(VerifyPositive(emit, "kv_heads", kv_heads)) ||
                       mlir::failed(VerifyPositive(emit, "head_dim", head_dim)));
}

mlir::Type KvType::parse(mlir::AsmParser& parser) {
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  if (parser.parseLess() || parser.parseInteger(kv_heads) || parser.parseKeyword("x") ||
      parser.parseInteger(head_dim) || parser.parseGreater()) {
    return {};
  }
  return parser.getChecked<KvType>(parser.getContext(), kv_heads, head_dim);
}

void KvType::print(mlir::AsmPrinter& printer) const {
  printer << "<" << getKvHeads() << " x " << getHeadDim() << ">";
}

}  // namespace ingot::ir::xf
