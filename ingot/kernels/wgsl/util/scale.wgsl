//! op: scale { softcap = 1 }
//! op: softcap { HAS_SOFTCAP = true, scale = 1 }
//! formula: y = scale * x; with HAS_SOFTCAP then y = softcap * tanh(y / softcap); IN_PLACE: x stands in y
//! bind: x act[size] r if IN_PLACE == false; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: HAS_SOFTCAP = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: trans
//! variant: scale { HAS_SOFTCAP = false, IN_PLACE = false }
//! variant: scale_inplace { HAS_SOFTCAP = false, IN_PLACE = true }
//! variant: softcap { HAS_SOFTCAP = true }
//! variant: scale_f16 { HAS_SOFTCAP = false, F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  scale: f32,
  softcap: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u32>>;

override HAS_SOFTCAP: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;

fn result(quad: u32) -> vec4<f32> {
  let at = place(quad);
  let v = p.scale * quad_of(select(x[at], y[at], IN_PLACE), quad);
  if (HAS_SOFTCAP) {
    return p.softcap * tanh_safe(v / p.softcap);
  }
  return v;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
