//! op: gelu_tanh { MODE = 0, HAS_GATE = false }
//! op: gelu { MODE = 1, HAS_GATE = false }
//! op: geglu { MODE = 0, HAS_GATE = true }
//! op: gelu_quick { MODE = 2 }
//! key: activation
//! formula: MODE 0: y = g / 2 * (1 + tanh(0.79788456 * (g + 0.044715 * g^3))); 1: y = g / 2 * (1 + erf(g / sqrt(2))); 2: y = g * sigmoid(1.702 * g); with HAS_GATE times u. g and u as in silu
//! bind: x act[size or 2 * size] r if IN_PLACE == false; up act[size] r if HAS_GATE and LAYOUT == 0; vectors f32 r if HAS_BIAS; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: MODE = {0, 1, 2} flag
//! range: HAS_GATE = {false, true} flag
//! range: HAS_BIAS = {false, true} flag
//! range: LAYOUT = {0, 1, 2, 3} flag, where LAYOUT == 0 or HAS_GATE == true
//! range: IN_PLACE = {false, true} flag, where IN_PLACE == false or LAYOUT == 0
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid gated gelu
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: trans
//! variant: gelu { MODE = 0, HAS_GATE = false }
//! variant: geglu { MODE = 0, HAS_GATE = true, LAYOUT = 0 }
//! variant: geglu_rowsplit { MODE = 0, HAS_GATE = true, LAYOUT = 3 }
//! variant: gelu_erf { MODE = 1 }
//! variant: gelu_quick { MODE = 2 }
//! variant: gelu_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  bias_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<u32>>;

override MODE: u32 = 0u;
override HAS_GATE: bool = false;
override HAS_BIAS: bool = false;
override LAYOUT: u32 = 0u;
override IN_PLACE: bool = false;  // g stands in y
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;
const U_BIASED = false;

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
  return gelu_tanh(v);
}

fn result(quad: u32) -> vec4<f32> {
  let v = gated(quad);
  return gelu(v.g) * v.u;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
