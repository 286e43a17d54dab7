//! op: kv_write
//! formula: cache[0, 0, head, pos + r, :] = k[r, head, :]; cache[1, ...] = v; positions from capacity on are left out
//! bind: k f32[rows,kv_heads,head_dim] r; v f32[rows,kv_heads,head_dim] r; cache kv rw; state r
//! grid: linear(ceil(rows * kv_heads * head_dim, WG))
//! range: F16_KV = {false, true} bound
//! range: WG = {64, 128, 256} tune
//! use: grid halves
//! require: invocations >= WG
//! require: F16_KV == false or head_dim % 2 == 0
//! tolerance: exact
//! variant: kv_write { F16_KV = false }
//! variant: kv_write_f16 { F16_KV = true }
struct Params {
  rows: u32,
  kv_heads: u32,
  head_dim: u32,
  capacity: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> cache: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;

override F16_KV: bool = false;
override WG: u32 = 64u;

fn word(a: f32, b: f32) -> u32 {
  if (F16_KV) {
    return f16_bits(a) | (f16_bits(b) << 16u);
  }
  return bitcast<u32>(a);
}

// A thread owns one word of K and the same word of V, so no two threads write into one word.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let words = select(p.head_dim, p.head_dim >> 1u, F16_KV);
  let head_row = item / words;
  let d = item - head_row * words;
  let r = head_row / p.kv_heads;
  let head = head_row - r * p.kv_heads;
  let pos = state[0] + r;
  if (r >= p.rows || pos >= p.capacity) {
    return;
  }
  let src = head_row * p.head_dim + select(d, d * 2u, F16_KV);
  let next = select(src, src + 1u, F16_KV);
  let dst = (head * p.capacity + pos) * words + d;
  cache[dst] = word(k[src], k[next]);
  cache[dst + p.kv_heads * p.capacity * words] = word(v[src], v[next]);
}
