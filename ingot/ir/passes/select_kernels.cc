#include <map>

#include "ingot/base/text.h"
#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/op_query.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_SELECTKERNELSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

mlir::Value Offered(const xf::Offer& offer, std::string_view name) {
  for (const xf::OfferedBinding& binding : offer.bindings) {
    if (binding.name == name) return binding.value;
  }
  return {};
}

// Whether something at or after `op`, other than the one operand, reads the value.
bool IsNeededBeside(mlir::Value value, mlir::Operation* op) {
  size_t uses_here = 0;
  for (mlir::OpOperand& use : value.getUses()) {
    if (use.getOwner() == op) {
      ++uses_here;
    } else if (op->isBeforeInBlock(use.getOwner())) {
      return true;
    }
  }
  return uses_here > 1;
}

struct SelectKernels : impl::SelectKernelsPassBase<SelectKernels> {
  explicit SelectKernels(Session& session) : session(&session) {}

  void runOnOperation() override {
    for (xf::FusedOp group : getOperation().getBody().getOps<xf::FusedOp>()) {
      group.emitError() << "fused: no kernel serves a group";
      return signalPassFailure();
    }
    auto ops = llvm::to_vector(getOperation().getBody().getOps<xf::KernelOp>());
    for (xf::KernelOp op : ops) {
      if (mlir::failed(Select(op))) return signalPassFailure();
    }
  }

  llvm::LogicalResult Select(xf::KernelOp op) {
    xf::Offer offer;
    offer.kv_dtype = session->options.kv_dtype;
    op.offer(offer);
    const kernels::OpQuery query = QueryOf(op, offer, *session);
    Result<kernels::Choice> choice = Resolve(query, *session);
    if (!choice.ok()) {
      session->code = choice.status().code();
      return op.emitError() << choice.status().message();
    }
    if (!choice->kernel->in_place.empty()) {
      if (mlir::failed(SparePlace(op, Offered(offer, choice->kernel->in_place)))) {
        return mlir::failure();
      }
    }
    for (const kernels::BindingDesc& binding : choice->kernel->bindings) {
      if (mlir::Value value = Offered(offer, binding.name)) Repack(op, value, binding.layout);
    }
    SetKernel(op, *choice);
    session->choices.push_back({.phase = query.phase,
                                .op = query.op,
                                .role = query.role,
                                .layer = query.layer,
                                .kernel = choice->kernel->name,
                                .variant = choice->variant,
                                .origin = std::string(kernels::OriginName(choice->origin)),
                                .row = choice->row,
                                .reasons = choice->reasons});
    return mlir::success();
  }

  // The op's kernel overwrites `value`: it gets a copy of activations that are needed beside.
  llvm::LogicalResult SparePlace(xf::KernelOp op, mlir::Value value) {
    if (!llvm::isa<xf::RowsType>(value.getType()) || !IsNeededBeside(value, op)) {
      return mlir::success();
    }
    mlir::OpBuilder builder(op);
    mlir::OperationState state(op.getLoc(), xf::ScaleOp::getOperationName(), value, value.getType(),
                               {builder.getNamedAttr("factor", builder.getF64FloatAttr(1.0))});
    for (const char* name : {"layer", "role"}) {
      if (mlir::Attribute attribute = op->getAttr(name)) state.addAttribute(name, attribute);
    }
    auto copy = llvm::cast<xf::KernelOp>(builder.create(state));
    op->getOpOperand(OperandOf(op, value)).set(copy->getResult(0));
    return Select(copy);
  }

  static unsigned OperandOf(mlir::Operation* op, mlir::Value value) {
    unsigned index = 0;
    while (op->getOperand(index) != value) ++index;
    return index;
  }

  // Gives `op` the weight `value` in the layout that its kernel reads.
  void Repack(xf::KernelOp op, mlir::Value value, llvm::StringRef layout) {
    auto type = llvm::dyn_cast<xf::WeightType>(value.getType());
    if (!type || type.getLayout() == layout) return;
    mlir::Value& packed = repacked[{value.getAsOpaquePointer(), layout.str()}];
    if (!packed) {
      mlir::OpBuilder builder(value.getContext());
      builder.setInsertionPointAfterValue(value);
      packed = builder.clone(*value.getDefiningOp())->getResult(0);
      packed.setType(xf::WeightType::get(value.getContext(), type.getRows(), type.getCols(),
                                         type.getDtype(), layout));
    }
    op->replaceUsesOfWith(value, packed);
  }

  static void SetKernel(mlir::Operation* op, const kernels::Choice& choice) {
    mlir::Builder builder(op->getContext());
    llvm::SmallVector<mlir::NamedAttribute> overrides;
    for (const auto& [name, value] : choice.overrides) {
      overrides.push_back(builder.getNamedAttr(name, builder.getF64FloatAttr(value)));
    }
    op->setAttr(xf::kKernelAttr,
                xf::KernelAttr::get(op->getContext(), choice.kernel->name, choice.variant,
                                    builder.getDictionaryAttr(overrides)));
  }

  Session* session;
  std::map<std::pair<const void*, std::string>, mlir::Value> repacked;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeSelectKernels(Session& session) {
  return std::make_unique<SelectKernels>(session);
}

}  // namespace ingot::ir
