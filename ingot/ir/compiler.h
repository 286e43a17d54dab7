// Compiler: from a Graph to the Programs of its two phases, by the passes of passes/pipeline.cc.
// This face is free of MLIR.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/interface.h"
#include "ingot/base/status.h"
#include "ingot/ir/graph.h"
#include "ingot/kernels/resolver.h"
#include "ingot/plan/plan.h"
#include "ingot/program/program.h"

namespace ingot::ir {

// As the only one of CompileOptions::passes: no pass but those that always run.
inline constexpr char kNoPasses[] = "none";

struct CompileOptions {
  std::string target = "cpu";  // whose kernels: cpu (also for the null device), webgpu
  DeviceFacts facts;
  // Those to choose from, sorted by name; empty: all of the target. They outlive the compilation.
  std::span<const kernels::KernelDesc* const> kernels;
  Numerics numerics = Numerics::kExact;
  DType kv_dtype = DType::kF16;   // f32 or f16
  uint64_t prefill_tokens = 512;  // rows of one prefill run at the most
  std::vector<kernels::Rule>
      rules;  // of the caller, the profile and the plan's knobs, highest rank first
  std::vector<std::string> passes;  // names in order; empty: the default pipeline
};

// Gives `options` what a plan asks for: its knobs as rules, and its passes unless there are some.
// Fails as plan::Check does, for a plan of another target, and for a pass that is unknown or stands
// at a wrong place: `plan.pass_order[1]: pass (fold-constant) is unknown, nearest is
// (fold-constants)`.
Status ApplyPlan(const plan::Plan& plan, CompileOptions& options);

// One line of the report: who chose what for a dispatch.
struct KernelChoice {
  Phase phase = Phase::kDecode;
  std::string op, role;
  int layer = -1;
  std::string kernel, variant, origin;
  std::string row;  // of the selection table, where that chose
  std::vector<std::string> reasons;
};

struct Programs {
  program::Program prefill;
  program::Program decode;
  std::vector<KernelChoice> choices;
};

// Both Programs have passed program::Check.
Result<Programs> Compile(const Graph& graph, const CompileOptions& options);

// The module of one phase as text after the named pass ("" for the Graph before any).
Result<std::string> PrintAfter(const Graph& graph, const CompileOptions& options, Phase phase,
                               std::string_view pass);

struct PassRow {
  std::string name;
  std::string summary;
  std::string order;  // "before place-buffers: lifetimes are of what will run"
};
std::span<const PassRow> ListPasses();
// The names of those that run for `options`, in order.
Result<std::vector<std::string>> PassesToRun(const CompileOptions& options);

}  // namespace ingot::ir
