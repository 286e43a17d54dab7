//! op: expert_sum
//! key: moe
//! formula: y[t, :] = sum over j, rising, of weights[t, j] * x[t * top_k + j, :]
//! bind: x f32[rows*top_k,dim] r; weights f32[rows,top_k] r; y f32[rows,dim] rw
//! grid: linear(ceil(rows * dim, WG))
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: dot(top_k)
//! variant: expert_sum { }
struct Params {
  rows: u32,
  dim: u32,
  top_k: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override WG: u32 = 64u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let i = linear(g) * WG + t.index;
  let row = i / p.dim;
  if (row >= p.rows) {
    return;
  }
  let first = row * p.top_k;
  let column = i - row * p.dim;
  var sum = 0.0;
  for (var j = 0u; j < p.top_k; j++) {
    sum += weights[first + j] * x[(first + j) * p.dim + column];
  }
  y[i] = sum;
}
