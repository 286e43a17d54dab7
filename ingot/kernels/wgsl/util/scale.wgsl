//! op: scale { softcap = 1 }
//! op: softcap { HAS_SOFTCAP = true, scale = 1 }
//! formula: y = scale * x; with HAS_SOFTCAP then y = softcap * tanh(y / softcap); IN_PLACE: x stands in y
//! bind: x f32[size] r if IN_PLACE == false; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: HAS_SOFTCAP = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads sigmoid
//! require: invocations >= WG
//! tolerance: trans
//! variant: scale { HAS_SOFTCAP = false, IN_PLACE = false }
//! variant: scale_inplace { HAS_SOFTCAP = false, IN_PLACE = true }
//! variant: softcap { HAS_SOFTCAP = true }
struct Params {
  size: u32,
  scale: f32,
  softcap: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override HAS_SOFTCAP: bool = false;
override IN_PLACE: bool = false;
override WG: u32 = 128u;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    var v = p.scale * select(x[quad], y[quad], IN_PLACE);
    if (HAS_SOFTCAP) {
      v = p.softcap * tanh_safe(v / p.softcap);
    }
    put_quad(quad, p.size, v);
  }
}
