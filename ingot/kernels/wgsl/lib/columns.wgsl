//! fragment: columns
// What belongs to the columns of four elements from `first` on, whose rows have `dim`: column j has
// number `at + j * step` of `vectors: array<f32>`, which the main declares. One division; a row may
// end inside of the four.
fn of_columns(at: u32, step: u32, first: u32, dim: u32) -> vec4<f32> {
  var v = vec4<f32>();
  var j = first % dim;
  for (var i = 0u; i < 4u; i++) {
    v[i] = vectors[at + j * step];
    j = select(j + 1u, 0u, j + 1u == dim);
  }
  return v;
}
