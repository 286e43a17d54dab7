#include "ingot/ir/compiler.h"

#include "mlir/IR/Verifier.h"

#include "ingot/base/text.h"
#include "ingot/ir/diagnostics.h"
#include "ingot/ir/passes/passes.h"
#include "ingot/ir/state.h"

namespace ingot::ir {
namespace {

using Rows = std::span<const PipelineRow* const>;

Status CheckOptions(const CompileOptions& options) {
  if (options.kv_dtype != DType::kF16 && options.kv_dtype != DType::kF32) {
    return Status(Code::kInvalidArgument,
                  StrCat("kv_dtype (", Name(options.kv_dtype), ") is neither f16 nor f32"));
  }
  if (options.prefill_tokens == 0) {
    return Status(Code::kInvalidArgument, "prefill_tokens (0) must be at least 1");
  }
  return {};
}

// Runs `rows` over a copy of the graph, which is returned.
Result<mlir::OwningOpRef<xf::GraphOp>> Run(const Graph& graph, Rows rows, Session& session) {
  const Graph::State& state = graph.state();
  Diagnostics diagnostics(&state.context);
  mlir::OwningOpRef<xf::GraphOp> copy(state.graph().clone());
  mlir::PassManager passes(&state.context, xf::GraphOp::getOperationName());
  for (const PipelineRow* row : rows) passes.addPass(row->make(session));
  if (mlir::failed(passes.run(copy->getOperation()))) {
    diagnostics.SetCode(session.code);
    return diagnostics.Take("a pass failed without a message");
  }
  return copy;
}

// The passes of a plan that its switches leave on.
std::vector<std::string> PassesOf(const plan::Plan& plan) {
  std::vector<std::string> passes = plan.pass_order;
  for (const plan::Knob& knob : plan::KnobRows()) {
    if (knob.pass == nullptr || plan.knobs.*std::get<bool plan::Knobs::*>(knob.member)) continue;
    std::erase(passes, knob.pass);
  }
  if (passes.empty()) passes.push_back(kNoPasses);
  return passes;
}

}  // namespace

Status ApplyPlan(const plan::Plan& plan, CompileOptions& options) {
  INGOT_TRY(plan::Check(plan));
  const std::string target = options.target == "null" ? "cpu" : options.target;
  if (plan.target != target) {
    return Status(
        Code::kInvalidArgument,
        StrCat("plan.target: (", plan.target, ") is not the target compiled for (", target, ")"));
  }
  INGOT_TRY(PlanPipeline(plan.pass_order, "plan.pass_order").status());
  if (options.passes.empty()) options.passes = PassesOf(plan);
  // Not strict: where a higher rank pins a tile, the report keeps that the knob had no effect.
  kernels::Rule tiles{.origin = kernels::Origin::kPlan, .op = "matmul", .strict = false};
  for (const plan::Knob& knob : plan::KnobRows()) {
    if (knob.matmul_override == nullptr) continue;
    const int64_t value = plan.knobs.*std::get<int64_t plan::Knobs::*>(knob.member);
    tiles.overrides[knob.matmul_override] = static_cast<double>(value);
  }
  options.rules.push_back(std::move(tiles));
  return {};
}

Result<Programs> Compile(const Graph& graph, const CompileOptions& options) {
  INGOT_TRY(CheckOptions(options));
  INGOT_ASSIGN(std::vector<const PipelineRow*> rows, PlanPipeline(options.passes, "passes"));
  std::lock_guard lock(graph.state().mutex);
  Programs programs;
  for (Phase phase : {Phase::kPrefill, Phase::kDecode}) {
    Session session;
    session.options = options;
    session.phase = phase;
    Result<mlir::OwningOpRef<xf::GraphOp>> run = Run(graph, rows, session);
    if (!run.ok()) return run.status();
    (phase == Phase::kPrefill ? programs.prefill : programs.decode) = std::move(session.program);
    for (KernelChoice& choice : session.choices) programs.choices.push_back(std::move(choice));
  }
  return programs;
}

Result<std::string> PrintAfter(const Graph& graph, const CompileOptions& options, Phase phase,
                               std::string_view pass) {
  INGOT_TRY(CheckOptions(options));
  INGOT_ASSIGN(std::vector<const PipelineRow*> rows, PlanPipeline(options.passes, "passes"));
  size_t count = 0;
  if (!pass.empty()) {
    std::vector<std::string> names;
    while (count < rows.size() && rows[count]->name != pass) names.push_back(rows[count++]->name);
    if (count == rows.size()) {
      return Status(Code::kNotFound,
                    StrCat("pass (", pass, ") does not run", NearestHint(pass, names)));
    }
    ++count;
  }
  std::lock_guard lock(graph.state().mutex);
  Session session;
  session.options = options;
  session.phase = phase;
  INGOT_ASSIGN(mlir::OwningOpRef<xf::GraphOp> copy, Run(graph, Rows(rows).first(count), session));
  return TextOf(*copy);
}

std::span<const PassRow> ListPasses() {
  static const std::vector<PassRow> rows = [] {
    std::vector<PassRow> list;
    Session session;
    for (const PipelineRow& row : PipelineRows()) {
      std::string before = *row.before == '\0' ? "" : StrCat("before ", row.before, ": ");
      list.push_back({row.name, row.make(session)->getDescription().str(), before + row.reason});
    }
    return list;
  }();
  return rows;
}

Result<std::vector<std::string>> PassesToRun(const CompileOptions& options) {
  INGOT_ASSIGN(std::vector<const PipelineRow*> rows, PlanPipeline(options.passes, "passes"));
  std::vector<std::string> names;
  for (const PipelineRow* row : rows) names.push_back(row->name);
  return names;
}

}  // namespace ingot::ir
