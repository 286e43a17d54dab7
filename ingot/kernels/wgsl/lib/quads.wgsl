//! fragment: quads
// Four elements of `y` at a time; the main declares `y: array<vec4<f32>>`. The last quad of a
// tensor may be partial: then only its elements are written, since what follows is not ours.
fn put_quad(quad: u32, size: u32, v: vec4<f32>) {
  let first = quad * 4u;
  if (first + 4u <= size) {
    y[quad] = v;
    return;
  }
  for (var i = 0u; i < 4u && first + i < size; i++) {
    y[quad][i] = v[i];
  }
}
