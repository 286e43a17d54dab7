//! op: relu
//! key: activation
//! formula: y = max(x, 0); SQUARED: y = max(x, 0)^2
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: SQUARED = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! tolerance: elementwise(1)
//! variant: relu { SQUARED = false }
//! variant: relu_squared { SQUARED = true }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override SQUARED: bool = false;
override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    let v = max(x[quad], vec4<f32>(0.0));
    put_quad(quad, p.size, select(v, v * v, SQUARED));
  }
}
