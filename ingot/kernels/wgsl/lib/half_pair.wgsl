//! fragment: half_pair
//! use: halves
// Two f16 in a word, the first in its low half.
fn half_pair(v: vec2<f32>) -> u32 {
  return f16_bits(v.x) | (f16_bits(v.y) << 16u);
}
