// The passes of passes.td, and the pipeline that orders them.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

#include "ingot/base/status.h"
#include "ingot/ir/compiler.h"
#include "ingot/kernels/registry.h"

namespace ingot::ir {

// What the passes of one phase are told, and what they find out. It outlives the passes.
struct Session {
  CompileOptions options;
  Phase phase = Phase::kDecode;

  // Those to choose from.
  std::span<const kernels::KernelDesc* const> Kernels() const {
    return options.kernels.empty() ? kernels::KernelsOf(options.target) : options.kernels;
  }

  std::vector<KernelChoice> choices;   // by select-kernels
  program::Program program;            // by emit-program
  Code code = Code::kInvalidArgument;  // of the failure that a pass reported
};

std::unique_ptr<mlir::Pass> MakeEnterPhase(Session& session);
std::unique_ptr<mlir::Pass> MakeFoldConstants(Session& session);
std::unique_ptr<mlir::Pass> MakeEliminateDeadOps(Session& session);
std::unique_ptr<mlir::Pass> MakeExpandFused(Session& session);
std::unique_ptr<mlir::Pass> MakeJoinOps(Session& session);
std::unique_ptr<mlir::Pass> MakeGroupExperts(Session& session);
std::unique_ptr<mlir::Pass> MakeSplitAttention(Session& session);
std::unique_ptr<mlir::Pass> MakeSelectKernels(Session& session);
std::unique_ptr<mlir::Pass> MakePlaceBuffers(Session& session);
std::unique_ptr<mlir::Pass> MakeEmitProgram(Session& session);

enum class Place : uint8_t { kFirst, kNamed, kLast };  // kNamed: options.passes may name it

struct PipelineRow {
  const char* name;
  Place place;
  const char* before;  // pass that it must precede
  const char* reason;
  std::unique_ptr<mlir::Pass> (*make)(Session& session);
};
// In the order of the default pipeline.
std::span<const PipelineRow> PipelineRows();

// The rows that run for `names` (CompileOptions::passes). Fails on a name that is unknown, stands
// twice, is not to be named, or comes after a pass that it must precede, with `PLACE[i]: `.
Result<std::vector<const PipelineRow*>> PlanPipeline(const std::vector<std::string>& names,
                                                     std::string_view place);

}  // namespace ingot::ir
