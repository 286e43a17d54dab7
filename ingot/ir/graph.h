// Graph: what a model computes, unfused, in paper order, and GraphBuilder, which makes one: a
// method per op. This face is free of MLIR; behind it a Graph is a module of the `xf` dialect
// (dialect/ops.td says what each op means).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/status.h"

namespace ingot::ir {

class GraphBuilder;

// Frequencies of one rotary embedding. The angle of pair j at position p is 2*pi*p*turns[j]; cos
// and sin are multiplied by `factor`. The model computes them in double (base, factors, scaling)
// and fills the table.
struct RopeTable {
  std::string name;           // "main", "swa"
  std::vector<double> turns;  // rot / 2 values
  double factor = 1;
  bool interleaved = false;  // pairs (2j, 2j+1); else (j, j + rot/2)
};

// Immutable and cheap to copy.
class Graph {
 public:
  // Parses the text form (Print), verified.
  static Result<Graph> Parse(std::string_view text, std::string_view name);

  std::string Print() const;
  std::string name() const;
  size_t op_count() const;  // ops that kernels serve
  // The rotary tables, in the order in which the Graph names them.
  std::vector<RopeTable> Tables() const;

  struct State;  // holds the module; defined inside ir/
  const State& state() const { return *state_; }
  explicit Graph(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<const State> state_;
};

// A result of an op of one GraphBuilder.
struct Value {
  int32_t id = -1;
};

struct TopKValues {
  Value scores;
  Value routes;
};

// Rows [row_begin, row_begin + rows) of a stored tensor.
struct WeightPart {
  std::string tensor;  // name in the file
  uint64_t row_begin = 0;
  uint64_t rows = 0;
};

struct WeightRef {
  std::vector<WeightPart> parts;  // joined one below the other; at least one
  uint64_t cols = 0;              // K
  DType dtype = DType::kF32;
};

struct CacheRef {
  std::string name;  // "kv"
  uint32_t layer = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;
};

struct AttentionAttrs {
  double scale = 1;
  uint32_t window = 0;  // query q sees key p when 0 <= q - p < window; 0: all earlier keys
  double softcap = 0;   // 0: off
};

// Methods return the new value, or an error that names the op and both shapes. After the first
// error every later call and Finish return it again, so a caller may check once at the end.
// `SetPlace` gives the place for messages and the layer and role for what follows.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name);
  ~GraphBuilder();

  // For the ops that follow: layer (-1: none), role ("q_proj", may be empty), name of the result in
  // traces, and the place in the spec that stands in front of messages.
  void SetPlace(int layer, std::string role, std::string value, std::string place);

  Value Tokens();  // ids u32 [tokens]
  Value Weight(const WeightRef& ref);
  Value Vector(std::string tensor,
               uint64_t count);  // a small f32 vector of the model (widened if stored as f16, bf16)
  Value Table(const RopeTable& table);
  Value Cache(const CacheRef& ref);

  Value Embed(Value ids, Value weight);  // [tokens, K] rows of the weight
  Value RmsNorm(Value x, Value weight,
                double eps);  // over the last axis, or each run of count(weight)
  Value LayerNorm(Value x, Value weight, Value bias, double eps);  // bias.id < 0: none
  Value MatMul(Value x, Value weight);                             // x . w^T
  Value AddBias(Value x, Value bias);
  Value Rope(Value x, Value table, uint32_t heads);
  void KvWrite(Value cache, Value k, Value v);
  // Causal. `sinks`, a score without a value for each head, may be absent.
  Value Attention(Value q, Value cache, uint32_t heads, const AttentionAttrs& attrs,
                  Value sinks = {});
  Value Softmax(Value x);
  Value Silu(Value x);
  Value GeluTanh(Value x);
  Value Gelu(Value x);  // erf form
  Value Relu(Value x);
  Value Sigmoid(Value x);
  Value Add(Value a, Value b);
  Value Mul(Value a, Value b);
  Value Scale(Value x, double factor);
  Value Softcap(Value x, double cap);  // cap * tanh(x / cap)
  Value LastRows(Value x);             // [outputs, features]

  // The experts of each row, as routes, and their scores.
  TopKValues TopK(Value scores, uint32_t top_k, bool renormalise);
  // `weight` and `bias` hold the experts one below the other.
  Value ExpertMatMul(Value x, Value weight, Value routes);
  Value ExpertBias(Value x, Value bias, Value routes);
  Value ExpertSum(Value x, Value weights);
  Value SwigluOai(Value x, Value up, double limit, double alpha);

  // `logits` is [outputs, vocab].
  Result<Graph> Finish(Value logits);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ingot::ir
