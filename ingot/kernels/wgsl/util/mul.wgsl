//! op: mul
//! formula: y = a * b
//! bind: a f32[size] r; b f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! tolerance: elementwise(1)
//! variant: mul { }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    put_quad(quad, p.size, a[quad] * b[quad]);
  }
}
