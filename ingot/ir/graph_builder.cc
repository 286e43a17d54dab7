// GraphBuilder: each method is one op of the dialect, inferred and verified as it is made.
#include <algorithm>
#include <limits>
#include <utility>

#include "mlir/IR/Verifier.h"

#include "ingot/base/text.h"
#include "ingot/ir/diagnostics.h"
#include "ingot/ir/graph.h"
#include "ingot/ir/state.h"

namespace ingot::ir {

using Attributes = std::initializer_list<std::pair<llvm::StringRef, mlir::Attribute>>;

struct GraphBuilder::State {
  std::shared_ptr<Graph::State> graph = std::make_shared<Graph::State>();
  Diagnostics diagnostics{&graph->context};
  mlir::OpBuilder builder{&graph->context};
  std::vector<mlir::Value> values;
  Status error;
  int layer = -1;
  std::string role, value, place;

  explicit State(const std::string& name) {
    graph->module = mlir::ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToEnd(graph->module->getBody());
    auto op = builder.create<xf::GraphOp>(builder.getUnknownLoc(), name, mlir::StringAttr());
    builder.setInsertionPointToStart(&op.getBody().emplaceBlock());
  }

  mlir::Location Here() {
    if (place.empty()) return builder.getUnknownLoc();
    return mlir::NameLoc::get(builder.getStringAttr(place));
  }

  // Keeps the first failure.
  ir::Value Fail(std::string_view otherwise) {
    error = diagnostics.Take(otherwise);
    return {};
  }
  ir::Value Reject(std::string_view message) {
    mlir::emitError(Here()) << llvm::StringRef(message);
    return Fail(message);
  }

  mlir::Attribute Text(const std::string& text) { return builder.getStringAttr(text); }
  mlir::Attribute Number(double number) { return builder.getF64FloatAttr(number); }
  mlir::Attribute Count(int64_t count) { return builder.getI64IntegerAttr(count); }

  // A type of the dialect, or nothing after a failure.
  template <typename Type, typename... Params>
  Type Make(Params... params) {
    return Type::getChecked([this] { return mlir::emitError(Here()); }, &graph->context, params...);
  }

  // The op of class Op; the result's type is inferred unless it is given. Returns the first result:
  // those that follow have the ids that follow.
  template <typename Op>
  ir::Value Create(std::initializer_list<ir::Value> operands, Attributes attributes,
                   mlir::Type type = {}) {
    if (!error.ok()) return {};
    mlir::OperationState op(Here(), Op::getOperationName());
    for (ir::Value operand : operands) {
      INGOT_CHECK(operand.id >= 0 && static_cast<size_t>(operand.id) < values.size());
      op.operands.push_back(values[static_cast<size_t>(operand.id)]);
    }
    for (const auto& [name, attribute] : attributes) {
      if (attribute) op.addAttribute(name, attribute);
    }
    if constexpr (Op::template hasTrait<xf::KernelOp::Trait>()) {
      if (layer >= 0) op.addAttribute("layer", Count(layer));
      if (!role.empty()) op.addAttribute("role", Text(role));
      if (!value.empty()) op.addAttribute("as", Text(value));
    }
    if constexpr (Op::template hasTrait<mlir::InferTypeOpInterface::Trait>()) {
      if (mlir::failed(Op::inferReturnTypes(&graph->context, op.location, op.operands,
                                            op.attributes.getDictionary(&graph->context),
                                            mlir::OpaqueProperties(nullptr), {}, op.types))) {
        return Reject(StrCat(std::string_view(Op::getOperationName().drop_front(3)),
                             ": the operands are not of the op's kinds"));
      }
    } else if (type) {
      op.types.push_back(type);
    }
    mlir::Operation* made = builder.create(op);
    if (mlir::failed(mlir::verify(made))) return Fail("an op is not valid");
    if (made->getNumResults() == 0) return {};
    const auto first = static_cast<int32_t>(values.size());
    for (mlir::Value result : made->getResults()) values.push_back(result);
    return {first};
  }
};

GraphBuilder::GraphBuilder(std::string name) : state_(std::make_unique<State>(name)) {}
GraphBuilder::~GraphBuilder() = default;

void GraphBuilder::SetPlace(int layer, std::string role, std::string value, std::string place) {
  state_->layer = layer;
  state_->role = std::move(role);
  state_->value = std::move(value);
  state_->place = std::move(place);
}

Value GraphBuilder::Tokens() {
  return state_->Create<xf::TokensOp>({}, {}, state_->Make<xf::IdsType>(xf::kTokens));
}

Value GraphBuilder::Weight(const WeightRef& ref) {
  if (!state_->error.ok()) return {};
  constexpr auto kMost = static_cast<uint64_t>(xf::kMostElements);
  uint64_t rows = 0;
  llvm::SmallVector<mlir::Attribute> parts;
  for (const WeightPart& part : ref.parts) {
    if (part.row_begin > kMost || part.rows > kMost || ref.cols > kMost) {
      return state_->Reject(
          StrCat("weight: (", part.tensor, ") has more than (", kMost, ") rows or columns"));
    }
    rows += part.rows;
    parts.push_back(xf::PartAttr::get(&state_->graph->context, part.tensor,
                                      static_cast<int64_t>(part.row_begin),
                                      static_cast<int64_t>(part.rows)));
  }
  auto type =
      state_->Make<xf::WeightType>(static_cast<int64_t>(rows), static_cast<int64_t>(ref.cols),
                                   ref.dtype, llvm::StringRef("blocks"));
  if (!type) return state_->Fail("weight: the shape is not valid");
  return state_->Create<xf::WeightOp>({}, {{"parts", state_->builder.getArrayAttr(parts)}}, type);
}

Value GraphBuilder::Vector(std::string tensor, uint64_t count) {
  if (!state_->error.ok()) return {};
  // More than an int64_t holds is as wrong as the most that it does.
  auto type = state_->Make<xf::VecType>(
      static_cast<int64_t>(std::min<uint64_t>(count, std::numeric_limits<int64_t>::max())));
  if (!type) return state_->Fail("vector: the count is not valid");
  return state_->Create<xf::VectorOp>({}, {{"tensor", state_->Text(tensor)}}, type);
}

Value GraphBuilder::Table(const RopeTable& table) {
  if (!state_->error.ok()) return {};
  auto type = state_->Make<xf::TableType>(static_cast<int64_t>(table.turns.size()) * 2);
  if (!type) return state_->Fail("table: the turns are not valid");
  return state_->Create<xf::TableOp>(
      {},
      {{"name", state_->Text(table.name)},
       {"turns", state_->builder.getDenseF64ArrayAttr(table.turns)},
       {"factor", state_->Number(table.factor)},
       {"interleaved", table.interleaved ? state_->builder.getUnitAttr() : mlir::UnitAttr()}},
      type);
}

Value GraphBuilder::Cache(const CacheRef& ref) {
  if (!state_->error.ok()) return {};
  auto type = state_->Make<xf::KvType>(int64_t{ref.kv_heads}, int64_t{ref.head_dim});
  if (!type) return state_->Fail("cache: the shape is not valid");
  return state_->Create<xf::CacheOp>(
      {}, {{"name", state_->Text(ref.name)}, {"layer", state_->Count(ref.layer)}}, type);
}

Value GraphBuilder::Embed(Value ids, Value weight) {
  return state_->Create<xf::EmbedOp>({ids, weight}, {});
}

Value GraphBuilder::RmsNorm(Value x, Value weight, double eps) {
  return state_->Create<xf::RmsNormOp>({x, weight}, {{"eps", state_->Number(eps)}});
}

Value GraphBuilder::LayerNorm(Value x, Value weight, Value bias, double eps) {
  if (bias.id < 0)
    return state_->Create<xf::LayerNormOp>({x, weight}, {{"eps", state_->Number(eps)}});
  return state_->Create<xf::LayerNormOp>({x, weight, bias}, {{"eps", state_->Number(eps)}});
}

Value GraphBuilder::MatMul(Value x, Value weight) {
  return state_->Create<xf::MatMulOp>({x, weight}, {});
}

Value GraphBuilder::AddBias(Value x, Value bias) {
  return state_->Create<xf::AddBiasOp>({x, bias}, {});
}

Value GraphBuilder::Rope(Value x, Value table, uint32_t heads) {
  return state_->Create<xf::RopeOp>({x, table}, {{"heads", state_->Count(heads)}});
}

void GraphBuilder::KvWrite(Value cache, Value k, Value v) {
  state_->Create<xf::KvWriteOp>({cache, k, v}, {});
}

Value GraphBuilder::Attention(Value q, Value cache, uint32_t heads, const AttentionAttrs& attrs,
                              Value sinks) {
  const Attributes attributes = {{"heads", state_->Count(heads)},
                                 {"scale", state_->Number(attrs.scale)},
                                 {"window", state_->Count(attrs.window)},
                                 {"softcap", state_->Number(attrs.softcap)}};
  if (sinks.id < 0) return state_->Create<xf::AttentionOp>({q, cache}, attributes);
  return state_->Create<xf::AttentionOp>({q, cache, sinks}, attributes);
}

Value GraphBuilder::Softmax(Value x) { return state_->Create<xf::SoftmaxOp>({x}, {}); }
Value GraphBuilder::Silu(Value x) { return state_->Create<xf::SiluOp>({x}, {}); }
Value GraphBuilder::GeluTanh(Value x) { return state_->Create<xf::GeluTanhOp>({x}, {}); }
Value GraphBuilder::Gelu(Value x) { return state_->Create<xf::GeluOp>({x}, {}); }
Value GraphBuilder::Relu(Value x) { return state_->Create<xf::ReluOp>({x}, {}); }
Value GraphBuilder::Sigmoid(Value x) { return state_->Create<xf::SigmoidOp>({x}, {}); }
Value GraphBuilder::Add(Value a, Value b) { return state_->Create<xf::AddOp>({a, b}, {}); }
Value GraphBuilder::Mul(Value a, Value b) { return state_->Create<xf::MulOp>({a, b}, {}); }

Value GraphBuilder::Scale(Value x, double factor) {
  return state_->Create<xf::ScaleOp>({x}, {{"factor", state_->Number(factor)}});
}

Value GraphBuilder::Softcap(Value x, double cap) {
  return state_->Create<xf::SoftcapOp>({x}, {{"cap", state_->Number(cap)}});
}

TopKValues GraphBuilder::TopK(Value scores, uint32_t top_k, bool renormalise) {
  const Value first = state_->Create<xf::TopKOp>(
      {scores}, {{"top_k", state_->Count(top_k)},
                 {"renormalise", renormalise ? state_->builder.getUnitAttr() : mlir::UnitAttr()}});
  if (first.id < 0) return {};
  return {first, {first.id + 1}};
}

Value GraphBuilder::ExpertMatMul(Value x, Value weight, Value routes) {
  return state_->Create<xf::ExpertMatMulOp>({x, weight, routes}, {});
}

Value GraphBuilder::ExpertBias(Value x, Value bias, Value routes) {
  return state_->Create<xf::ExpertBiasOp>({x, bias, routes}, {});
}

Value GraphBuilder::ExpertSum(Value x, Value weights) {
  return state_->Create<xf::ExpertSumOp>({x, weights}, {});
}

Value GraphBuilder::SwigluOai(Value x, Value up, double limit, double alpha) {
  return state_->Create<xf::SwigluOaiOp>(
      {x, up}, {{"limit", state_->Number(limit)}, {"alpha", state_->Number(alpha)}});
}

Value GraphBuilder::LastRows(Value x) { return state_->Create<xf::LastRowsOp>({x}, {}); }

Result<Graph> GraphBuilder::Finish(Value logits) {
  state_->Create<xf::ReturnOp>({logits}, {});
  if (state_->error.ok() && (mlir::failed(mlir::verify(*state_->graph->module)) ||
                             mlir::failed(VerifyGraph(*state_->graph->module)))) {
    state_->Fail("the graph is not valid");
  }
  if (!state_->error.ok()) return state_->error;
  // A Graph is immutable: nothing may follow.
  state_->error = Status(Code::kInvalidArgument, "the graph is finished");
  return Graph(state_->graph);
}

}  // namespace ingot::ir
