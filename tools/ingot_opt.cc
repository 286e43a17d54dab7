// ingot-opt: reads graphs of the dialect `xf`, runs the passes named on its command line and prints
// what they leave; a Program that emit-program made follows. For tests and for looking.
#include <cstdio>

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/passes/passes.h"
#include "ingot/program/serialize.h"

int main(int argc, char** argv) {
  ingot::ir::Session session;
  for (const ingot::ir::PipelineRow& row : ingot::ir::PipelineRows()) {
    mlir::registerPass([&session, &row] { return row.make(session); });
  }
  mlir::DialectRegistry registry;
  registry.insert<ingot::ir::xf::XfDialect>();
  auto result = mlir::MlirOptMain(argc, argv, "passes over graphs of the dialect xf\n", registry);
  if (!session.program.dispatches.empty()) {
    std::fputs(ingot::program::Print(session.program).c_str(), stdout);
  }
  return mlir::asMainReturnCode(result);
}
