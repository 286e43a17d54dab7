//! op: add_bias
//! formula: y[r, j] = x[r, j] + bias[j]
//! bind: x f32[size] r; vectors f32 r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! tolerance: elementwise(1)
//! variant: bias_add { }
struct Params {
  size: u32,
  dim: u32,
  bias_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u >= p.size) {
    return;
  }
  var v = x[quad];
  // One division a thread; a row may end inside of the quad.
  var j = (quad * 4u) % p.dim;
  for (var i = 0u; i < 4u; i++) {
    v[i] += vectors[p.bias_at + j];
    j = select(j + 1u, 0u, j + 1u == p.dim);
  }
  put_quad(quad, p.size, v);
}
