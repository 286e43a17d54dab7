//! op: mul
//! formula: y = a * b; PER_ROW: y[r, :] = a[r, :] * b[r]; IN_PLACE: a stands in y
//! bind: a act[size] r if IN_PLACE == false; b act[size or rows] r; y act[size] rw
//! grid: linear(ceil(size, WG * (F16_IO ? 8 : 4)))
//! range: PER_ROW = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: elementwise(1)
//! variant: mul { PER_ROW = false, IN_PLACE = false }
//! variant: mul_row { PER_ROW = true, IN_PLACE = false }
//! variant: mul_inplace { IN_PLACE = true }
//! variant: mul_f16 { F16_IO = true }
struct Params {
  size: u32,
  dim: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

override PER_ROW: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // tensors are pairs of f16
override WG: u32 = 128u;

fn second_operand(quad: u32) -> vec4<f32> {
  if (!PER_ROW) {
    return quad_of(b[place(quad)], quad);
  }
  // One division a thread; a row may end inside of the quad.
  let first = quad * 4u;
  var row = first / p.dim;
  var v: vec4<f32>;
  for (var i = 0u; i < 4u; i++) {
    row += select(0u, 1u, first + i == (row + 1u) * p.dim);
    v[i] = element_of(b[place(row >> 2u)], row);
  }
  return v;
}

fn result(quad: u32) -> vec4<f32> {
  let at = place(quad);
  return quad_of(select(a[at], y[at], IN_PLACE), quad) * second_operand(quad);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  put_results(linear(g) * WG + t.index, p.size);
}
