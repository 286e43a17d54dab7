//! fragment: rotate
// Pairs of a head, which the main turns by (cos, sin). It declares the uniform rot and INTERLEAVED.

// Where the two of a pair stand in a head that begins at `head`.
fn pair_places(head: u32, pair: u32) -> vec2<u32> {
  let first = head + select(pair, pair * 2u, INTERLEAVED);
  return vec2<u32>(first, first + select(p.rot >> 1u, 1u, INTERLEAVED));
}

fn turned(a: f32, b: f32, turn: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(a * turn.x - b * turn.y, a * turn.y + b * turn.x);
}
