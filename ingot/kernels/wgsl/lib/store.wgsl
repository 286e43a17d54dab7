//! fragment: store
//! use: at
// Port Sink of slot y: rows of `p.ldc` elements, columns from `p.n_base` on. The main declares
// `y: array<f32>`.
fn y_put(at: At, v: f32) {
  y[at.row * p.ldc + p.n_base + at.col] = v;
}
