//! stage: Sink
//! means: sumsq
//! bind: y f32[rows,ldc] rw; sumsq f32[rows,parts] rw
//! set: parts = ceil(cols, WG / LANES * ROWS)
//! require: BATCH_ROWS == 1
//! use: grid reduce store
// As store, and of each workgroup the sum of the squares of what it puts, for
// rms_norm_from_partials. The workgroup must put values of one row.
struct Params {
  parts: u32,
}
var<uniform> p: Params;
var<storage, read_write> y: array<f32>;
var<storage, read_write> sumsq: array<f32>;
var<private> squares: f32 = 0.0;

fn put(at: At, v: f32) {
  y_put(at, v);
  squares += v * v;
}
fn end(g: Grp, t: Thr) {
  let sum = wg_sum(g, t, squares);
  if (t.index == 0u && folded(g) < p.parts && g.id.z < p.rows) {
    sumsq[g.id.z * p.parts + folded(g)] = sum;
  }
}
