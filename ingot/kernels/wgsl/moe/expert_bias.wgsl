//! op: expert_bias
//! key: moe
//! formula: y[p, :] = x[p, :] + bias[routes[p], :]; x where the route is no expert
//! bind: x f32[rows,dim] r; routes u32[rows] r; vectors f32 r; y f32[rows,dim] rw
//! grid: linear(ceil(rows * dim, WG))
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: elementwise(1)
//! variant: expert_bias { }
struct Params {
  rows: u32,  // pairs of a row and one of its experts
  dim: u32,
  experts: u32,
  bias_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> routes: array<u32>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = linear(g) * WG + t.index;
  let pair = i / p.dim;
  if (pair >= p.rows) {
    return;
  }
  let expert = routes[pair];
  var bias = 0.0;
  if (expert < p.experts) {
    bias = vectors[p.bias_at + expert * p.dim + i - pair * p.dim];
  }
  y[i] = x[i] + bias;
}
