//! op: expert_matmul
//! key: moe
//! formula: y[p, n] = sum over k of x[p / x_div, k] * w[routes[p] - expert_base, n, k]; zeros where the route is no expert; what other experts have stays
//! bind: x f32[rows,depth] r; routes u32[rows] r; w wt[experts*cols,depth] r; y f32[rows,cols] rw
//! grid: linear(rows * ceil(cols, WG / LANES))
//! range: W_FORMAT = 0..13 bound
//! range: LANES = {1, 4, 8, 16, 32, 64} tune, where LANES <= WG
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce load_row weights
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: dot(depth)
//! variant: expert_matmul { USE_SUBGROUPS = false }
//! variant: expert_matmul_subgroup { USE_SUBGROUPS = true, LANES = 32 }
struct Params {
  rows: u32,   // pairs of a row and one of its experts
  cols: u32,   // of one expert
  depth: u32,
  experts: u32,      // whose weights are here,
  expert_base: u32,  // from this one on
  all_experts: u32,
  x_div: u32,  // pairs that share a row of x
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> routes: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override W_FORMAT: u32 = 1u;
override LANES: u32 = 8u;  // threads that share an output
override WG: u32 = 64u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return p.depth; }

// Part of the product of a row of x and a row of w: every LANES-th chunk.
fn part_of(row: u32, n: u32, lane: u32) -> f32 {
  var sum = 0.0;
  for (var chunk = lane; chunk * 32u < p.depth; chunk += LANES) {
    let v = w_load32(n, chunk);
    for (var i = 0u; i < 8u; i++) {
      sum += dot(v[i], x_at4(row, w_k4(chunk, i)));
    }
  }
  return sum;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let parts = (p.cols + WG / LANES - 1u) / (WG / LANES);
  let item = linear(g);
  let pair = item / parts;
  if (pair >= p.rows) {
    return;
  }
  let col = (item - pair * parts) * (WG / LANES) + team_of(g, t, LANES);
  let route = routes[pair];
  let expert = route - p.expert_base;
  // Whoever has the first experts writes the zeros.
  let is_elsewhere = route < p.all_experts || p.expert_base != 0u;
  if (expert >= p.experts && is_elsewhere) {
    return;
  }
  var part = 0.0;
  if (col < p.cols && expert < p.experts) {
    part = part_of(pair / p.x_div, expert * p.cols + col, lane_of(g, t, LANES));
  }
  let sum = lanes_sum(g, t, LANES, part);
  if (col < p.cols && lane_of(g, t, LANES) == 0u) {
    y[pair * p.cols + col] = sum;
  }
}
