// A small Program with one of everything, legal as it stands: tests change one thing at a time.
#pragma once

#include <string>

#include "ingot/program/program.h"

namespace ingot::program::test {

inline Binding Bind(std::string name, BufferId buffer, const TensorType& type,
                    Access access = Access::kRead) {
  return {std::move(name), buffer, access, type};
}

// embed, then a norm, then two projections that may overlap, the sum, and the logits.
inline Program Sample() {
  const Size tokens = Size::Tokens();
  const TensorType ids{DType::kU32, "ids", {tokens}};
  const TensorType rows{DType::kF32, "rows", {tokens, 64}};
  const TensorType vectors{DType::kF32, "vectors", {128}};
  const TensorType weight{DType::kQ8_0, "blocks", {64, 64}};
  const TensorType tiles{DType::kQ8_0, "tiles16", {64, 64}};
  const TensorType kv{DType::kF16, "kv", {2, 1, 2, Size::Capacity(), 32}};
  const TensorType logits{DType::kF32, "logits", {Size::Outputs(), 64}};
  const Size row_bytes = tokens * Size(256);

  Program program;
  program.model = "sample";
  program.target = "cpu";
  program.phase = Phase::kPrefill;
  program.max_tokens = 8;
  program.buffers = {
      {"ids", BufferKind::kIds, ids, tokens * Size(4), {}, {}},
      {"embed", BufferKind::kWeight, weight, 64 * 68, {{"token_embd.weight", 0, 64}}, {}},
      {"vectors",
       BufferKind::kVectors,
       vectors,
       512,
       {},
       {{"norm.weight", 0, 64}, {"bias", 64, 64}}},
      {"q", BufferKind::kWeight, tiles, 64 * 68, {{"q.weight", 0, 32}, {"k.weight", 8, 32}}, {}},
      {"kv.0", BufferKind::kKv, kv, Size(256) * Size::Capacity(), {}, {}},
      {"state", BufferKind::kState, {DType::kU32, "state", {16}}, 64, {}, {}},
      {"s0", BufferKind::kScratch, rows, row_bytes, {}, {}},
      {"s1", BufferKind::kScratch, rows, row_bytes, {}, {}},
      {"s2", BufferKind::kScratch, rows, row_bytes, {}, {}},
      {"logits", BufferKind::kLogits, logits, Size::Outputs() * Size(256), {}, {}},
  };
  auto dispatch = [](std::string op, std::string role, int layer, std::vector<Binding> bindings) {
    Dispatch out;
    out.op = op;
    out.role = std::move(role);
    out.layer = layer;
    out.value = op;
    out.kernel = op;
    out.bindings = std::move(bindings);
    return out;
  };
  const Access write = Access::kReadWrite;
  Dispatch embed = dispatch(
      "embed", "", -1, {Bind("ids", 0, ids), Bind("table", 1, weight), Bind("y", 6, rows, write)});
  embed.overrides = {{"W_FORMAT", 3}};
  embed.uniforms = {{"rows", tokens}, {"dim", Size(64)}, {"scale", 1.5f}};
  Dispatch norm =
      dispatch("rms_norm", "attn_norm", 0,
               {Bind("x", 6, rows), Bind("vectors", 2, vectors), Bind("y", 7, rows, write)});
  norm.uniforms = {{"rows", tokens}, {"eps", 1e-5f}, {"w_at", Size(0)}};
  Dispatch q = dispatch("matmul", "q_proj", 0,
                        {Bind("x", 7, rows), Bind("w", 3, tiles), Bind("y", 8, rows, write)});
  q.kernel = "matmul_tiled";
  q.variant = "wide";
  q.overrides = {{"ROWS", 4}, {"W_FORMAT", 3}};
  q.grid = {Size::CeilDiv(tokens, 4), 1, 2};
  q.group = 0;
  Dispatch kv_write = dispatch(
      "kv_write", "", 0,
      {Bind("k", 7, rows), Bind("cache", 4, kv, write), Bind("state", 5, program.buffers[5].type)});
  kv_write.group = 0;
  Dispatch add =
      dispatch("add", "", 0, {Bind("a", 8, rows), Bind("b", 6, rows), Bind("y", 7, rows, write)});
  Dispatch head =
      dispatch("last_rows", "output", -1, {Bind("x", 7, rows), Bind("y", 9, logits, write)});
  head.uniforms = {{"outputs", Size::Outputs()}};
  program.dispatches = {embed, norm, q, kv_write, add, head};
  return program;
}

}  // namespace ingot::program::test
