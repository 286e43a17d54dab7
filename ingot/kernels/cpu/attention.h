// What the attention kernels share: the dispatch read into names, and which keys a query sees.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ingot/kernels/cpu/cpu_kernels.h"

namespace ingot::kernels::cpu {

// Query row t stands at position pos + t and sees the keys of [first, last): its own, those before
// it, and with a window only the nearest `window` of these. Query heads h of [g * group, (g + 1) *
// group) share KV head g.
struct AttentionCall {
  explicit AttentionCall(const Args& args);

  uint64_t KeyFirst(uint64_t t) const {
    return window != 0 && pos + t + 1 > window ? pos + t + 1 - window : 0;
  }
  uint64_t KeyLast(uint64_t t) const { return std::min(pos + t + 1, capacity); }
  // Row 0 of the keys (part 0) or values (part 1) of a KV head.
  const std::byte* Cached(uint64_t part, uint64_t kv_head) const {
    return cache + (part * kv_heads + kv_head) * capacity * head_dim * (half ? 2 : 4);
  }

  const float* q;  // [rows, heads, head_dim]
  const std::byte* cache;
  float* y;  // as q
  uint64_t pos, rows, heads, kv_heads, group, capacity, window;
  float scale, softcap;  // softcap 0: off
  uint64_t head_dim;
  bool half;
  const float* sinks;  // of each head a score without a value; nullptr: none
};

void AttentionReference(const Args& args);

}  // namespace ingot::kernels::cpu
