#include "ingot/ir/graph.h"

#include "llvm/Support/raw_ostream.h"
#include "mlir/Parser/Parser.h"

#include "ingot/ir/diagnostics.h"
#include "ingot/ir/state.h"

namespace ingot::ir {

std::string TextOf(xf::GraphOp graph) {
  std::string text;
  llvm::raw_string_ostream out(text);
  graph->print(out);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

llvm::LogicalResult VerifyGraph(mlir::ModuleOp module) {
  auto graphs = module.getOps<xf::GraphOp>();
  auto count = std::distance(graphs.begin(), graphs.end());
  if (count != 1) {
    return mlir::emitError(module.getLoc()) << "the text holds (" << count << ") graphs, not (1)";
  }
  auto result = llvm::cast<xf::ReturnOp>((*graphs.begin()).getBody().front().back());
  int64_t rows = result.getLogits().getType().getRows();
  if (rows == xf::kOutputs || rows == 1) return mlir::success();
  return mlir::emitError(result.getLoc())
         << "return: rows of the logits (" << xf::RowsText(rows) << ") are not outputs";
}

Result<Graph> Graph::Parse(std::string_view text, std::string_view name) {
  auto state = std::make_shared<State>();
  Diagnostics diagnostics(&state->context);
  // The lexer reads up to a NUL.
  const std::string terminated(text);
  state->module = mlir::parseSourceString<mlir::ModuleOp>(
      terminated, mlir::ParserConfig(&state->context), llvm::StringRef(name));
  if (!state->module || mlir::failed(VerifyGraph(*state->module))) {
    return diagnostics.Take("the text is not a graph");
  }
  return Graph(std::move(state));
}

std::string Graph::Print() const {
  std::lock_guard lock(state_->mutex);
  return TextOf(state_->graph());
}

std::string Graph::name() const {
  std::lock_guard lock(state_->mutex);
  return state_->graph().getSymName().str();
}

size_t Graph::op_count() const {
  std::lock_guard lock(state_->mutex);
  size_t count = 0;
  state_->graph().walk([&](xf::KernelOp) { ++count; });
  return count;
}

std::vector<RopeTable> Graph::Tables() const {
  std::lock_guard lock(state_->mutex);
  std::vector<RopeTable> tables;
  for (auto op : state_->graph().getBody().getOps<xf::TableOp>()) {
    tables.push_back({.name = op.getName().str(),
                      .turns = {op.getTurns().begin(), op.getTurns().end()},
                      .factor = op.getFactor().convertToDouble(),
                      .interleaved = op.getInterleaved()});
  }
  return tables;
}

}  // namespace ingot::ir
