//! op: moe_gather
//! key: moe
//! formula: y[row, :] = x[map[row] / top_k, :]; zeros where the map is empty
//! bind: x f32[tokens,dim] r; map u32[rows] r; y f32[rows,dim] rw
//! grid: linear(rows * ceil(dim, WG * (1 + 3 * USE_VEC4)))
//! range: USE_VEC4 = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! require: USE_VEC4 == false or dim % 4 == 0
//! tolerance: exact
//! variant: moe_gather { USE_VEC4 = false }
//! variant: moe_gather_vec4 { USE_VEC4 = true }
struct Params {
  rows: u32,
  dim: u32,
  top_k: u32,  // pairs of a token
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> map: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

override USE_VEC4: bool = false;  // a thread copies four elements
override WG: u32 = 64u;

// Bits are copied, so nothing is rounded or flushed.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let step = select(1u, 4u, USE_VEC4);
  let parts = (p.dim + WG * step - 1u) / (WG * step);
  let item = linear(g);
  let row = item / parts;
  if (row >= p.rows) {
    return;
  }
  let first = ((item - row * parts) * WG + t.index) * step;
  let pair = map[row];
  let is_empty = pair == 0xffffffffu;
  let token = select(pair / p.top_k, 0u, is_empty);
  for (var i = first; i < min(first + step, p.dim); i++) {
    y[row * p.dim + i] = select(x[token * p.dim + i], 0u, is_empty);
  }
}
