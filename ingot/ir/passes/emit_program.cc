#include <algorithm>

#include "ingot/ir/dialect/dialect.h"
#include "ingot/ir/dispatch.h"
#include "ingot/ir/passes/buffer_table.h"
#include "ingot/ir/passes/passes.h"
#include "ingot/ir/passes/row_slices.h"
#include "ingot/kernels/registry.h"
#include "ingot/program/check.h"

namespace ingot::ir {

#define GEN_PASS_DEF_EMITPROGRAMPASS
#include "ingot/ir/passes/passes.h.inc"

namespace {

using program::Dispatch;

struct EmitProgram : impl::EmitProgramPassBase<EmitProgram> {
  explicit EmitProgram(Session& session) : session(&session) {}

  void runOnOperation() override {
    xf::GraphOp graph = getOperation();
    const CompileOptions& options = session->options;
    bool prefill = graph.getPhase() && *graph.getPhase() == llvm::StringRef(Name(Phase::kPrefill));
    program::Program program;
    program.model = graph.getSymName().str();
    program.target = options.target;
    program.phase = prefill ? Phase::kPrefill : Phase::kDecode;
    program.numerics = options.numerics;
    program.max_tokens = prefill ? options.prefill_tokens : 1;
    BufferTable buffers(graph, options.kv_dtype);
    for (auto op : graph.getBody().getOps<xf::KernelOp>()) {
      if (mlir::failed(Emit(op, buffers, program.dispatches))) return signalPassFailure();
    }
    program.buffers = buffers.Take();
    if (Status status = program::Check(program); !status.ok()) {
      graph.emitError() << "the " << Name(program.phase) << " program: " << status.message();
      return signalPassFailure();
    }
    session->program = std::move(program);
    markAllAnalysesPreserved();
  }

  // A dispatch, or one for each slice of the op's weight.
  llvm::LogicalResult Emit(xf::KernelOp op, BufferTable& buffers,
                           std::vector<Dispatch>& dispatches) {
    const Result<std::vector<xf::RowSlice>> slices = RowSlicesOf(op, session->options.facts);
    if (!slices.ok()) {
      session->code = slices.status().code();
      return op.emitError() << xf::OpName(op) << ": " << slices.status().message();
    }
    if (slices->empty()) return EmitOne(op, std::nullopt, buffers, dispatches.emplace_back());
    for (const xf::RowSlice& slice : *slices) {
      if (mlir::failed(EmitOne(op, slice, buffers, dispatches.emplace_back()))) {
        return mlir::failure();
      }
    }
    return mlir::success();
  }

  llvm::LogicalResult EmitOne(xf::KernelOp op, const std::optional<xf::RowSlice>& slice,
                              BufferTable& buffers, Dispatch& dispatch) {
    auto chosen = op->getAttrOfType<xf::KernelAttr>(xf::kKernelAttr);
    if (!chosen) return op.emitError() << xf::OpName(op) << ": no kernel is chosen";
    if (op->getNumResults() > 0 && !op->hasAttr(xf::kBufferAttr)) {
      return op.emitError() << xf::OpName(op) << ": the result has no buffer";
    }
    const kernels::KernelDesc* kernel =
        kernels::FindKernel(session->Kernels(), std::string_view(chosen.getName()));
    if (kernel == nullptr) {
      return op.emitError() << xf::OpName(op) << ": unknown kernel (" << chosen.getName() << ")";
    }
    xf::Offer offer;
    offer.kv_dtype = session->options.kv_dtype;
    offer.slice = slice;
    op.offer(offer);
    if (slice && std::ranges::find(kernel->uniforms, offer.slice_base,
                                   &kernels::UniformDesc::name) == kernel->uniforms.end()) {
      session->code = Code::kUnsupported;
      return op.emitError()
             << xf::OpName(op) << ": kernel " << kernel->name << " reads a weight whole, and the ("
             << offer.cols
             << ") rows of this one are more than the device binds at once, which is ("
             << slice->rows << ")";
    }
    dispatch.op = xf::OpName(op).str();
    if (auto role = op->getAttrOfType<mlir::StringAttr>("role")) dispatch.role = role.str();
    if (auto layer = op->getAttrOfType<mlir::IntegerAttr>("layer")) {
      dispatch.layer = static_cast<int>(layer.getInt());
    }
    if (auto value = op->getAttrOfType<mlir::StringAttr>("as")) dispatch.value = value.str();
    dispatch.kernel = kernel->name;
    dispatch.variant = chosen.getVariant().str();
    for (mlir::NamedAttribute entry : chosen.getOverrides()) {
      auto value = llvm::cast<mlir::FloatAttr>(entry.getValue());
      dispatch.overrides[entry.getName().str()] = value.getValueAsDouble();
    }
    for (const kernels::BindingDesc& binding : kernel->bindings) {
      if (mlir::failed(Bind(op, *kernel, binding, offer, buffers, dispatch)))
        return mlir::failure();
    }
    Status completed =
        CompleteDispatch(*kernel, session->options.facts, UniformsOf(offer, buffers), &dispatch);
    if (!completed.ok()) return op.emitError() << xf::OpName(op) << ": " << completed.message();
    return mlir::success();
  }

  static OfferedUniforms UniformsOf(const xf::Offer& offer, const BufferTable& buffers) {
    OfferedUniforms offered;
    for (const xf::OfferedUniform& uniform : offer.uniforms) {
      auto& value = offered[std::string(uniform.name)];
      if (const auto* number = std::get_if<float>(&uniform.value)) {
        value = *number;
      } else if (const auto* size = std::get_if<program::Size>(&uniform.value)) {
        value = *size;
      } else {
        value = program::Size(buffers.OffsetOf(std::get<mlir::Value>(uniform.value)));
      }
    }
    return offered;
  }

  // Whether the overrides say that the kernel does not use what it reads there.
  static bool IsSwitchedOff(const kernels::BindingDesc& binding, const Dispatch& dispatch) {
    return kernels::IsSwitchedOff(binding, dispatch.overrides) &&
           dispatch.bindings.front().access == Access::kRead;
  }

  llvm::LogicalResult Bind(xf::KernelOp op, const kernels::KernelDesc& kernel,
                           const kernels::BindingDesc& binding, const xf::Offer& offer,
                           BufferTable& buffers, Dispatch& dispatch) {
    using Kind = xf::OfferedBinding::Kind;
    const auto offered = std::ranges::find(offer.bindings, binding.name, &xf::OfferedBinding::name);
    program::Binding bound;
    if (offered == offer.bindings.end()) {
      if (dispatch.bindings.empty() || !IsSwitchedOff(binding, dispatch)) {
        return op.emitError() << xf::OpName(op) << ": kernel " << kernel.name
                              << " wants the binding (" << binding.name
                              << "), which the op does not offer";
      }
      // Any buffer will do: nothing is read there.
      bound = dispatch.bindings.front();
      bound.name = binding.name;
      dispatch.bindings.push_back(std::move(bound));
      return mlir::success();
    }
    bound.name = binding.name;
    bound.access = binding.access;
    auto weight = offered->kind == Kind::kValue ? offered->value.getDefiningOp<xf::WeightOp>()
                                                : xf::WeightOp();
    if (weight && offer.slice) {
      bound.buffer = buffers.Of(weight, *offer.slice);
      bound.type = buffers.TypeOf(bound.buffer);
    } else if (offered->kind == Kind::kValue) {
      bound.buffer = buffers.Of(offered->value);
      bound.type = buffers.TypeOf(offered->value);
    } else {
      bound.buffer = offered->kind == Kind::kState ? buffers.State() : buffers.Vectors();
      bound.type = buffers.TypeOf(bound.buffer);
    }
    if (bound.type.layout != binding.layout) {
      return op.emitError() << xf::OpName(op) << ": binding " << binding.name << " of kernel "
                            << kernel.name << " is (" << binding.layout << "), the op has ("
                            << bound.type.layout << ")";
    }
    dispatch.bindings.push_back(std::move(bound));
    return mlir::success();
  }

  Session* session;
};

}  // namespace

std::unique_ptr<mlir::Pass> MakeEmitProgram(Session& session) {
  return std::make_unique<EmitProgram>(session);
}

}  // namespace ingot::ir
