//! op: gelu_tanh { MODE = 0, HAS_GATE = false }
//! op: gelu { MODE = 1, HAS_GATE = false }
//! op: geglu { MODE = 0, HAS_GATE = true }
//! key: activation
//! formula: MODE 0: y = x / 2 * (1 + tanh(0.79788456 * (x + 0.044715 * x^3))); 1: y = x / 2 * (1 + erf(x / sqrt(2))); 2: y = x * sigmoid(1.702 * x); with HAS_GATE times up
//! bind: x f32[size] r; y f32[size] rw; up f32[size] r if HAS_GATE
//! grid: linear(ceil(size, WG * 4))
//! range: MODE = {0, 1, 2} flag
//! range: HAS_GATE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: gelu { MODE = 0, HAS_GATE = false }
//! variant: geglu { MODE = 0, HAS_GATE = true }
//! variant: gelu_erf { MODE = 1 }
//! variant: gelu_quick { MODE = 2 }
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

// erf by the rational approximation 7.1.26 of Abramowitz and Stegun, absolute error 1.5e-7.
fn erf(v: vec4<f32>) -> vec4<f32> {
  let a = abs(v);
  let s = 1.0 / (1.0 + 0.3275911 * a);
  let high = (1.061405429 * s - 1.453152027) * s + 1.421413741;
  let tail = ((high * s - 0.284496736) * s + 0.254829592) * s;
  return sign(v) * (1.0 - tail * exp(-min(a * a, vec4<f32>(80.0))));
}

fn gelu(v: vec4<f32>) -> vec4<f32> {
  if (MODE == 2u) {
    return v * sigmoid(1.702 * v);
  }
  if (MODE == 1u) {
    return 0.5 * v * (1.0 + erf(v * 0.70710678118));
  }
  return 0.5 * v * (1.0 + tanh_safe(0.7978845608 * (v + 0.044715 * v * v * v)));
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    var activated = gelu(x[quad]);
    if (HAS_GATE) {
      activated *= up[quad];
    }
    put_quad(quad, p.size, activated);
  }
}
