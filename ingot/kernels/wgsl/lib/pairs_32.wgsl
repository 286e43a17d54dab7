//! fragment: pairs_32
//! use: halves codes_32 pair
// Quads i and i + 4 of a block of 32: byte j of 16 holds elements j (low nibble) and j + 16.

fn pair_q8_0(block: u32, i: u32) -> Pair {  // f16 d, 32 signed bytes
  let at = block * 34u;
  let first = stream_word(at + 2u + i * 4u) ^ 0x80808080u;
  let second = stream_word(at + 18u + i * 4u) ^ 0x80808080u;
  return pair_of(first, second, vec2<f32>(stream_half(at)), vec2<f32>(0.0));
}

fn pair_q4_0(block: u32, i: u32) -> Pair {  // f16 d, nibbles
  let at = block * 18u;
  let q = stream_word(at + 2u + i * 4u);
  return pair_of(low_nibble(q), high_nibble(q), vec2<f32>(stream_half(at)), vec2<f32>(0.0));
}

fn pair_q4_1(block: u32, i: u32) -> Pair {  // f16 d, f16 m, nibbles
  let at = block * 5u;
  let head = weight1(at);
  let q = weight1(at + 1u + i);
  return pair_of(low_nibble(q), high_nibble(q), vec2<f32>(f16_value(head & 0xffffu)),
                 vec2<f32>(f16_value(head >> 16u)));
}

// Bit e of `fifth` is bit 4 of element e.
fn pair_of_five(q: u32, fifth: u32, i: u32, scale: f32, offset: f32) -> Pair {
  return pair_of(low_nibble(q) | spread_to(fifth >> (i * 4u), 4u),
                 high_nibble(q) | spread_to(fifth >> (i * 4u + 16u), 4u), vec2<f32>(scale),
                 vec2<f32>(offset));
}

fn pair_q5_0(block: u32, i: u32) -> Pair {  // f16 d, fifth bits, nibbles
  let at = block * 22u;
  return pair_of_five(stream_word(at + 6u + i * 4u), stream_word(at + 2u), i, stream_half(at), 0.0);
}

fn pair_q5_1(block: u32, i: u32) -> Pair {  // f16 d, f16 m, fifth bits, nibbles
  let at = block * 6u;
  let head = weight1(at);
  return pair_of_five(weight1(at + 2u + i), weight1(at + 1u), i, f16_value(head & 0xffffu),
                      f16_value(head >> 16u));
}

fn pair_mxfp4(block: u32, i: u32) -> Pair {  // exponent byte s, nibbles; v * 2^(s - 127)
  let at = block * 17u;
  let q = stream_word(at + 1u + i * 4u);
  let codes = e2m1(vec4<u32>(low_nibble(q), high_nibble(q), 0u, 0u));
  return pair_of(codes.x, codes.y, vec2<f32>(mxfp4_scale(stream_byte(at))), vec2<f32>(0.0));
}
