// Attention over the cache, for one row and for many. Queries that share a KV head are taken
// together, heads of a group beside each other, in blocks; where there is one block only, the keys
// are split as well. How work is cut depends on the shapes alone, so that results do not depend on
// the number of threads.
#include "ingot/kernels/cpu/attention.h"

#include <cmath>
#include <span>

#include "ingot/kernels/cpu/row.h"
#include "ingot/kernels/cpu/simd/vector_ops.h"

namespace ingot::kernels::cpu {
namespace {

constexpr uint64_t kBlockQueries = 128;
constexpr uint64_t kSplitKeys = 1024;
constexpr uint64_t kMaxSplits = 64;
// Multiply-adds below which one thread does it all.
constexpr uint64_t kAlone = 1 << 16;

uint64_t CeilDiv(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// How a call is cut. Query i of a KV head is row i / group, head i % group.
struct Cut {
  explicit Cut(const AttentionCall& call)
      : queries(call.rows * call.group),
        blocks(CeilDiv(queries, kBlockQueries)),
        first(call.KeyFirst(0)),
        last(call.KeyLast(call.rows - 1)),
        padded(AttentionRange::Padded(call.head_dim)) {
    uint64_t keys = last > first ? last - first : 0;
    splits = blocks > 1 ? 1 : std::clamp<uint64_t>(CeilDiv(keys, kSplitKeys), 1, kMaxSplits);
    split_keys = CeilDiv(CeilDiv(keys, splits), AttentionRange::kKeys) * AttentionRange::kKeys;
  }

  uint64_t BlockQueries() const { return std::min(queries, kBlockQueries); }
  // Floats of the partial states of one block and split: largest, sum, weighted.
  uint64_t PartFloats() const { return BlockQueries() * (2 + padded); }

  uint64_t queries, blocks;
  uint64_t first, last;  // keys that some query sees
  uint64_t padded;
  uint64_t splits = 1, split_keys = 0;
};

// Partial states of `queries` queries of one split.
struct Part {
  Part(float* memory, uint64_t block_queries)
      : largest(memory), sum(memory + block_queries), weighted(memory + 2 * block_queries) {}
  float* largest;
  float* sum;
  float* weighted;
};

// Query rows [begin, end) of KV head g, against split `split`, to `part`.
void AttendBlock(const AttentionCall& call, const Cut& cut, uint64_t g, uint64_t begin,
                 uint64_t end, uint64_t split, const Part& part, float* scratch) {
  uint64_t count = end - begin;
  size_t first[kBlockQueries];
  size_t last[kBlockQueries];
  float* q = scratch;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t t = (begin + i) / call.group;
    uint64_t h = g * call.group + (begin + i) % call.group;
    Ops().scale(call.q + (t * call.heads + h) * call.head_dim, call.scale, q + i * call.head_dim,
                call.head_dim);
    first[i] = call.KeyFirst(t);
    last[i] = call.KeyLast(t);
  }
  AttentionRange range;
  range.q = q;
  range.queries = count;
  range.head_dim = call.head_dim;
  range.keys = call.Cached(0, g);
  range.values = call.Cached(1, g);
  range.half = call.half;
  uint64_t low = cut.splits == 1 ? first[0] : cut.first + split * cut.split_keys;
  range.begin = low;
  range.end = cut.splits == 1 ? last[count - 1] : std::min(low + cut.split_keys, cut.last);
  range.first = first;
  range.last = last;
  range.softcap = call.softcap;
  range.largest = part.largest;
  range.sum = part.sum;
  range.weighted = part.weighted;
  range.scratch = q + kBlockQueries * cut.padded;
  Ops().attend(range);
}

// Row i of the block: the states of all splits become one result. `sink` is the head's, or nullptr.
void Finish(const AttentionCall& call, const Cut& cut, std::span<const Part> parts, uint64_t i,
            const float* sink, float* y) {
  float largest = sink == nullptr ? parts[0].largest[i] : *sink;
  for (const Part& part : parts) largest = std::max(largest, part.largest[i]);
  float weights[kMaxSplits];
  float sum = sink == nullptr ? 0 : std::exp(*sink - largest);
  for (size_t s = 0; s < parts.size(); ++s) {
    weights[s] = std::exp(parts[s].largest[i] - largest);
    sum += weights[s] * parts[s].sum[i];
  }
  std::fill_n(y, call.head_dim, 0.0f);
  if (sum == 0) return;  // no key was seen
  for (size_t s = 0; s < parts.size(); ++s) {
    const float* weighted = parts[s].weighted + i * cut.padded;
    float factor = weights[s] / sum;
    for (uint64_t d = 0; d < call.head_dim; ++d) y[d] += factor * weighted[d];
  }
}

void FinishBlock(const AttentionCall& call, const Cut& cut, std::span<const Part> parts, uint64_t g,
                 uint64_t begin, uint64_t end) {
  for (uint64_t i = begin; i < end; ++i) {
    uint64_t h = g * call.group + i % call.group;
    float* y = call.y + (i / call.group * call.heads + h) * call.head_dim;
    Finish(call, cut, parts, i - begin, call.sinks == nullptr ? nullptr : call.sinks + h, y);
  }
}

// Runs work(item, scratch) for every item, each on whichever worker is free.
template <typename F>
void ForEach(const Args& args, bool alone, uint64_t items, uint64_t floats, const F& work) {
  auto body = [&](uint32_t worker, uint64_t begin, uint64_t end) {
    auto scratch =
        reinterpret_cast<float*>(args.pool->Scratch(worker, floats * sizeof(float)).data());
    for (uint64_t item = begin; item < end; ++item) work(item, scratch);
  };
  if (alone) return body(0, 0, items);
  args.pool->ForChunks(items, 1, body);
}

void Attention(const Args& args) {
  AttentionCall call(args);
  if (call.rows == 0) return;
  Cut cut(call);
  uint64_t scratch_floats =
      kBlockQueries * cut.padded + AttentionRange::ScratchFloats(cut.BlockQueries(), call.head_dim);
  bool alone =
      call.rows * call.heads * call.head_dim * (cut.last - std::min(cut.first, cut.last)) < kAlone;
  if (cut.splits == 1) {
    uint64_t floats = scratch_floats + cut.PartFloats();
    ForEach(args, alone, call.kv_heads * cut.blocks, floats, [&](uint64_t item, float* scratch) {
      // The last blocks of a causal mask see most keys: they begin.
      uint64_t g = item % call.kv_heads;
      uint64_t begin = (cut.blocks - 1 - item / call.kv_heads) * kBlockQueries;
      uint64_t end = std::min(begin + kBlockQueries, cut.queries);
      Part part(scratch + scratch_floats, cut.BlockQueries());
      AttendBlock(call, cut, g, begin, end, 0, part, scratch);
      FinishBlock(call, cut, {&part, 1}, g, begin, end);
    });
    return;
  }
  uint64_t items = call.kv_heads * cut.splits;
  auto states = reinterpret_cast<float*>(
      args.pool->SharedScratch(items * cut.PartFloats() * sizeof(float)).data());
  auto part_of = [&](uint64_t g, uint64_t split) {
    return Part(states + (g * cut.splits + split) * cut.PartFloats(), cut.BlockQueries());
  };
  ForEach(args, alone, items, scratch_floats, [&](uint64_t item, float* scratch) {
    uint64_t g = item / cut.splits;
    uint64_t split = item % cut.splits;
    AttendBlock(call, cut, g, 0, cut.queries, split, part_of(g, split), scratch);
  });
  for (uint64_t g = 0; g < call.kv_heads; ++g) {
    std::vector<Part> parts;
    for (uint64_t split = 0; split < cut.splits; ++split) parts.push_back(part_of(g, split));
    FinishBlock(call, cut, parts, g, 0, cut.queries);
  }
}

KernelDesc AttentionDesc(std::string name) {
  KernelDesc desc =
      Desc(std::move(name), "attention", "attention",
           "y[t, h, :] = sum_j softmax_j(scale q[t, h] . k[j, g]) v[j, g, :], j <= pos + t; the "
           "head's sink is one score more, without a value",
           {Reads("q"), Reads("kv", "kv"), Reads("state", "state"), Writes("y"),
            Reads("vectors", "vectors")},
           {U("rows"), U("heads"), U("kv_heads"), U("group"), U("capacity"), U("window"),
            F("scale"), F("softcap"), U("sinks_at")});
  desc.overrides = {Bound("HEAD_DIM", 1, 1024, 64), Switch("F16_KV", OverrideClass::kBound),
                    Switch("HAS_SOFTCAP", OverrideClass::kFlag),
                    Switch("HAS_SINKS", OverrideClass::kFlag)};
  desc.bindings.back().condition = {.kind = HeaderExprKind::kName, .text = "HAS_SINKS"};
  return desc;
}

}  // namespace

AttentionCall::AttentionCall(const Args& args)
    : q(args.In<float>(0)),
      cache(args.In<std::byte>(1)),
      y(args.Out<float>(3)),
      pos(args.In<uint32_t>(2)[0]),
      rows(args.U32(0)),
      heads(args.U32(1)),
      kv_heads(args.U32(2)),
      group(args.U32(3)),
      capacity(args.U32(4)),
      window(args.U32(5)),
      scale(args.F32(6)),
      softcap(args.overrides[2] != 0 ? args.F32(7) : 0),
      head_dim(static_cast<uint64_t>(args.overrides[0])),
      half(args.overrides[1] != 0),
      sinks(args.overrides[3] != 0 ? args.In<float>(4) + args.U32(8) : nullptr) {}

std::vector<CpuKernel> AttentionKernels() {
  KernelDesc reference = AttentionDesc("attention_reference");
  reference.priority = -1;
  return {{AttentionDesc("attention"), Attention}, {std::move(reference), AttentionReference}};
}

}  // namespace ingot::kernels::cpu
