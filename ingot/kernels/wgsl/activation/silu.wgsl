//! op: silu { MODE = 0, HAS_GATE = false }
//! op: sigmoid { MODE = 1, HAS_GATE = false }
//! op: swiglu { MODE = 0, HAS_GATE = true }
//! key: activation
//! formula: y = g * sigmoid(g), MODE 1: sigmoid(g); with HAS_GATE times u. g = x, with HAS_BIAS plus the column's; fragment gated says where u stands
//! bind: x act[size or 2 * size] r if IN_PLACE == false; up act[size] r if HAS_GATE and LAYOUT == 0; vectors f32 r if HAS_BIAS; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: MODE = {0, 1} flag
//! range: HAS_GATE = {false, true} flag
//! range: HAS_BIAS = {false, true} flag
//! range: LAYOUT = {0, 1, 2, 3} flag, where LAYOUT == 0 or HAS_GATE == true
//! range: IN_PLACE = {false, true} flag, where IN_PLACE == false or LAYOUT == 0
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid gated sigmoid
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: trans
//! variant: silu { MODE = 0, HAS_GATE = false }
//! variant: silu_vec4 { MODE = 0, HAS_GATE = false }
//! variant: silu_batched { MODE = 0, HAS_GATE = false }
//! variant: silu_bias { MODE = 0, HAS_GATE = false, HAS_BIAS = true }
//! variant: silu_inplace { MODE = 0, HAS_GATE = false, IN_PLACE = true }
//! variant: sigmoid { MODE = 1 }
//! variant: silu_gate { MODE = 0, HAS_GATE = true, LAYOUT = 0 }
//! variant: silu_gate_vec4 { MODE = 0, HAS_GATE = true, LAYOUT = 0 }
//! variant: silu_mul { MODE = 0, HAS_GATE = true, LAYOUT = 0 }
//! variant: silu_gate_interleaved { MODE = 0, HAS_GATE = true, LAYOUT = 1 }
//! variant: silu_gate_split { MODE = 0, HAS_GATE = true, LAYOUT = 2 }
//! variant: silu_gate_rowsplit { MODE = 0, HAS_GATE = true, LAYOUT = 3 }
//! variant: silu_fused { MODE = 0, HAS_GATE = true, LAYOUT = 3 }
//! variant: silu_f16 { F16_IO = true }
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

fn result(quad: u32) -> vec4<f32> {
  let v = gated(quad);
  return select(v.g, vec4<f32>(1.0), MODE == 1u) * sigmoid(v.g) * v.u;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
