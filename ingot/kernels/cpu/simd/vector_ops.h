// VectorOps: the inner loops of the row kernels and of attention, compiled once for each
// instruction set. They know rows and numbers, no bindings and no threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ingot::kernels::cpu {

// A block of queries against a range of the keys of one head of the cache. The result is a partial
// softmax state that merges with those of other ranges: for each query the largest score, the sum
// of exp(score - largest) and the values weighted alike.
struct AttentionRange {
  static constexpr size_t kKeys = 128;  // of a tile
  static constexpr size_t kAlignment =
      16;  // floats; rows of `values` and `scratch` are padded to it

  const float* q = nullptr;  // [queries, head_dim], already scaled
  size_t queries = 0;
  size_t head_dim = 0;
  const std::byte* keys = nullptr;  // [.., head_dim] of f32, or of f16 if `half`
  const std::byte* values = nullptr;
  bool half = false;
  size_t begin = 0;               // of the range
  size_t end = 0;                 // rows from here on are never read
  const size_t* first = nullptr;  // query i sees keys first[i] <= j < last[i]
  const size_t* last = nullptr;
  float softcap = 0;  // 0: off

  float* largest = nullptr;   // [queries]; -3.4028235e38 where no key was seen
  float* sum = nullptr;       // [queries]
  float* weighted = nullptr;  // [queries, padded head_dim]
  float* scratch = nullptr;   // ScratchFloats(queries, head_dim)

  // Always inline: a copy that the linker keeps could be one for another instruction set.
  [[gnu::always_inline]] static constexpr size_t Padded(size_t head_dim) {
    return (head_dim + kAlignment - 1) / kAlignment * kAlignment;
  }
  [[gnu::always_inline]] static constexpr size_t ScratchFloats(size_t queries, size_t head_dim) {
    return kKeys * (queries + 2 * Padded(head_dim));
  }
};

// `y` may be `x` or `a`. Functions of one row take its length as `dim`.
struct VectorOps {
  void (*silu)(const float* x, float* y, size_t size);
  void (*gelu_tanh)(const float* x, float* y, size_t size);
  void (*gelu)(const float* x, float* y, size_t size);
  void (*relu)(const float* x, float* y, size_t size);
  void (*sigmoid)(const float* x, float* y, size_t size);
  void (*add)(const float* a, const float* b, float* y, size_t size);
  void (*mul)(const float* a, const float* b, float* y, size_t size);
  void (*scale)(const float* x, float factor, float* y, size_t size);
  void (*softcap)(const float* x, float cap, float* y, size_t size);
  // To f16, nearest even; what is beyond 65504 becomes that.
  void (*to_half)(const float* x, uint16_t* y, size_t size);

  void (*rms_norm)(const float* x, const float* w, float eps, float* y, size_t dim);
  // `b` may be null.
  void (*layer_norm)(const float* x, const float* w, const float* b, float eps, float* y,
                     size_t dim);
  // Inputs of -3.4028235e38 and below are masked: weight 0; zeros if all are.
  void (*softmax)(const float* x, float* y, size_t dim);

  // Rotates pairs (x[2i], x[2i+1]) by (cos, sin) pairs `table`.
  void (*rope_pairs)(float* x, const float* table, size_t pairs);
  // Rotates pairs (x0[i], x1[i]).
  void (*rope_halves)(float* x0, float* x1, const float* cosine, const float* sine, size_t pairs);

  void (*attend)(const AttentionRange& range);
};

extern const VectorOps kPortableOps;
#if defined(__x86_64__)
extern const VectorOps kAvx2Ops;
extern const VectorOps kAvx512Ops;
#endif

// The best that this processor can run.
const VectorOps& Ops();

}  // namespace ingot::kernels::cpu
