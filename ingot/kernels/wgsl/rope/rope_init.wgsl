//! op: rope_init
//! key: rope
//! formula: table[i, pair] = attn_factor * (cos, sin) of (pos_base + i) * frequency[pair]
//! bind: vectors u32 r; table f32[positions,rot] rw
//! grid: linear(ceil(positions * (rot / 2), WG))
//! range: SCALING = {0, 1, 2, 3} flag
//! range: HOST_FREQ = {false, true} flag
//! range: HAS_FACTORS = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid rope_angle
//! require: invocations >= WG
//! tolerance: trans
//! variant: rope_init { }
//! variant: rope_init_host { HOST_FREQ = true }
//! variant: rope_init_yarn { SCALING = 2 }
//! variant: rope_init_llama3 { SCALING = 3 }
struct Params {
  positions: u32,
  pos_base: u32,
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
@group(0) @binding(1) var<storage, read> vectors: array<u32>;
@group(0) @binding(2) var<storage, read_write> table: array<vec2<f32>>;

override SCALING: u32 = 0u;
override HOST_FREQ: bool = false;
override HAS_FACTORS: bool = false;
override WG: u32 = 64u;

// A thread owns one pair of one position.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let pairs = p.rot >> 1u;
  let row = item / pairs;
  if (row >= p.positions) {
    return;
  }
  table[item] = pair_turn(p.pos_base + row, item - row * pairs);
}
