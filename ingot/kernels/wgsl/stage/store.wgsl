//! stage: Sink
//! means: none
//! bind: y f32[rows,ldc] rw
//! use: grid store
// Rows of `p.ldc` elements, columns from `p.n_base` on.
var<storage, read_write> y: array<f32>;

fn put(at: At, v: f32) { y_put(at, v); }
fn end(g: Grp, t: Thr) {}
