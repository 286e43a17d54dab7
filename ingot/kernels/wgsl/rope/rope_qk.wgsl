//! op: rope_qk
//! key: rope
//! formula: the pair (a, b) of q and of k becomes (a * c - b * s, a * s + b * c), (c, s) = table[pos + r, pair]
//! bind: q f32[rows,heads,head_dim] rw; k f32[rows,k_heads,head_dim] rw; table f32[capacity,rot] r; state r
//! grid: linear(ceil(rows * (heads + k_heads) * (rot / 2), WG))
//! range: INTERLEAVED = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid rotate_qk
//! require: invocations >= WG
//! tolerance: elementwise(2)
//! variant: rope_qk { }
struct Params {
  rows: u32,
  heads: u32,
  k_heads: u32,
  head_dim: u32,
  rot: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> k: array<f32>;
@group(0) @binding(3) var<storage, read> table: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> state: array<u32>;

override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override WG: u32 = 64u;

// A file of its own, as rope_compute_qk: without a k there would still be one bound to be written.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let it = pair_of(g, t);
  if (it.row < p.rows) {
    rotate_qk(it, table[(state[0] + it.row) * (p.rot >> 1u) + it.pair]);
  }
}
