// What the resolver is asked about an op.
#pragma once

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"
#include "ingot/kernels/resolver.h"

namespace ingot::ir {

// The phase that the graph says; decode if it says none.
Phase PhaseOf(xf::GraphOp graph);

// Of an op that offers its kernels `offer`.
kernels::OpQuery QueryOf(xf::KernelOp op, const xf::Offer& offer, const Session& session);

// Whom the resolver chooses for `query`.
Result<kernels::Choice> Resolve(const kernels::OpQuery& query, const Session& session);

// Whether a kernel serves `op`, and none of `parts`, which it stands for, is served by a rule of
// higher rank.
bool IsServedBest(mlir::Operation* op, llvm::ArrayRef<mlir::Operation*> parts,
                  const Session& session);

}  // namespace ingot::ir
