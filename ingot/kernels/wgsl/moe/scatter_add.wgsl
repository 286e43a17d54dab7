//! op: scatter_add
//! key: moe
//! formula: y[t, :] = (y[t, :] with ACCUMULATE) + sum over j, rising, of weights[t, j] * e[row(t, j), :]
//! bind: e f32[slots,dim] r; routes u32[rows,top_k] r; weights f32[rows,top_k] r; y f32[rows,dim] rw
//! grid: linear(ceil(rows * dim, WG * (1 + 3 * USE_VEC4)))
//! range: DYNAMIC_LAYOUT = {false, true} flag
//! range: ACCUMULATE = {false, true} flag
//! range: USE_VEC4 = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! require: USE_VEC4 == false or dim % 4 == 0
//! tolerance: dot(top_k)
//! variant: scatter_add { USE_VEC4 = false, ACCUMULATE = false, DYNAMIC_LAYOUT = false }
//! variant: scatter_add_vec4 { USE_VEC4 = true, ACCUMULATE = false, DYNAMIC_LAYOUT = false }
//! variant: scatter_add_dynamic { DYNAMIC_LAYOUT = true, ACCUMULATE = false }
//! variant: scatter_add_accumulate { ACCUMULATE = true, DYNAMIC_LAYOUT = true }
struct Params {
  rows: u32,
  dim: u32,
  top_k: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> e: array<f32>;
@group(0) @binding(2) var<storage, read> routes: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override DYNAMIC_LAYOUT: bool = false;  // a route is a row of e; else an expert, with rows for all
override ACCUMULATE: bool = false;      // to what y holds
override USE_VEC4: bool = false;        // a thread owns four elements
override WG: u32 = 64u;

fn row_of(token: u32, route: u32) -> u32 {
  if (DYNAMIC_LAYOUT) {
    return route;
  }
  return route * p.rows + token;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let step = select(1u, 4u, USE_VEC4);
  let first = (linear(g) * WG + t.index) * step;
  let token = first / p.dim;
  if (token >= p.rows) {
    return;
  }
  let column = first - token * p.dim;
  for (var i = 0u; i < step; i++) {
    var sum = 0.0;
    if (ACCUMULATE) {
      sum = y[first + i];
    }
    for (var j = 0u; j < p.top_k; j++) {
      let route = routes[token * p.top_k + j];
      if (route != 0xffffffffu) {
        sum += weights[token * p.top_k + j] * e[row_of(token, route) * p.dim + column + i];
      }
    }
    y[first + i] = sum;
  }
}
