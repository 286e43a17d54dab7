// What the ops of experts must hold and what they return.
#include "ingot/ir/dialect/verify.h"

namespace ingot::ir::xf {
namespace {

using llvm::LogicalResult;
using mlir::failed;
using mlir::failure;

RoutesType Routes(mlir::Value routes) { return llvm::cast<RoutesType>(routes.getType()); }

// Rows of the same number as the routes.
LogicalResult VerifyRowsOf(mlir::Operation* op, const char* what, mlir::Value rows,
                           const char* other, int64_t want) {
  const int64_t have = llvm::cast<RowsType>(rows.getType()).getRows();
  if (have == want) return mlir::success();
  return Fail(op) << "rows of " << what << " (" << RowsText(have) << ") are not those of " << other
                  << " (" << RowsText(want) << ")";
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
  auto w = llvm::dyn_cast<WeightType>(operands[1].getType());
  auto routes = llvm::dyn_cast<RoutesType>(operands[2].getType());
  if (!w || !routes) return failure();
  const int64_t cols = std::max<int64_t>(w.getRows() / routes.getExperts(), 1);
  types.push_back(RowsType::get(context, routes.getRows(), routes.getTopK() * cols));
  return mlir::success();
}

LogicalResult ExpertMatMulOp::verify() {
  const RoutesType routes = Routes(getRoutes());
  const int64_t depth = Weight(getW()).getCols(), features = Features(getX());
  if (failed(VerifyRowsOf(*this, "x", getX(), "the routes", routes.getRows())) ||
      failed(Multiple(*this, "w's rows", Weight(getW()).getRows(), "the experts",
                      routes.getExperts()))) {
    return failure();
  }
  if (features == depth) return mlir::success();
  return Equal(*this, "x's features", features, "w's columns, nor those times the experts of a row",
               depth * routes.getTopK());
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
