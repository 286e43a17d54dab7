#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/op_query.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_GROUPEXPERTSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

struct GroupExperts : impl::GroupExpertsPassBase<GroupExperts> {
  explicit GroupExperts(Session& session) : session(&session) {}

  void runOnOperation() override {
    if (PhaseOf(getOperation()) != Phase::kPrefill) return;
    for (auto op :
         llvm::make_early_inc_range(getOperation().getBody().getOps<xf::ExpertMatMulOp>())) {
      const xf::RoutesType routes = op.getRoutes().getType();
      // Where there are fewer pairs than experts, hardly two of them have weights in common.
      const auto pairs = static_cast<int64_t>(session->options.prefill_tokens) * routes.getTopK();
      if (pairs >= routes.getExperts()) Group(op);
    }
  }

 private:
  void Group(xf::ExpertMatMulOp op) {
    const xf::ExpertOrderOp order = OrderOf(op);
    mlir::NamedAttrList place;
    for (const char* name : {"layer", "role", "as"}) {
      if (mlir::Attribute attribute = op->getAttr(name)) place.set(name, attribute);
    }
    mlir::OpBuilder builder(op);
    auto grouped = builder.create<xf::ExpertMatMulGroupedOp>(
        op.getLoc(), mlir::ValueRange{op.getX(), op.getW(), order->getResult(0)}, place.getAttrs());
    if (IsServedBest(grouped, op.getOperation(), *session) &&
        IsServedBest(order, op.getOperation(), *session)) {
      op.getY().replaceAllUsesWith(grouped.getY());
      op.erase();
      return;
    }
    grouped.erase();
    if (order->use_empty()) order->erase();
  }

  // The order of the op's routes, right behind them.
  static xf::ExpertOrderOp OrderOf(xf::ExpertMatMulOp op) {
    const mlir::Value routes = op.getRoutes();
    for (mlir::Operation* user : routes.getUsers()) {
      if (auto order = llvm::dyn_cast<xf::ExpertOrderOp>(user)) return order;
    }
    mlir::OpBuilder builder(routes.getContext());
    builder.setInsertionPointAfterValue(routes);
    mlir::NamedAttrList place;
    if (mlir::Attribute layer = op->getAttr("layer")) place.set("layer", layer);
    return builder.create<xf::ExpertOrderOp>(routes.getLoc(), mlir::ValueRange{routes},
                                             place.getAttrs());
  }

  Session* session;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeGroupExperts(Session& session) {
  return std::make_unique<GroupExperts>(session);
}

}  // namespace ingot::ir
