//! op: fused_swiglu
//! op: swiglu_oai { ACT = 4 }
//! key: activation
//! formula: y = act(g) * u, ACT 0: silu, 1: gelu by tanh; 4: y = h * sigmoid(alpha * h) * (1 + u), h = min(g, limit), u between -limit and limit. g and u as in silu; with HAS_BIAS both get one
//! bind: x act[size or 2 * size] r; up act[size] r if LAYOUT == 0; vectors f32 r if HAS_BIAS; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: ACT = {0, 1, 4} flag
//! range: LAYOUT = {0, 1, 3} flag
//! range: HAS_BIAS = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid gated gelu
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: trans
//! variant: swiglu { ACT = 0, LAYOUT = 3 }
//! variant: swiglu_gelu { ACT = 1, LAYOUT = 3 }
//! variant: swiglu_gptoss { ACT = 4, LAYOUT = 1 }
//! variant: swiglu_oai { ACT = 4, LAYOUT = 0 }
//! variant: swiglu_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  bias_at: u32,
  limit: f32,
  alpha: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<u32>>;

override ACT: u32 = 0u;
override LAYOUT: u32 = 0u;
override HAS_BIAS: bool = false;
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;
const U_BIASED = true;
const HAS_GATE = true;
const IN_PLACE = false;

fn result(quad: u32) -> vec4<f32> {
  let v = gated(quad);
  if (ACT == 4u) {
    let h = min(v.g, vec4<f32>(p.limit));
    return h * sigmoid(p.alpha * h) * (clamp(v.u, vec4<f32>(-p.limit), vec4<f32>(p.limit)) + 1.0);
  }
  if (ACT == 1u) {
    return gelu_tanh(v.g) * v.u;
  }
  return v.g * sigmoid(v.g) * v.u;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
