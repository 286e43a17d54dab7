//! op: mul
//! formula: y = a * b; PER_ROW: y[r, :] = a[r, :] * b[r]; IN_PLACE: a stands in y
//! bind: a f32[size] r if IN_PLACE == false; b f32[size or rows] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: PER_ROW = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid quads
//! require: invocations >= WG
//! tolerance: elementwise(1)
//! variant: mul { PER_ROW = false, IN_PLACE = false }
//! variant: mul_row { PER_ROW = true, IN_PLACE = false }
//! variant: mul_inplace { IN_PLACE = true }
struct Params {
  size: u32,
  dim: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

override PER_ROW: bool = false;
override IN_PLACE: bool = false;
override WG: u32 = 128u;

fn second_operand(quad: u32) -> vec4<f32> {
  if (!PER_ROW) {
    return b[quad];
  }
  // One division a thread; a row may end inside of the quad.
  let first = quad * 4u;
  var row = first / p.dim;
  var v: vec4<f32>;
  for (var i = 0u; i < 4u; i++) {
    row += select(0u, 1u, first + i == (row + 1u) * p.dim);
    v[i] = b[row >> 2u][row & 3u];
  }
  return v;
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u < p.size) {
    put_quad(quad, p.size, select(a[quad], y[quad], IN_PLACE) * second_operand(quad));
  }
}
