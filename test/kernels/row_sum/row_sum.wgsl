//! op: row_sum
//! formula: y[m, n] = what the slots make of the elements of x[m, :] from n on in steps of WG
//! slot: x Row = load_row
//! slot: combine Combine = first
//! slot: map Map*
//! slot: sink Sink = store
//! grid: 1, 1, rows
//! range: WG = {64, 128} tune
//! range: LANES = {1} tune
//! range: ROWS = {1} tune
//! range: BATCH_ROWS = {1} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid at
//! require: USE_SUBGROUPS == false or subgroups
//! tolerance: exact
//! variant: row_sum { }
struct Params {
  rows: u32,
  cols: u32,
  depth: u32,
  n_base: u32,
  ldc: u32,
}
var<uniform> p: Params;

const HEADS: u32 = 2u;
override WG: u32 = 64u;
override LANES: u32 = 1u;
override ROWS: u32 = 1u;
override BATCH_ROWS: u32 = 1u;
override USE_SUBGROUPS: bool = false;
override ROW_BLOCK: u32 = BATCH_ROWS * ROWS;

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let m = g.id.z;
  x_begin(g, t, m);
  var sum = vec4<f32>(0.0);
  for (var k4 = t.index; k4 * 4u < p.depth; k4 += WG) {
    sum += x_at4(m, k4);
  }
  x_finish(g, t, m);
  let at = At(m, t.index, 0u, 0u);
  let v = x_factor(0u) * ((sum.x + sum.y) + (sum.z + sum.w));
  if (at.row < p.rows && at.col < p.cols) {
    sink_put(at, map_apply(at, combine_apply(array<f32, HEADS>(v, 0.5 * v))));
  }
  sink_end(g, t);
}
