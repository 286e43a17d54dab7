#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_EXPANDFUSEDPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

void Expand(xf::FusedOp group) {
  mlir::Block& body = group.getBody().front();
  for (auto [argument, input] : llvm::zip_equal(body.getArguments(), group.getInputs())) {
    argument.replaceAllUsesWith(input);
  }
  auto yield = llvm::cast<xf::YieldOp>(body.getTerminator());
  for (auto [result, value] : llvm::zip_equal(group.getYs(), yield.getValues())) {
    result.replaceAllUsesWith(value);
  }
  yield.erase();
  mlir::Block* outer = group->getBlock();
  outer->getOperations().splice(group->getIterator(), body.getOperations());
  group.erase();
}

struct ExpandFused : impl::ExpandFusedPassBase<ExpandFused> {
  void runOnOperation() override {
    auto groups = llvm::to_vector(getOperation().getBody().getOps<xf::FusedOp>());
    for (xf::FusedOp group : groups) Expand(group);
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeExpandFused(Session&) { return std::make_unique<ExpandFused>(); }

}  // namespace ingot::ir
