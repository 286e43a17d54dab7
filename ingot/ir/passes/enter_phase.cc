#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DECL_ENTERPHASEPASS
#define GEN_PASS_DEF_ENTERPHASEPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

// The type with one row for every symbol.
mlir::Type OneRow(mlir::Type type) {
  if (auto rows = llvm::dyn_cast<xf::RowsType>(type); rows && rows.getRows() < 0) {
    return xf::RowsType::get(type.getContext(), 1, rows.getFeatures());
  }
  if (auto routes = llvm::dyn_cast<xf::RoutesType>(type); routes && routes.getRows() < 0) {
    return xf::RoutesType::get(type.getContext(), 1, routes.getTopK(), routes.getExperts());
  }
  if (auto ids = llvm::dyn_cast<xf::IdsType>(type); ids && ids.getRows() < 0) {
    return xf::IdsType::get(type.getContext(), 1);
  }
  return type;
}

struct EnterPhase : impl::EnterPhasePassBase<EnterPhase> {
  using EnterPhasePassBase::EnterPhasePassBase;

  void runOnOperation() override {
    xf::GraphOp graph = getOperation();
    graph.setPhase(phase.getValue());
    if (phase != Name(Phase::kDecode)) return;
    graph.walk([](mlir::Operation* op) {
      for (mlir::Value result : op->getResults()) result.setType(OneRow(result.getType()));
      for (mlir::Region& region : op->getRegions()) {
        for (mlir::Value argument : region.getArguments()) {
          argument.setType(OneRow(argument.getType()));
        }
      }
    });
  }
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeEnterPhase(Session& session) {
  return std::make_unique<EnterPhase>(EnterPhasePassOptions{std::string(Name(session.phase))});
}

}  // namespace ingot::ir
