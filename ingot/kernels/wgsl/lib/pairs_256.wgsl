//! fragment: pairs_256
//! use: halves codes_256 pair
// Quads i and i + 4 of a chunk (0 to 7) of formats of blocks of 256, in the order of w_k4.

// d and dmin stand in head.x; `pair` counts two sub-blocks.
fn pair_with_minima(first: u32, second: u32, head: vec4<u32>, pair: u32) -> Pair {
  let scales = scales_of_pair(head, pair);
  return pair_of(first, second, f16_value(head.x & 0xffffu) * factors(scales),
                 f16_value(head.x >> 16u) * minima(scales));
}

fn pair_q4_k(block: u32, chunk: u32, i: u32) -> Pair {  // head 16, nibbles 128
  let at = block * 9u;
  let q = weight1((at + 1u + chunk) * 4u + i);
  return pair_with_minima(low_nibble(q), high_nibble(q), weight4(at), chunk >> 1u);
}

fn pair_q5_k(block: u32, chunk: u32, i: u32) -> Pair {  // head 16, fifth bits 32, nibbles 128
  let at = block * 11u;
  let pair = chunk >> 1u;
  let q = weight1((at + 3u + chunk) * 4u + i);
  let bits = weight1((at + 1u + (chunk & 1u)) * 4u + i) >> (pair * 2u);
  return pair_with_minima(low_nibble(q) | ((bits & 0x01010101u) << 4u),
                          high_nibble(q) | (((bits >> 1u) & 0x01010101u) << 4u), weight4(at), pair);
}

fn signed_byte(at: u32) -> f32 {
  return f32(bitcast<i32>(stream_byte(at) << 24u) >> 24u);
}

fn pair_q6_k(block: u32, chunk: u32, i: u32) -> Pair {  // low 128, high 64, scales 16, f16 d
  let at = block * 210u;
  let group = chunk >> 2u;
  let quarter = (chunk >> 1u) & 1u;  // the second run is two quarters on
  let side = chunk & 1u;
  let low = stream_word(at + chunk * 16u + i * 4u);
  let bits = stream_word(at + 128u + group * 32u + side * 16u + i * 4u) >> (quarter * 2u);
  let scale = at + 192u + group * 8u + quarter * 2u + side;
  return pair_of(low_nibble(low) | ((bits & 0x03030303u) << 4u),
                 high_nibble(low) | (((bits >> 4u) & 0x03030303u) << 4u),
                 stream_half(at + 208u) * vec2<f32>(signed_byte(scale), signed_byte(scale + 4u)),
                 vec2<f32>(0.0));
}

fn pair_q2_k(block: u32, chunk: u32, i: u32) -> Pair {  // scales 16, codes 64, f16 d, f16 dmin
  let at = block * 21u;
  let group = chunk >> 2u;
  let side = (chunk >> 1u) & 1u;
  let pair = chunk & 1u;
  let q = weight1(at + 4u + group * 8u + side * 4u + i) >> (pair * 4u);
  let scales = weight1(at + group * 2u + pair) >> (side * 8u);
  let halves = weight1(at + 20u);
  return pair_of(q & 0x03030303u, (q >> 2u) & 0x03030303u,
                 f16_value(halves & 0xffffu) *
                     vec2<f32>(f32(scales & 15u), f32((scales >> 16u) & 15u)),
                 -f16_value(halves >> 16u) *
                     vec2<f32>(f32((scales >> 4u) & 15u), f32((scales >> 20u) & 15u)));
}

// Scale s (0 to 15) of Q3_K: four bits in byte s % 8, two more in byte 8 + s % 4.
fn scale_of_three(at: u32, s: u32) -> f32 {
  let low = (stream_byte(at + (s & 7u)) >> ((s >> 3u) * 4u)) & 15u;
  let high = (stream_byte(at + 8u + (s & 3u)) >> ((s >> 2u) * 2u)) & 3u;
  return f32(low | (high << 4u)) - 32.0;
}

fn pair_q3_k(block: u32, chunk: u32, i: u32) -> Pair {  // high bits 32, codes 64, scales 12, f16 d
  let at = block * 110u;
  let group = chunk >> 2u;
  let side = (chunk >> 1u) & 1u;
  let pair = chunk & 1u;
  let q = stream_word(at + 32u + group * 32u + side * 16u + i * 4u) >> (pair * 4u);
  let bits = stream_word(at + side * 16u + i * 4u) >> (group * 4u + pair * 2u);
  let s = group * 8u + pair * 4u + side;
  let scales = vec2<f32>(scale_of_three(at + 96u, s), scale_of_three(at + 96u, s + 2u));
  return pair_of((q & 0x03030303u) | ((bits & 0x01010101u) << 2u),
                 ((q >> 2u) & 0x03030303u) | (((bits >> 1u) & 0x01010101u) << 2u),
                 stream_half(at + 108u) * scales, vec2<f32>(0.0));
}
