// Cases of what keeps keys and values, and of attention over them.
#include <algorithm>
#include <cmath>

#include "ingot/base/half.h"
#include "ingot/verify/case_fills.h"
#include "ingot/verify/tolerance.h"

namespace ingot::verify {
namespace {

constexpr double kLargest = 65504;  // of f16: what is more becomes this
constexpr size_t kRunState = 4;     // numbers before the sums of a run of split attention

// Numbers of a cache for keys of [0, filled), NaN beyond; as f16 holds them if `dtype` is that.
Values CacheValues(const CacheShape& shape, size_t filled, DType dtype, const Values& draws) {
  Values cache(2 * shape.kv_heads * shape.capacity * shape.head_dim);
  for (size_t i = 0; i < cache.size(); ++i) {
    auto value = static_cast<float>(draws[i]);
    if (dtype == DType::kF16) value = F16ToF32(F32ToF16(value));
    cache[i] = i / shape.head_dim % shape.capacity < filled ? value : std::nan("");
  }
  return cache;
}

// The inputs of attention and of its first half.
struct AttentionInputs {
  AttentionShape shape;
  Values q, cache;
  uint64_t cache_bytes = 0;  // of keys and values that a row sees
};
AttentionInputs MakeAttention(CaseData& data) {
  size_t rows = data.Size("rows", 3);
  AttentionShape shape;
  shape.pos = data.Size("pos", 5);
  shape.group = data.Size("group", 2);
  shape.window = data.Size("window", 0);
  shape.softcap = data.Number("softcap", data.Size("HAS_SOFTCAP", 0) != 0 ? 5 : 0);
  shape.cache = {data.Size("kv_heads", 2), data.Size("capacity", shape.pos + rows + 3),
                 data.Size("head_dim", 64)};
  shape.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.cache.head_dim)));
  DType dtype = data.Size("F16_KV", 0) != 0 ? DType::kF16 : DType::kF32;
  size_t heads = shape.cache.kv_heads * shape.group;
  Values q = data.Activations("q", rows * heads * shape.cache.head_dim);
  Values draws =
      data.Normal("kv", 2 * shape.cache.kv_heads * shape.cache.capacity * shape.cache.head_dim);
  Values cache = CacheValues(shape.cache, shape.pos + rows, dtype, draws);
  data.Floats("kv", cache, dtype);
  data.State(shape.pos);
  data.U32("rows", rows);
  data.U32("heads", heads);
  data.U32("kv_heads", shape.cache.kv_heads);
  data.U32("group", shape.group);
  data.U32("capacity", shape.cache.capacity);
  data.U32("window", shape.window);
  data.F32("scale", shape.scale);
  data.F32("softcap", shape.softcap);
  data.Override("HEAD_DIM", static_cast<double>(shape.cache.head_dim));
  data.Override("F16_KV", dtype == DType::kF16);
  data.Override("HAS_SOFTCAP", shape.softcap != 0);
  const size_t first = shape.window == 0 || shape.pos + 1 < shape.window
                           ? 0
                           : shape.pos + 1 - shape.window;  // that the first row sees
  const size_t seen = shape.pos + rows - first;
  const uint64_t cache_bytes =
      2 * seen * shape.cache.kv_heads * shape.cache.head_dim * Traits(dtype).bytes;
  size_t pairs = 0;  // of a row and a position that it sees
  for (size_t row = 0; row < rows; ++row) {
    const size_t before = shape.pos + row + 1;
    pairs += shape.window == 0 ? before : std::min(before, shape.window);
  }
  data.Computes(4 * pairs * heads * shape.cache.head_dim);
  return {shape, std::move(q), std::move(cache), cache_bytes};
}

// A sink for each head, far from the scores with a great `sink_spread`; empty without HAS_SINKS.
Values MakeSinks(CaseData& data, size_t heads) {
  Values sinks = data.Vector("sinks", heads, 0, data.Number("sink_spread", 3));
  const bool has_sinks = data.Size("HAS_SINKS", 0) != 0;
  data.Override("HAS_SINKS", has_sinks);
  return has_sinks ? sinks : Values();
}

}  // namespace

void KvWriteCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 3), pos = data.Size("pos", 5);
  CacheShape shape = {data.Size("kv_heads", 2), data.Size("capacity", 16),
                      data.Size("head_dim", 64)};
  DType dtype = data.Size("F16_KV", 0) != 0 ? DType::kF16 : DType::kF32;
  const size_t size = rows * shape.kv_heads * shape.head_dim;
  const Values k = PutTensor(data, "k", data.Activations("k", size));
  const Values v = DrawSecond(data, "v", size);
  Values draws = data.Normal("cache", 2 * shape.kv_heads * shape.capacity * shape.head_dim);
  Values cache = CacheValues(shape, shape.capacity, dtype, draws);
  data.Floats("cache", cache, dtype);
  data.State(pos);
  data.U32("rows", rows);
  data.U32("kv_heads", shape.kv_heads);
  data.U32("head_dim", shape.head_dim);
  data.U32("capacity", shape.capacity);
  data.U32("rot", 0);
  data.Override("F16_KV", dtype == DType::kF16);
  data.Moves(2 * k.size() * (sizeof(float) + Traits(dtype).bytes));
  auto reference = [&] {
    Values want = KvWrite(cache, k, v, shape, pos);
    for (double& value : want) {
      if (dtype != DType::kF16) continue;
      value = F16ToF32(F32ToF16(static_cast<float>(std::clamp(value, -kLargest, kLargest))));
    }
    Values bound = ExactBound(want.size());
    return Expected{std::move(want), std::move(bound)};
  };
  data.Expect(reference, "cache", dtype);
}

void AttentionCase(CaseData& data, const kernels::KernelDesc&) {
  AttentionInputs in = MakeAttention(data);
  in.shape.sinks = MakeSinks(data, in.shape.cache.kv_heads * in.shape.group);
  data.Output(in.q.size());
  data.Moves(2 * in.q.size() * sizeof(float) + in.cache_bytes);
  data.Expect([&] {
    return Expected{Attention(in.q, in.cache, in.shape), AttentionBound(in.q, in.cache, in.shape)};
  });
}

void AttentionSplitCase(CaseData& data, const kernels::KernelDesc&) {
  AttentionInputs in = MakeAttention(data);
  size_t splits = data.Size("splits", 3);
  data.Override("SPLITS", static_cast<double>(splits));
  const size_t parts = in.q.size() / in.shape.cache.head_dim * splits;
  const size_t size = parts * (in.shape.cache.head_dim + kRunState);
  data.Output(size);
  data.Moves((in.q.size() + size) * sizeof(float) + in.cache_bytes);
  data.Expect([&] {
    return Expected{AttentionSplit(in.q, in.cache, in.shape, splits),
                    AttentionSplitBound(in.q, in.cache, in.shape, splits)};
  });
}

// Every third run has no keys, and the second head has none at all.
void AttentionMergeCase(CaseData& data, const kernels::KernelDesc&) {
  size_t rows = data.Size("rows", 1), heads = data.Size("heads", 3);
  size_t splits = data.Size("splits", 7), head_dim = data.Size("head_dim", 64);
  size_t width = head_dim + kRunState;
  Values part = data.Activations("part", rows * heads * splits * width);
  for (size_t i = 0; i < part.size() / width; ++i) {
    double* state = &part[i * width];
    bool empty = i % splits % 3 == 1 || i / splits % heads == 1;
    state[1] = empty ? 0 : std::abs(state[1]) + 1;
    state[2] = state[3] = 0;
    if (!empty) continue;
    state[0] = kMasked;
    std::fill_n(state + kRunState, head_dim, 0);
  }
  data.Floats("part", part);
  data.Output(rows * heads * head_dim);
  data.U32("rows", rows);
  data.U32("heads", heads);
  data.Override("HEAD_DIM", static_cast<double>(head_dim));
  data.Override("SPLITS", static_cast<double>(splits));
  data.Moves((part.size() + rows * heads * head_dim) * sizeof(float));
  const Values sinks = MakeSinks(data, heads);
  data.Expect([&] {
    Values bound = AttentionMergeBound(part, splits, head_dim, sinks);
    return Expected{AttentionMerge(part, splits, head_dim, sinks), std::move(bound)};
  });
}

}  // namespace ingot::verify
