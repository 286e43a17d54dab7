//! op: rope_compute
//! key: rope
//! formula: the pair (a, b) of q becomes (a * c - b * s, a * s + b * c), (c, s) = attn_factor * (cos, sin) of (pos + r) * frequency[pair]
//! bind: q f32[rows,heads,head_dim] rw; vectors u32 r; state r
//! grid: linear(ceil(rows * heads * (rot / 2), WG))
//! range: INTERLEAVED = {false, true} flag
//! range: SCALING = {0, 1, 2, 3} flag
//! range: HOST_FREQ = {false, true} flag
//! range: HAS_FACTORS = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid rope_angle rotate
//! require: invocations >= WG
//! tolerance: trans
//! variant: rope_compute { }
//! variant: rope_compute_host { HOST_FREQ = true }
//! variant: rope_ntk { SCALING = 1 }
//! variant: rope_yarn { SCALING = 2 }
//! variant: rope_llama3 { SCALING = 3 }
struct Params {
  rows: u32,
  heads: u32,
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
@group(0) @binding(2) var<storage, read> vectors: array<u32>;
@group(0) @binding(3) var<storage, read> state: array<u32>;

override INTERLEAVED: bool = false;  // pairs are neighbours, not half of `rot` apart
override SCALING: u32 = 0u;
override HOST_FREQ: bool = false;
override HAS_FACTORS: bool = false;
override WG: u32 = 64u;

// A thread owns one pair, so q may be changed in place. Elements from rot on stay as they are.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let pairs = p.rot >> 1u;
  let head_row = item / pairs;
  let pair = item - head_row * pairs;
  let r = head_row / p.heads;
  if (r >= p.rows) {
    return;
  }
  let turn = pair_turn(state[0] + r, pair);
  let at = pair_places(head_row * p.head_dim, pair);
  let v = turned(q[at.x], q[at.y], turn);
  q[at.x] = v.x;
  q[at.y] = v.y;
}
