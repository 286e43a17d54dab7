#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/op_query.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_JOINOPSPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

// The op whose result is `value`, if it is an Op and the value has this one reader.
template <typename Op>
Op OnlyReaderOf(mlir::Value value) {
  auto op = value.getDefiningOp<Op>();
  return op && value.hasOneUse() ? op : Op();
}

struct JoinOps : impl::JoinOpsPassBase<JoinOps> {
  explicit JoinOps(Session& session) : session(&session) {}

  void runOnOperation() override {
    for (mlir::Operation& op : llvm::make_early_inc_range(getOperation().getBody().front())) {
      if (auto add = llvm::dyn_cast<xf::AddOp>(op)) {
        // Of two products the later one: the other is done by then.
        if (!JoinAdd(add, add.getB(), add.getA())) JoinAdd(add, add.getA(), add.getB());
      } else if (auto mul = llvm::dyn_cast<xf::MulOp>(op)) {
        if (!JoinMul(mul, mul.getA(), mul.getB())) JoinMul(mul, mul.getB(), mul.getA());
      } else if (auto write = llvm::dyn_cast<xf::KvWriteOp>(op)) {
        JoinKvWrite(write);
      }
    }
  }

 private:
  bool JoinAdd(xf::AddOp add, mlir::Value product, mlir::Value residual) {
    auto matmul = OnlyReaderOf<xf::MatMulOp>(product);
    if (!matmul || residual == product) return false;
    return Join<xf::MatMulAddOp>({matmul, add}, {matmul.getX(), matmul.getW(), residual}, matmul);
  }

  bool JoinMul(xf::MulOp mul, mlir::Value activation, mlir::Value up) {
    if (activation == up) return false;
    if (auto silu = OnlyReaderOf<xf::SiluOp>(activation)) {
      return JoinProducts(mul, silu, up) ||
             Join<xf::SwigluOp>({silu, mul}, {silu.getX(), up}, silu);
    }
    auto gelu = OnlyReaderOf<xf::GeluTanhOp>(activation);
    return gelu && Join<xf::GegluOp>({gelu, mul}, {gelu.getX(), up}, gelu);
  }

  // Both halves of the gate are products of one x with weights of one kind.
  bool JoinProducts(xf::MulOp mul, xf::SiluOp silu, mlir::Value up_value) {
    auto gate = OnlyReaderOf<xf::MatMulOp>(silu.getX());
    auto up = OnlyReaderOf<xf::MatMulOp>(up_value);
    if (!gate || !up || gate.getX() != up.getX()) return false;
    if (gate.getW().getType() != up.getW().getType() || gate.getW() == up.getW()) return false;
    return Join<xf::MatMulSwigluOp>({gate, up, silu, mul}, {gate.getX(), gate.getW(), up.getW()},
                                    gate);
  }

  void JoinKvWrite(xf::KvWriteOp write) {
    auto rope = OnlyReaderOf<xf::RopeOp>(write.getK());
    if (!rope || static_cast<int64_t>(rope.getHeads()) != write.getCache().getType().getKvHeads()) {
      return;
    }
    Join<xf::RopeKvWriteOp>({rope, write},
                            {write.getCache(), rope.getX(), write.getV(), rope.getTable()}, write);
  }

  // Puts an op of type Joined, with the layer and role of `named`, in the place of the last of
  // `parts`, which are in their order; false if it is better served by them.
  template <typename Joined>
  bool Join(llvm::ArrayRef<mlir::Operation*> parts, llvm::ArrayRef<mlir::Value> operands,
            mlir::Operation* named) {
    mlir::Operation* last = parts.back();
    mlir::OpBuilder builder(last);
    mlir::NamedAttrList attributes;
    for (const char* name : {"layer", "role"}) {
      if (mlir::Attribute attribute = named->getAttr(name)) attributes.set(name, attribute);
    }
    if (mlir::Attribute as = last->getAttr("as")) attributes.set("as", as);
    mlir::OperationState state(last->getLoc(), Joined::getOperationName(), operands,
                               last->getResultTypes(), attributes.getAttrs());
    mlir::Operation* joined = builder.create(state);
    if (!IsServedBest(joined, parts, *session)) {
      joined->erase();
      return false;
    }
    last->replaceAllUsesWith(joined);
    for (mlir::Operation* part : llvm::reverse(parts)) part->erase();
    return true;
  }

  Session* session;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeJoinOps(Session& session) {
  return std::make_unique<JoinOps>(session);
}

}  // namespace ingot::ir
