//! op: silu { MODE = 0 }
//! op: sigmoid { MODE = 1 }
//! key: activation
//! formula: y = x * sigmoid(x); MODE 1: y = sigmoid(x)
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: MODE = {0, 1} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: silu { MODE = 0 }
//! variant: sigmoid { MODE = 1 }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override MODE: u32 = 0u;
override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    let v = x[quad];
    put_quad(quad, p.size, select(v, vec4<f32>(1.0), MODE == 1u) * sigmoid(v));
  }
}
