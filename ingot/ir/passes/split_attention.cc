#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/op_query.h"
#include "ingot/ir/passes/passes.h"

namespace ingot::ir {

#define GEN_PASS_DEF_SPLITATTENTIONPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

struct Site {
  xf::AttentionOp op;
  int64_t splits = 1;
};

// How many workgroups the resolver has share the keys; 1 if the op is better served as it is: a
// rule of higher rank speaks of it, or nothing serves its halves.
int64_t SplitsOf(xf::AttentionOp op, const Session& session) {
  xf::Offer offer;
  offer.kv_dtype = session.options.kv_dtype;
  op.offer(offer);
  auto kernel_op = llvm::cast<xf::KernelOp>(op.getOperation());
  kernels::OpQuery query = QueryOf(kernel_op, offer, session);
  Result<kernels::Choice> whole = Resolve(query, session);
  query.op = xf::AttentionSplitOp::getOperationName().split('.').second.str();
  query.bound.erase("HAS_SINKS");  // they are the merge's
  Result<kernels::Choice> split = Resolve(query, session);
  if (!split.ok() || (whole.ok() && whole->origin < split->origin)) return 1;
  auto splits = split->overrides.find("SPLITS");
  return splits == split->overrides.end() ? 1 : static_cast<int64_t>(splits->second);
}

void Split(const Site& site) {
  xf::AttentionOp op = site.op;
  mlir::OpBuilder builder(op);
  mlir::NamedAttrList place;
  for (const char* name : {"layer", "role"}) {
    if (mlir::Attribute attribute = op->getAttr(name)) place.set(name, attribute);
  }
  mlir::NamedAttrList attributes = place;
  for (const char* name : {"heads", "scale", "window", "softcap"}) {
    if (mlir::Attribute attribute = op->getAttr(name)) attributes.set(name, attribute);
  }
  attributes.set("splits", builder.getI64IntegerAttr(site.splits));
  auto part = builder.create<xf::AttentionSplitOp>(
      op.getLoc(), mlir::ValueRange{op.getQ(), op.getCache()}, attributes.getAttrs());
  mlir::NamedAttrList merged = place;
  for (const char* name : {"heads", "as"}) {
    if (mlir::Attribute attribute = op->getAttr(name)) merged.set(name, attribute);
  }
  merged.set("splits", builder.getI64IntegerAttr(site.splits));
  llvm::SmallVector<mlir::Value> halves = {part.getY()};
  if (op.getSinks()) halves.push_back(op.getSinks());
  auto y = builder.create<xf::AttentionMergeOp>(op.getLoc(), halves, merged.getAttrs());
  op.getY().replaceAllUsesWith(y.getY());
  op.erase();
}

struct SplitAttention : impl::SplitAttentionPassBase<SplitAttention> {
  explicit SplitAttention(Session& session) : session(&session) {}

  void runOnOperation() override {
    llvm::SmallVector<Site> sites;
    for (auto op : getOperation().getBody().getOps<xf::AttentionOp>()) {
      int64_t splits = SplitsOf(op, *session);
      if (splits > 1) sites.push_back({op, splits});
    }
    for (const Site& site : sites) Split(site);
  }

  Session* session;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeSplitAttention(Session& session) {
  return std::make_unique<SplitAttention>(session);
}

}  // namespace ingot::ir
