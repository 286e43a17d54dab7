//! fragment: codes_32
//! use: bytes halves codes
// Formats of blocks of 32. Byte j of 16 holds elements j (low nibble) and j + 16. Of the formats
// whose blocks are an odd number of halves long, odd blocks start in the middle of a word.
// `fetch_F` loads what `coded_F` makes codes of.

// Half a block: 16 elements.
fn fetch_q8_0(block: u32, side: u32) -> Words {  // f16 d, 32 signed bytes
  let even = (block & 1u) ^ 1u;
  let i = (block * 34u + 2u + side * 16u) >> 2u;
  return Words(words_from(i),
               vec4<u32>(weight1(i + 3u + even), weight1((block * 17u) >> 1u), 0u, 0u), NO_WORDS,
               NO_WORDS);
}

fn coded_q8_0(block: u32, w: Words) -> Coded {
  let q = from_half(w.a, w.b.x, (block & 1u) == 0u) ^ vec4<u32>(0x80808080u);
  let d = w.b.y >> ((block & 1u) * 16u);
  return Coded(q, NO_WORDS, d, vec2<f32>(1.0), NO_MINIMUM, vec2<f32>(128.0));
}

fn fetch_q4_0(block: u32) -> Words {  // f16 d, nibbles
  let i = (block * 9u) >> 1u;
  return Words(words_from(i), vec4<u32>(weight1(i + 4u), 0u, 0u, 0u), NO_WORDS, NO_WORDS);
}

fn coded_q4_0(block: u32, w: Words) -> Coded {
  let odd = block & 1u;
  let q = select(from_half(w.a, w.b.x, true), vec4<u32>(w.a.yzw, w.b.x), odd == 1u);
  return nibbles(q, w.a.x >> (odd * 16u), vec2<f32>(1.0), NO_MINIMUM, 8.0);
}

fn fetch_q4_1(block: u32) -> Words {  // f16 d, f16 m, nibbles
  let i = block * 5u;
  return Words(words_from(i + 1u), vec4<u32>(weight1(i), 0u, 0u, 0u), NO_WORDS, NO_WORDS);
}

fn coded_q4_1(w: Words) -> Coded {
  return nibbles(w.a, w.b.x, vec2<f32>(1.0), vec2<f32>(1.0), 0.0);
}

// Bit e of `fifth` is bit 4 of element e.
fn five_bits(q: vec4<u32>, fifth: u32, halves: u32, minimum: vec2<f32>, bias: f32) -> Coded {
  let place = vec4<u32>(0u, 4u, 8u, 12u);
  let first = spread(vec4<u32>(fifth) >> place) << vec4<u32>(4u);
  let second = spread(vec4<u32>(fifth >> 16u) >> place) << vec4<u32>(4u);
  return Coded(low_nibbles(q) | first, high_nibbles(q) | second, halves, vec2<f32>(1.0), minimum,
               vec2<f32>(bias));
}

fn fetch_q5_0(block: u32) -> Words {  // f16 d, fifth bits, nibbles
  let i = (block * 11u) >> 1u;
  return Words(words_from(i), vec4<u32>(weight1(i + 4u), weight1(i + 5u), 0u, 0u), NO_WORDS,
               NO_WORDS);
}

fn coded_q5_0(block: u32, w: Words) -> Coded {
  let odd = (block & 1u) == 1u;
  let fifth = select((w.a.x >> 16u) | (w.a.y << 16u), w.a.y, odd);
  let q = select(from_half(vec4<u32>(w.a.yzw, w.b.x), w.b.y, true), vec4<u32>(w.a.zw, w.b.xy), odd);
  return five_bits(q, fifth, w.a.x >> ((block & 1u) * 16u), NO_MINIMUM, 16.0);
}

fn fetch_q5_1(block: u32) -> Words {  // f16 d, f16 m, fifth bits, nibbles
  let i = block * 6u;
  return Words(words_from(i + 2u), vec4<u32>(weight1(i), weight1(i + 1u), 0u, 0u), NO_WORDS,
               NO_WORDS);
}

fn coded_q5_1(w: Words) -> Coded {
  return five_bits(w.a, w.b.y, w.b.x, vec2<f32>(1.0), 0.0);
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

// The scale of a block of MXFP4 whose codes count halves, from its exponent byte. 0 and 255 (NaN)
// mean 0, and so does 1, which would be subnormal: the host decodes them so too.
fn mxfp4_scale(s: u32) -> f32 {
  return select(bitcast<f32>((s - 1u) << 23u), 0.0, (s - 2u) > 252u);
}

fn fetch_mxfp4(block: u32) -> Words {  // exponent byte s, nibbles; v * 2^(s - 127)
  let i = (block * 17u) >> 2u;
  return Words(words_from(i), vec4<u32>(weight1(i + 4u), 0u, 0u, 0u), NO_WORDS, NO_WORDS);
}

fn coded_mxfp4(block: u32, w: Words) -> Coded {
  let at = (block & 3u) * 8u;  // bit of the first word: blocks are 17 bytes
  let s = (w.a.x >> at) & 255u;
  // The shift is 8 to 32, and one by 32 is not allowed.
  let low = (w.a >> vec4<u32>(at + 7u)) >> vec4<u32>(1u);
  let q = low | (vec4<u32>(w.a.yzw, w.b.x) << vec4<u32>(24u - at));
  return Coded(e2m1(low_nibbles(q)), e2m1(high_nibbles(q)), F16_ONE, vec2<f32>(mxfp4_scale(s)),
               NO_MINIMUM, vec2<f32>(12.0));
}
