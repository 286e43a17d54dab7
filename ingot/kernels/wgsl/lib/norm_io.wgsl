//! fragment: norm_io
// What a norm is taken of, and what becomes of it. The main declares x, residual and y, and the
// overrides IN_PLACE (x stands in y) and RESIDUAL: 1 adds the residual before the norm, 2 after it.
fn norm_input(i: u32) -> f32 {
  let v = select(x[i], y[i], IN_PLACE);
  return select(v, v + residual[i], RESIDUAL == 1u);
}

fn norm_result(i: u32, v: f32) -> f32 {
  return select(v, v + residual[i], RESIDUAL == 2u);
}
