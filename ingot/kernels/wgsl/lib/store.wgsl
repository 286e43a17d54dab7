//! fragment: store
// Port Sink of slot y: rows of `p.ldc` elements, columns from `p.n_base` on. The main declares
// `y: array<f32>`.
struct At {
  row: u32,
  col: u32,
  head: u32,
  expert: u32,
}

fn y_put(at: At, v: f32) {
  y[at.row * p.ldc + p.n_base + at.col] = v;
}
