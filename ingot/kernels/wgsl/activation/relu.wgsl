//! op: relu { leaky_alpha = 0 }
//! op: leaky_relu { SQUARED = false }
//! key: activation
//! formula: y = g if g >= 0, else leaky_alpha * g; SQUARED: max(g, 0)^2; with HAS_GATE times u. g and u as in silu
//! bind: x act[size or 2 * size] r if IN_PLACE == false; up act[size] r if HAS_GATE and LAYOUT == 0; vectors f32 r if HAS_BIAS; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: SQUARED = {false, true} flag
//! range: HAS_GATE = {false, true} flag
//! range: HAS_BIAS = {false, true} flag
//! range: LAYOUT = {0, 1, 2, 3} flag, where LAYOUT == 0 or HAS_GATE == true
//! range: IN_PLACE = {false, true} flag, where IN_PLACE == false or LAYOUT == 0
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid gated
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: elementwise(1)
//! variant: relu { SQUARED = false, HAS_GATE = false }
//! variant: leaky_relu { SQUARED = false, HAS_GATE = false }
//! variant: relu_squared { SQUARED = true }
//! variant: relu_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  bias_at: u32,
  leaky_alpha: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<u32>>;

override SQUARED: bool = false;
override HAS_GATE: bool = false;
override HAS_BIAS: bool = false;
override LAYOUT: u32 = 0u;
override IN_PLACE: bool = false;  // g stands in y
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;
const U_BIASED = false;

fn result(quad: u32) -> vec4<f32> {
  let v = gated(quad);
  let positive = max(v.g, vec4<f32>(0.0));
  let leaky = positive + p.leaky_alpha * min(v.g, vec4<f32>(0.0));
  return select(leaky, positive * positive, SQUARED) * v.u;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
