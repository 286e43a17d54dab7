#include <cmath>

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

// Kernels take factors as f32.
bool IsPowerOfTwo(double factor) {
  int exponent = 0;
  return std::fabs(std::frexp(static_cast<float>(factor), &exponent)) == 0.5F;
}

// What `scale` is of, after joining it with scales before it. A product by a power of two is exact,
// so one rounding remains.
void JoinScales(xf::ScaleOp scale) {
  while (auto before = scale.getX().getDefiningOp<xf::ScaleOp>()) {
    double a = before.getFactor().convertToDouble();
    double b = scale.getFactor().convertToDouble();
    double joined = static_cast<double>(static_cast<float>(a)) * static_cast<float>(b);
    if (!IsPowerOfTwo(a) && !IsPowerOfTwo(b)) return;
    if (!std::isnormal(static_cast<float>(joined))) return;
    scale.setFactor(llvm::APFloat(joined));
    scale.getXMutable().assign(before.getX());
  }
}

// The operand that the op's result equals, or nothing.
mlir::Value FoldToOperand(mlir::Operation* op) {
  if (auto scale = llvm::dyn_cast<xf::ScaleOp>(op)) {
    return scale.getFactor().isExactlyValue(1.0) ? scale.getX() : mlir::Value();
  }
  auto last = llvm::dyn_cast<xf::LastRowsOp>(op);
  return last && last.getX().getType().getRows() == 1 ? last.getX() : mlir::Value();
}

struct FoldConstants : impl::FoldConstantsPassBase<FoldConstants> {
  void runOnOperation() override {
    llvm::SmallVector<mlir::Operation*> sites;
    // Groups keep their body: it is what a kernel was chosen to mean.
    for (mlir::Operation& op : getOperation().getBody().front()) {
      if (llvm::isa<xf::ScaleOp, xf::LastRowsOp>(op)) sites.push_back(&op);
    }
    for (mlir::Operation* op : sites) {
      if (auto scale = llvm::dyn_cast<xf::ScaleOp>(op)) JoinScales(scale);
      if (mlir::Value operand = FoldToOperand(op)) op->getResult(0).replaceAllUsesWith(operand);
    }
    // From the end, so that a joined scale's user is gone before it.
    for (mlir::Operation* op : llvm::reverse(sites)) {
      if (op->use_empty()) op->erase();
    }
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeFoldConstants(Session&) {
  return std::make_unique<FoldConstants>();
}

}  // namespace ingot::ir
