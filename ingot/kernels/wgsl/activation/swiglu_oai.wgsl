//! op: swiglu_oai
//! key: activation
//! formula: y = g * sigmoid(alpha * g) * (u + 1), g = min(x, limit), u = up between -limit and limit
//! bind: x f32[size] r; up f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: swiglu_oai { }
struct Params {
  size: u32,
  limit: f32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    let gate = min(x[quad], vec4<f32>(p.limit));
    let linear_part = clamp(up[quad], vec4<f32>(-p.limit), vec4<f32>(p.limit));
    put_quad(quad, p.size, gate * sigmoid(p.alpha * gate) * (linear_part + 1.0));
  }
}
