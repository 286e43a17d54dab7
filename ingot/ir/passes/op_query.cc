#include "ingot/ir/passes/op_query.h"

namespace ingot::ir {
namespace {

std::string TextOf(mlir::Operation* op, llvm::StringRef name) {
  auto text = op->getAttrOfType<mlir::StringAttr>(name);
  return text ? text.str() : std::string();
}

int LayerOf(mlir::Operation* op) {
  auto layer = op->getAttrOfType<mlir::IntegerAttr>("layer");
  return layer ? static_cast<int>(layer.getInt()) : -1;
}

// The whole numbers that it offers which are the same in every run.
kernels::HeaderNumbers ConstantsOf(const xf::Offer& offer) {
  kernels::HeaderNumbers numbers;
  for (const xf::OfferedUniform& uniform : offer.uniforms) {
    const auto* size = std::get_if<program::Size>(&uniform.value);
    if (size == nullptr || !size->IsConstant()) continue;
    const Result<uint64_t> value = size->Evaluate({});
    if (value.ok()) numbers[std::string(uniform.name)] = static_cast<int64_t>(*value);
  }
  return numbers;
}

// Of the longest run that there may be.
uint64_t MostRows(const xf::Offer& offer, uint64_t tokens) {
  for (const xf::OfferedUniform& uniform : offer.uniforms) {
    const auto* size = std::get_if<program::Size>(&uniform.value);
    if (uniform.name != "rows" || size == nullptr) continue;
    const Result<uint64_t> value = size->Evaluate({.tokens = tokens, .outputs = tokens});
    return value.ok() ? *value : 0;
  }
  return 0;
}

}  // namespace

Phase PhaseOf(xf::GraphOp graph) {
  std::optional<llvm::StringRef> name = graph.getPhase();
  bool prefill = name && *name == llvm::StringRef(Name(Phase::kPrefill));
  return prefill ? Phase::kPrefill : Phase::kDecode;
}

kernels::OpQuery QueryOf(xf::KernelOp op, const xf::Offer& offer, const Session& session) {
  const Phase phase = PhaseOf(op->getParentOfType<xf::GraphOp>());
  return {.op = xf::OpName(op).str(),
          .role = TextOf(op, "role"),
          .layer = LayerOf(op),
          .phase = phase,
          .format = offer.format,
          .rows = MostRows(offer, phase == Phase::kPrefill ? session.options.prefill_tokens : 1),
          .cols = offer.cols,
          .depth = offer.depth,
          .uniforms = ConstantsOf(offer),
          .bound = offer.bound};
}

Result<kernels::Choice> Resolve(const kernels::OpQuery& query, const Session& session) {
  const CompileOptions& options = session.options;
  return kernels::Resolve(query, options.rules, session.Kernels(), options.facts, options.numerics);
}

bool IsServedBest(mlir::Operation* op, llvm::ArrayRef<mlir::Operation*> parts,
                  const Session& session) {
  auto choice_for = [&](mlir::Operation* asked) {
    auto kernel_op = llvm::cast<xf::KernelOp>(asked);
    xf::Offer offer;
    offer.kv_dtype = session.options.kv_dtype;
    kernel_op.offer(offer);
    return Resolve(QueryOf(kernel_op, offer, session), session);
  };
  const Result<kernels::Choice> choice = choice_for(op);
  if (!choice.ok()) return false;
  return llvm::none_of(parts, [&](mlir::Operation* part) {
    const Result<kernels::Choice> own = choice_for(part);
    return own.ok() && own->origin < choice->origin;
  });
}

}  // namespace ingot::ir
