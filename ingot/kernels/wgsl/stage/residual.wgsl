//! stage: Map
//! means: add
//! bind: residual f32[rows,ldc] r
//! use: at
// What is added stands where the result goes.
var<storage, read> residual: array<f32>;

fn apply(at: At, v: f32) -> f32 {
  return v + residual[at.row * p.ldc + p.n_base + at.col];
}
