//! op: silu { MODE = 0, HAS_GATE = false }
//! op: sigmoid { MODE = 1, HAS_GATE = false }
//! op: swiglu { MODE = 0, HAS_GATE = true }
//! key: activation
//! formula: y = x * sigmoid(x), with HAS_GATE times up; MODE 1: y = sigmoid(x)
//! bind: x f32[size] r; y f32[size] rw; up f32[size] r if HAS_GATE
//! grid: linear(ceil(size, WG * 4))
//! range: MODE = {0, 1} flag
//! range: HAS_GATE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: silu { MODE = 0, HAS_GATE = false }
//! variant: sigmoid { MODE = 1 }
//! variant: silu_gate { MODE = 0, HAS_GATE = true }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> up: array<vec4<f32>>;

override MODE: u32 = 0u;
override HAS_GATE: bool = false;
override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    let v = x[quad];
    var activated = select(v, vec4<f32>(1.0), MODE == 1u) * sigmoid(v);
    if (HAS_GATE) {
      activated *= up[quad];
    }
    put_quad(quad, p.size, activated);
  }
}
