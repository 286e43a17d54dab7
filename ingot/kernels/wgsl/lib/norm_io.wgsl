//! fragment: norm_io
//! use: row_io
// What a norm is taken of, and what becomes of it. The main declares x, residual and y, and the
// overrides IN_PLACE (x stands in y) and RESIDUAL: 1 adds the residual before the norm, 2 after it.
fn norm_input(i: u32) -> f32 {
  let at = word_at(i);
  let v = element_of(select(x[at], y[at], IN_PLACE), i);
  return select(v, v + element_of(residual[at], i), RESIDUAL == 1u);
}

fn norm_result(i: u32, v: f32) -> f32 {
  return select(v, v + element_of(residual[word_at(i)], i), RESIDUAL == 2u);
}
