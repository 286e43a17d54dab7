//! op: add
//! formula: y = a + scale * b; IN_PLACE: a stands in y
//! bind: a f32[size] r if IN_PLACE == false; b f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: IN_PLACE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! tolerance: elementwise(2)
//! variant: add { IN_PLACE = false }
//! variant: add_vec4 { IN_PLACE = false }
//! variant: add_scaled { IN_PLACE = false }
//! variant: add_inplace { IN_PLACE = true }
struct Params {
  size: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override IN_PLACE: bool = false;
override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    put_quad(quad, p.size, select(a[quad], y[quad], IN_PLACE) + p.scale * b[quad]);
  }
}
