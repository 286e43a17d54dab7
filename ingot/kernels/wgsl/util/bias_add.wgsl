//! op: add_bias as bias_add { INDIRECT = false, experts = 0 }
//! op: expert_bias { INDIRECT = true }
//! formula: y[r, j] = x[r, j] + bias[j]; INDIRECT: + bias[routes[r], j], x where the route is no expert; IN_PLACE: x stands in y
//! bind: x act[size] r if IN_PLACE == false; routes u32[rows] r if INDIRECT; vectors f32 r; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: INDIRECT = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid columns quads
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: elementwise(1)
//! variant: bias_add { INDIRECT = false, IN_PLACE = false }
//! variant: bias_add_inplace { INDIRECT = false, IN_PLACE = true }
//! variant: expert_bias { INDIRECT = true, IN_PLACE = false }
//! variant: expert_bias_inplace { INDIRECT = true, IN_PLACE = true }
//! variant: bias_add_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  experts: u32,
  bias_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> routes: array<u32>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<u32>>;

override INDIRECT: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;

// One division a thread; a row may end inside of the quad.
fn of_experts(first: u32) -> vec4<f32> {
  var v: vec4<f32>;
  var row = first / p.dim;
  var j = first - row * p.dim;
  for (var i = 0u; i < 4u; i++) {
    let expert = routes[row];
    v[i] = select(0.0, vectors[p.bias_at + expert * p.dim + j], expert < p.experts);
    j++;
    if (j == p.dim) {
      j = 0u;
      row++;
    }
  }
  return v;
}

fn result(quad: u32) -> vec4<f32> {
  let at = place(quad);
  let v = quad_of(select(x[at], y[at], IN_PLACE), quad);
  if (INDIRECT) {
    return v + of_experts(quad * 4u);
  }
  return v + of_columns(p.bias_at, 1u, quad * 4u, p.dim);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
