// What is behind a Graph: the module and the context that owns its types and attributes.
#pragma once

#include <mutex>

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/graph.h"

namespace ingot::ir {

// A context is used by one thread at a time; readers of a shared Graph take the lock.
struct Graph::State {
  mutable std::mutex mutex;
  mutable mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;

  State() {
    context.loadDialect<xf::XfDialect>();
    // A message of ours says what is wrong; the op's text would only hide it.
    context.printOpOnDiagnostic(false);
  }
  // REQUIRES: the module holds its one graph.
  xf::GraphOp graph() const { return *module.get().getOps<xf::GraphOp>().begin(); }
};

// The text of a graph, ending with one line end.
std::string TextOf(xf::GraphOp graph);

// The rules of a whole Graph that no single op can see: one graph in the module, one set of logits
// for the rows that are wanted. Failures are diagnostics.
llvm::LogicalResult VerifyGraph(mlir::ModuleOp module);

}  // namespace ingot::ir
