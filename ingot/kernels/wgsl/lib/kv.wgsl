//! fragment: kv
// The cache of one layer, [2, 1, kv_heads, capacity, head_dim], f32 or packed f16. The main
// declares `kv: array<vec4<u32>>`, the overrides F16_KV and HEAD_DIM, p.kv_heads and p.capacity.

// The element at which row j of a head's keys (part 0) or values (part 1) starts.
fn kv_row(part: u32, head: u32, j: u32) -> u32 {
  return ((part * p.kv_heads + head) * p.capacity + j) * HEAD_DIM;
}

fn kv1(at: u32) -> f32 {
  if (F16_KV) {
    let pair = unpack2x16float(kv[at >> 3u][(at >> 1u) & 3u]);
    return select(pair.x, pair.y, (at & 1u) == 1u);
  }
  return bitcast<f32>(kv[at >> 2u][at & 3u]);
}

// Four elements. REQUIRES: at is a multiple of 4.
fn kv4(at: u32) -> vec4<f32> {
  if (F16_KV) {
    let words = kv[at >> 3u];
    let pair = select(words.xy, words.zw, (at & 4u) != 0u);
    return vec4<f32>(unpack2x16float(pair.x), unpack2x16float(pair.y));
  }
  return bitcast<vec4<f32>>(kv[at >> 2u]);
}
