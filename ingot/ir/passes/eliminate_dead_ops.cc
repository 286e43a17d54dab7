#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_ELIMINATEDEADOPSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

struct EliminateDeadOps : impl::EliminateDeadOpsPassBase<EliminateDeadOps> {
  void runOnOperation() override {
    mlir::Block& block = getOperation().getBody().front();
    // From the end: users go before what they use.
    for (mlir::Operation& op : llvm::make_early_inc_range(llvm::reverse(block))) {
      if (mlir::isOpTriviallyDead(&op)) op.erase();
    }
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeEliminateDeadOps(Session&) {
  return std::make_unique<EliminateDeadOps>();
}

}  // namespace ingot::ir
