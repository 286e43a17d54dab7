// Small models of two families, built as the paper has them: fixtures of the tests of ir.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "ingot/base/text.h"
#include "ingot/ir/graph.h"

namespace ingot::ir {

struct Shape {
  uint32_t layers = 2;
  uint32_t dim = 64, heads = 4, kv_heads = 2, head_dim = 16, ff = 256, vocab = 512;
  DType dtype = DType::kQ8_0;
  bool sinks = false;  // of llama, which has none in truth
};

// What both families share: named weights, and the place of every op.
class LayerBuilder {
 public:
  LayerBuilder(std::string name, const Shape& shape) : shape(shape), graph(std::move(name)) {}

  void At(int layer, std::string role, std::string value) {
    graph.SetPlace(layer, std::move(role), std::move(value), "spec.json");
  }
  Value W(int layer, const std::string& name, uint64_t rows, uint64_t cols) {
    std::string tensor = Named(layer, name);
    return graph.Weight({.parts = {{tensor, 0, rows}}, .cols = cols, .dtype = shape.dtype});
  }
  Value V(int layer, const std::string& name, uint64_t count) {
    return graph.Vector(Named(layer, name), count);
  }
  Value MatMul(int layer, const std::string& role, Value x, const std::string& w, uint64_t rows,
               uint64_t cols) {
    At(layer, role, role);
    return graph.MatMul(x, W(layer, w, rows, cols));
  }
  Value RmsNorm(int layer, const std::string& w, Value x, uint64_t count) {
    At(layer, "", w);
    return graph.RmsNorm(x, V(layer, w, count), 1e-6);
  }

  Shape shape;
  GraphBuilder graph;

 private:
  static std::string Named(int layer, const std::string& name) {
    return layer < 0 ? name + ".weight" : StrCat("blk.", layer, ".", name, ".weight");
  }
};

inline RopeTable Rotary(std::string name, uint32_t rot, double base, bool interleaved) {
  RopeTable table = {.name = std::move(name), .turns = {}, .factor = 1, .interleaved = interleaved};
  for (uint32_t j = 0; j < rot / 2; ++j) {
    table.turns.push_back(std::pow(base, -2.0 * j / rot) / (2 * M_PI));
  }
  return table;
}

// 17 ops a layer.
inline Result<Graph> Llama(const Shape& s = {}) {
  LayerBuilder b("llama", s);
  GraphBuilder& g = b.graph;
  uint64_t q_dim = uint64_t{s.heads} * s.head_dim, kv_dim = uint64_t{s.kv_heads} * s.head_dim;
  Value table = g.Table(Rotary("main", s.head_dim, 10000, true));
  Value embd = b.W(-1, "token_embd", s.vocab, s.dim);
  b.At(-1, "", "h");
  Value h = g.Embed(g.Tokens(), embd);
  for (int i = 0; i < static_cast<int>(s.layers); ++i) {
    Value cache = g.Cache({"kv", static_cast<uint32_t>(i), s.kv_heads, s.head_dim});
    Value n = b.RmsNorm(i, "attn_norm", h, s.dim);
    Value q = b.MatMul(i, "q_proj", n, "attn_q", q_dim, s.dim);
    Value k = b.MatMul(i, "k_proj", n, "attn_k", kv_dim, s.dim);
    Value v = b.MatMul(i, "v_proj", n, "attn_v", kv_dim, s.dim);
    b.At(i, "", "rope");
    Value qr = g.Rope(q, table, s.heads);
    Value kr = g.Rope(k, table, s.kv_heads);
    g.KvWrite(cache, kr, v);
    Value sinks = s.sinks ? b.V(i, "attn_sinks", s.heads) : Value{};
    Value a = g.Attention(qr, cache, s.heads, {.scale = 0.25}, sinks);
    Value o = b.MatMul(i, "o_proj", a, "attn_output", s.dim, q_dim);
    Value r = g.Add(h, o);
    Value f = b.RmsNorm(i, "ffn_norm", r, s.dim);
    Value gate = b.MatMul(i, "gate_proj", f, "ffn_gate", s.ff, s.dim);
    Value up = b.MatMul(i, "up_proj", f, "ffn_up", s.ff, s.dim);
    b.At(i, "", "m");
    Value m = g.Mul(g.Silu(gate), up);
    Value down = b.MatMul(i, "down_proj", m, "ffn_down", s.dim, s.ff);
    b.At(i, "", "h");
    h = g.Add(r, down);
  }
  b.At(-1, "", "last");
  Value last = b.RmsNorm(-1, "output_norm", g.LastRows(h), s.dim);
  b.At(-1, "lm_head", "logits");
  return g.Finish(g.MatMul(last, embd));
}

// 21 ops a layer: norms per head, norms after, windows, a cap on the logits.
inline Result<Graph> Gemma3(const Shape& s = {}) {
  LayerBuilder b("gemma3", s);
  GraphBuilder& g = b.graph;
  uint64_t q_dim = uint64_t{s.heads} * s.head_dim, kv_dim = uint64_t{s.kv_heads} * s.head_dim;
  Value full = g.Table(Rotary("main", s.head_dim, 1e6, false));
  Value local = g.Table(Rotary("swa", s.head_dim, 10000, false));
  Value embd = b.W(-1, "token_embd", s.vocab, s.dim);
  b.At(-1, "", "h");
  Value h = g.Scale(g.Embed(g.Tokens(), embd), std::sqrt(s.dim));
  for (int i = 0; i < static_cast<int>(s.layers); ++i) {
    bool windowed = i % 2 == 0;
    Value cache = g.Cache({"kv", static_cast<uint32_t>(i), s.kv_heads, s.head_dim});
    Value n = b.RmsNorm(i, "attn_norm", h, s.dim);
    Value q = b.MatMul(i, "q_proj", n, "attn_q", q_dim, s.dim);
    Value k = b.MatMul(i, "k_proj", n, "attn_k", kv_dim, s.dim);
    Value v = b.MatMul(i, "v_proj", n, "attn_v", kv_dim, s.dim);
    q = b.RmsNorm(i, "attn_q_norm", q, s.head_dim);
    k = b.RmsNorm(i, "attn_k_norm", k, s.head_dim);
    q = g.Rope(q, windowed ? local : full, s.heads);
    k = g.Rope(k, windowed ? local : full, s.kv_heads);
    g.KvWrite(cache, k, v);
    Value a = g.Attention(q, cache, s.heads, {.scale = 0.25, .window = windowed ? 8u : 0u});
    Value o = b.MatMul(i, "o_proj", a, "attn_output", s.dim, q_dim);
    Value r = g.Add(b.RmsNorm(i, "post_attention_norm", o, s.dim), h);
    Value f = b.RmsNorm(i, "ffn_norm", r, s.dim);
    Value gate = b.MatMul(i, "gate_proj", f, "ffn_gate", s.ff, s.dim);
    Value up = b.MatMul(i, "up_proj", f, "ffn_up", s.ff, s.dim);
    b.At(i, "", "m");
    Value m = g.Mul(g.GeluTanh(gate), up);
    Value down = b.MatMul(i, "down_proj", m, "ffn_down", s.dim, s.ff);
    h = g.Add(b.RmsNorm(i, "post_ffw_norm", down, s.dim), r);
  }
  b.At(-1, "", "last");
  Value last = b.RmsNorm(-1, "output_norm", g.LastRows(h), s.dim);
  b.At(-1, "lm_head", "");
  Value logits = g.MatMul(last, embd);
  b.At(-1, "", "logits");
  return g.Finish(g.Softcap(logits, 30));
}

}  // namespace ingot::ir
