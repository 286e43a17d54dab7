//! fragment: pair
//! use: halves
// Two quads of a chunk as one thread loads them. Element e of the first is
// scale.x * (byte e of words.x - bias) + offset.x, of the second likewise with `second` and y; of a
// dense format `words` are the elements as stored.
struct Pair {
  words: vec4<u32>,
  second: u32,
  scale: vec2<f32>,
  offset: vec2<f32>,
}

fn pair_of(first: u32, second: u32, scale: vec2<f32>, offset: vec2<f32>) -> Pair {
  return Pair(vec4<u32>(first, 0u, 0u, 0u), second, scale, offset);
}

// Four bytes at any address. At a whole word the next one is not touched: it may lie past the end.
// A shift by 32 is not allowed: hence 1 and then the rest.
fn stream_word(at: u32) -> u32 {
  let i = at >> 2u;
  let shift = (at & 3u) * 8u;
  return (weight1(i) >> shift) | ((weight1(i + min(shift, 1u)) << 1u) << (31u - shift));
}

fn stream_byte(at: u32) -> u32 {
  return (weight1(at >> 2u) >> ((at & 3u) * 8u)) & 255u;
}

// REQUIRES: at is even.
fn stream_half(at: u32) -> f32 {
  return f16_value((weight1(at >> 2u) >> ((at & 2u) * 8u)) & 0xffffu);
}

fn low_nibble(q: u32) -> u32 {
  return q & 0x0f0f0f0fu;
}
fn high_nibble(q: u32) -> u32 {
  return (q >> 4u) & 0x0f0f0f0fu;
}

// Bits 0 to 3 to bit `place` of the four bytes.
fn spread_to(bits: u32, place: u32) -> u32 {
  return (((bits & 15u) * 0x00204081u) & 0x01010101u) << place;
}
