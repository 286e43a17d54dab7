//! op: rope_compute_qk
//! key: rope
//! formula: the pair (a, b) of q and of k becomes (a * c - b * s, a * s + b * c), (c, s) = attn_factor * (cos, sin) of (pos + r) * frequency[pair]
//! bind: q f32[rows,heads,head_dim] rw; k f32[rows,k_heads,head_dim] rw; vectors u32 r; state r
//! grid: linear(ceil(rows * (heads + k_heads) * (rot / 2), WG))
//! range: INTERLEAVED = {false, true} flag
//! range: SCALING = {0, 1, 2, 3} flag
//! range: HOST_FREQ = {false, true} flag
//! range: HAS_FACTORS = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid rope_angle rotate_qk
//! require: invocations >= WG
//! tolerance: trans
//! variant: rope_compute_qk { }
//! variant: rope_compute_qk_host { HOST_FREQ = true }
struct Params {
  rows: u32,
  heads: u32,
  k_heads: u32,
  head_dim: u32,
  rot: u32,
  freq_at: u32,
  factors_at: u32,
  yarn_round: u32,
  base_log2: f32,
  scale: f32,
  orig_ctx: f32,
  beta_fast: f32,
  beta_slow: f32,
  low_factor: f32,
  high_factor: f32,
  attn_factor: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> k: array<f32>;
@group(0) @binding(3) var<storage, read> vectors: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;

override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override SCALING: u32 = 0u;
override HOST_FREQ: bool = false;
override HAS_FACTORS: bool = false;
override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let it = pair_of(g, t);
  if (it.row < p.rows) {
    rotate_qk(it, pair_turn(state[0] + it.row, it.pair));
  }
}
