//! fragment: codes_32
//! use: bytes halves codes
// Formats of blocks of 32. Byte j of 16 holds elements j (low nibble) and j + 16.

fn coded_q8_0(block: u32) -> Coded {  // f16 d, 32 signed bytes
  let at = block * 34u;
  let d = f16_value(half_at(at));
  let flip = vec4<u32>(0x80808080u);
  return Coded(words_at(at + 2u) ^ flip, words_at(at + 18u) ^ flip, vec2<f32>(d), vec2<f32>(0.0),
               128.0);
}

fn coded_q4_0(block: u32) -> Coded {  // f16 d, nibbles
  let at = block * 18u;
  let d = f16_value(half_at(at));
  let q = words_at(at + 2u);
  return Coded(low_nibbles(q), high_nibbles(q), vec2<f32>(d), vec2<f32>(0.0), 8.0);
}

fn coded_q4_1(block: u32) -> Coded {  // f16 d, f16 m, nibbles
  let at = block * 5u;
  let head = weight1(at);
  let q = words_from(at + 1u);
  let d = vec2<f32>(f16_value(head & 0xffffu));
  let m = vec2<f32>(f16_value(head >> 16u));
  return Coded(low_nibbles(q), high_nibbles(q), d, m, 0.0);
}

// Bit e of `fifth` is bit 4 of element e.
fn five_bits(q: vec4<u32>, fifth: u32, scale: f32, offset: f32, bias: f32) -> Coded {
  let place = vec4<u32>(0u, 4u, 8u, 12u);
  let first = spread(vec4<u32>(fifth) >> place) << vec4<u32>(4u);
  let second = spread(vec4<u32>(fifth >> 16u) >> place) << vec4<u32>(4u);
  return Coded(low_nibbles(q) | first, high_nibbles(q) | second, vec2<f32>(scale),
               vec2<f32>(offset), bias);
}

fn coded_q5_0(block: u32) -> Coded {  // f16 d, fifth bits, nibbles
  let at = block * 22u;
  return five_bits(words_at(at + 6u), word_at(at + 2u), f16_value(half_at(at)), 0.0, 16.0);
}

fn coded_q5_1(block: u32) -> Coded {  // f16 d, f16 m, fifth bits, nibbles
  let at = block * 6u;
  let head = weight1(at);
  return five_bits(words_from(at + 2u), weight1(at + 1u), f16_value(head & 0xffffu),
                   f16_value(head >> 16u), 0.0);
}

// The byte 12 + 2v of each E2M1 nibble, v in +-{0, .5, 1, 1.5, 2, 3, 4, 6}: 2v is 0, 1, 2, 3, then
// 4 + 2f, doubled where bit 1 is set, f being bit 0. Masks of whole bytes come from single bits.
fn e2m1(nibbles: vec4<u32>) -> vec4<u32> {
  let ones = vec4<u32>(0x01010101u);
  let large = ((nibbles >> vec4<u32>(2u)) & ones) * 255u;
  let doubled = ((nibbles >> vec4<u32>(1u)) & ones) * 255u;
  let negative = ((nibbles >> vec4<u32>(3u)) & ones) * 255u;
  let four = vec4<u32>(0x04040404u) + ((nibbles & ones) << vec4<u32>(1u));
  let magnitude = (nibbles & PAIRS & ~large) | ((four + (four & doubled)) & large);
  let zero = vec4<u32>(0x0c0c0c0cu);
  return ((zero + magnitude) & ~negative) | ((zero - magnitude) & negative);
}

fn coded_mxfp4(block: u32) -> Coded {  // exponent byte s, nibbles; v * 2^(s - 127)
  let at = block * 17u;
  let s = byte_at(at);
  let q = words_at(at + 1u);
  // Codes count halves, so the scale is half as well. 0 and 255 (NaN) mean 0; 1 would be subnormal.
  let scale = select(bitcast<f32>((s - 1u) << 23u), 0.0, s < 2u || s == 255u);
  return Coded(e2m1(low_nibbles(q)), e2m1(high_nibbles(q)), vec2<f32>(scale), vec2<f32>(0.0),
               12.0);
}
