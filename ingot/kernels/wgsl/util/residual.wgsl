//! op: add
//! formula: y = a + scale * b; IN_PLACE: a stands in y
//! bind: a act[size] r if IN_PLACE == false; b act[size] r; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: elementwise(2)
//! variant: add { IN_PLACE = false }
//! variant: add_vec4 { IN_PLACE = false }
//! variant: add_scaled { IN_PLACE = false }
//! variant: add_inplace { IN_PLACE = true }
//! variant: add_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

override IN_PLACE: bool = false;
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;

fn result(quad: u32) -> vec4<f32> {
  let at = place(quad);
  return quad_of(select(a[at], y[at], IN_PLACE), quad) + p.scale * quad_of(b[at], quad);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
