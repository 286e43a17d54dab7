// What the ops of experts must hold and what they return.
#include "ingot/ir/dialect/verify.h"

namespace ingot::ir::xf {
namespace {

using llvm::LogicalResult;
using mlir::failed;
using mlir::failure;

RoutesType Routes(mlir::Value routes) { return llvm::cast<RoutesType>(routes.getType()); }

// The rows that products with the weights of experts give; `operands` are x, w and what says which
// experts they are.
template <typename RoutesOrOrder>
LogicalResult InferExpertMatMul(mlir::MLIRContext* context, mlir::ValueRange operands,
                                llvm::SmallVectorImpl<mlir::Type>& types) {
  auto w = llvm::dyn_cast<WeightType>(operands[1].getType());
  auto routes = llvm::dyn_cast<RoutesOrOrder>(operands[2].getType());
  if (!w || !routes) return failure();
  const int64_t cols = std::max<int64_t>(w.getRows() / routes.getExperts(), 1);
  types.push_back(RowsType::get(context, routes.getRows(), routes.getTopK() * cols));
  return mlir::success();
}

// Rows of the same number as the routes.
LogicalResult VerifyRowsOf(mlir::Operation* op, const char* what, mlir::Value rows,
                           const char* other, int64_t want) {
  const int64_t have = llvm::cast<RowsType>(rows.getType()).getRows();
  if (have == want) return mlir::success();
  return Fail(op) << "rows of " << what << " (" << RowsText(have) << ") are not those of " << other
                  << " (" << RowsText(want) << ")";
}

template <typename RoutesOrOrder>
LogicalResult VerifyExpertMatMul(mlir::Operation* op, mlir::Value x, mlir::Value w,
                                 RoutesOrOrder routes) {
  const int64_t depth = Weight(w).getCols(), features = Features(x);
  if (failed(VerifyRowsOf(op, "x", x, "the routes", routes.getRows())) ||
      failed(Multiple(op, "w's rows", Weight(w).getRows(), "the experts", routes.getExperts()))) {
    return failure();
  }
  if (features == depth) return mlir::success();
  return Equal(op, "x's features", features, "w's columns, nor those times the experts of a row",
               depth * routes.getTopK());
}

}  // namespace

LogicalResult TopKOp::inferReturnTypes(mlir::MLIRContext* context, std::optional<mlir::Location>,
                                       mlir::ValueRange operands, mlir::DictionaryAttr attributes,
                                       mlir::OpaqueProperties, mlir::RegionRange,
                                       llvm::SmallVectorImpl<mlir::Type>& types) {
  auto x = llvm::dyn_cast<RowsType>(operands[0].getType());
  auto top_k = attributes.getAs<mlir::IntegerAttr>("top_k");
  if (!x || !top_k || top_k.getInt() < 1) return failure();
  // More than there are is for verify() to refuse.
  const int64_t taken = std::min(top_k.getInt(), x.getFeatures());
  types.push_back(RowsType::get(context, x.getRows(), taken));
  types.push_back(RoutesType::get(context, x.getRows(), taken, x.getFeatures()));
  return mlir::success();
}

LogicalResult TopKOp::verify() {
  return Within(*this, "experts of a row", static_cast<int64_t>(getTopK()), 1, Features(getX()));
}

LogicalResult ExpertMatMulOp::inferReturnTypes(mlir::MLIRContext* context,
                                               std::optional<mlir::Location>,
                                               mlir::ValueRange operands, mlir::DictionaryAttr,
                                               mlir::OpaqueProperties, mlir::RegionRange,
                                               llvm::SmallVectorImpl<mlir::Type>& types) {
  return InferExpertMatMul<RoutesType>(context, operands, types);
}

LogicalResult ExpertMatMulOp::verify() {
  return VerifyExpertMatMul(*this, getX(), getW(), Routes(getRoutes()));
}

LogicalResult ExpertOrderOp::inferReturnTypes(mlir::MLIRContext* context,
                                              std::optional<mlir::Location>,
                                              mlir::ValueRange operands, mlir::DictionaryAttr,
                                              mlir::OpaqueProperties, mlir::RegionRange,
                                              llvm::SmallVectorImpl<mlir::Type>& types) {
  auto routes = llvm::dyn_cast<RoutesType>(operands[0].getType());
  if (!routes) return failure();
  types.push_back(OrderType::get(context, routes.getRows(), routes.getTopK(), routes.getExperts()));
  return mlir::success();
}

LogicalResult ExpertMatMulGroupedOp::inferReturnTypes(mlir::MLIRContext* context,
                                                      std::optional<mlir::Location>,
                                                      mlir::ValueRange operands,
                                                      mlir::DictionaryAttr, mlir::OpaqueProperties,
                                                      mlir::RegionRange,
                                                      llvm::SmallVectorImpl<mlir::Type>& types) {
  return InferExpertMatMul<OrderType>(context, operands, types);
}

LogicalResult ExpertMatMulGroupedOp::verify() {
  return VerifyExpertMatMul(*this, getX(), getW(), getOrder().getType());
}

LogicalResult ExpertBiasOp::verify() {
  const RoutesType routes = Routes(getRoutes());
  if (failed(VerifyRowsOf(*this, "x", getX(), "the routes", routes.getRows())) ||
      failed(Multiple(*this, "the bias's count", Count(getBias()), "the experts",
                      routes.getExperts()))) {
    return failure();
  }
  return Equal(*this, "features", Features(getX()), "the experts of a row times an expert's biases",
               Count(getBias()) / routes.getExperts() * routes.getTopK());
}

LogicalResult ExpertSumOp::inferReturnTypes(mlir::MLIRContext* context,
                                            std::optional<mlir::Location>,
                                            mlir::ValueRange operands, mlir::DictionaryAttr,
                                            mlir::OpaqueProperties, mlir::RegionRange,
                                            llvm::SmallVectorImpl<mlir::Type>& types) {
  auto x = llvm::dyn_cast<RowsType>(operands[0].getType());
  auto weights = llvm::dyn_cast<RowsType>(operands[1].getType());
  if (!x || !weights) return failure();
  const int64_t features = std::max<int64_t>(x.getFeatures() / weights.getFeatures(), 1);
  types.push_back(RowsType::get(context, x.getRows(), features));
  return mlir::success();
}

LogicalResult ExpertSumOp::verify() {
  const auto weights = llvm::cast<RowsType>(getWeights().getType());
  if (failed(VerifyRowsOf(*this, "x", getX(), "the weights", weights.getRows()))) return failure();
  return Multiple(*this, "x's features", Features(getX()), "the weights of a row",
                  weights.getFeatures());
}

}  // namespace ingot::ir::xf
