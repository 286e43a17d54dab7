// Program: what will run. Buffers, dispatches in order, and which of them may overlap. A plain
// value that prints, parses and compares (serialize.h) and can be checked without any device
// (check.h). It is also the artifact that leaves the machine: another engine can replay it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingot/base/dtype.h"
#include "ingot/base/interface.h"
#include "ingot/program/size.h"

namespace ingot::program {

// A tensor as a kernel sees it. Layouts: "rows" [tokens, features], token-major activations;
// "blocks" [N, K], a weight as in the file; another weight layout by the name its kernel gives it
// ("tiles16"), which the loader repacks to; "kv" [2, slots, kv_heads, capacity, head_dim];
// "vectors" (all small f32 vectors of a model, flat); "table" [capacity, rot] (cos, sin
// interleaved); "ids" [tokens]; "state" [16]; "logits" [outputs, vocab].
struct TensorType {
  DType dtype = DType::kF32;
  std::string layout = "rows";
  std::vector<Size> shape;
  bool operator==(const TensorType&) const = default;
};

// Whether the bytes of a layout follow from dtype and shape: every layout above but those that the
// loader repacks to.
bool IsPlainLayout(std::string_view layout);

// Bytes of a tensor in a plain layout: product of the shape, whole blocks along the last axis.
// Fails for other layouts, an empty shape, and a last axis that is no whole number of blocks or, in
// a quantised format, not constant.
Result<Size> TensorBytes(const TensorType& type);

enum class BufferKind : uint8_t {
  kWeight,
  kVectors,
  kTable,
  kKv,
  kState,
  kIds,
  kScratch,
  kLogits,
  kShared  // given like weights, and written: what another Program or the host reads after it
};
std::string_view Name(BufferKind kind);  // "weight", "vectors" and so on
std::optional<BufferKind> BufferKindFromName(std::string_view name);

// Rows [row_begin, row_begin + rows) of a tensor of the model file; experts are rows too.
struct WeightSource {
  std::string tensor;  // GGUF name
  uint64_t row_begin = 0;
  uint64_t rows = 0;
  bool operator==(const WeightSource&) const = default;
};

// One small f32 vector inside the `vectors` buffer; `offset` and `count` in elements.
struct VectorSlice {
  std::string tensor;
  uint64_t offset = 0;
  uint64_t count = 0;
  bool operator==(const VectorSlice&) const = default;
};

struct Buffer {
  // Unique: the weight's tensor (rows and layout appended where they are not the whole and
  // "blocks"), "kv.3", "rope.main", "state", "ids", "vectors", "s0", "logits".
  std::string name;
  BufferKind kind = BufferKind::kScratch;
  TensorType type;  // of scratch: flat f32 "rows" of its largest user
  Size bytes;
  std::vector<WeightSource> sources;  // of a weight: joined one below the other
  std::vector<VectorSlice> slices;    // of kVectors
  bool operator==(const Buffer&) const = default;
};

using BufferId = uint32_t;  // index into Program::buffers

struct Binding {
  std::string name;  // as in the kernel's description: "x", "w", "y"
  BufferId buffer = 0;
  Access access = Access::kRead;
  TensorType type;
  bool operator==(const Binding&) const = default;
};

// A u32 expression or an f32 number, by the kernel's description.
struct Uniform {
  std::string name;
  std::variant<Size, float> value;
  bool operator==(const Uniform&) const = default;
};

struct Dispatch {
  std::string op;            // of the xf dialect: "matmul"
  std::string role;          // an op's place in a layer: "q_proj"; may be empty
  int layer = -1;            // -1 outside of layers
  std::string value;         // name of the result in the Graph, for traces and messages
  std::string kernel;        // file or function name
  std::string variant;       // may be empty
  OverrideValues overrides;  // every override of the kernel, defaults filled in
  std::vector<Binding> bindings;
  std::vector<Uniform> uniforms;  // in the order of the kernel's description
  std::array<Size, 3> grid = {1, 1, 1};
  int group = -1;  // dispatches of one group are adjacent, independent and may overlap; -1: none
  bool operator==(const Dispatch&) const = default;
};

struct Program {
  static constexpr int kVersion = 1;
  std::string model;   // name of the Graph
  std::string target;  // device kind: "cpu", "webgpu", "null"
  Phase phase = Phase::kDecode;
  Numerics numerics = Numerics::kExact;
  uint64_t max_tokens = 1;  // rows that one run may have
  std::vector<Buffer> buffers;
  std::vector<Dispatch> dispatches;
  bool operator==(const Program&) const = default;
};

// The dispatch as messages name it: `matmul q_proj layer 3`.
std::string Describe(const Dispatch& dispatch);

}  // namespace ingot::program
