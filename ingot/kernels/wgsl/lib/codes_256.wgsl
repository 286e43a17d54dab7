//! fragment: codes_256
//! use: bytes halves codes
// Formats of blocks of 256 with scales for sub-blocks. `chunk` is 0 to 7; w_k4 says which elements
// it is: sixteen bytes whose low and high bits are two runs of 16, each within one sub-block.

// Scale and minimum of sub-block j of Q4_K and Q5_K, six bits each in the twelve bytes head.yzw.
fn scale_min(head: vec4<u32>, j: u32) -> vec2<f32> {
  let shift = (j & 3u) * 8u;
  if (j < 4u) {
    return vec2<f32>(f32((head.y >> shift) & 63u), f32((head.z >> shift) & 63u));
  }
  let low = head.w >> shift;
  let scale = (low & 15u) | (((head.y >> shift) & 0xc0u) >> 2u);
  let least = ((low >> 4u) & 15u) | (((head.z >> shift) & 0xc0u) >> 2u);
  return vec2<f32>(f32(scale), f32(least));
}

// d and dmin stand in head.x; `pair` counts two sub-blocks.
fn with_minima(first: vec4<u32>, second: vec4<u32>, head: vec4<u32>, pair: u32) -> Coded {
  let d = f16_value(head.x & 0xffffu);
  let dmin = f16_value(head.x >> 16u);
  let a = scale_min(head, pair * 2u);
  let b = scale_min(head, pair * 2u + 1u);
  return Coded(first, second, d * vec2<f32>(a.x, b.x), -dmin * vec2<f32>(a.y, b.y), 0.0);
}

fn coded_q4_k(block: u32, chunk: u32) -> Coded {  // head 16, nibbles 128
  let at = block * 9u;
  let q = weight4(at + 1u + chunk);
  return with_minima(low_nibbles(q), high_nibbles(q), weight4(at), chunk >> 1u);
}

fn coded_q5_k(block: u32, chunk: u32) -> Coded {  // head 16, fifth bits 32, nibbles 128
  let at = block * 11u;
  let pair = chunk >> 1u;
  let ones = vec4<u32>(0x01010101u);
  let bits = weight4(at + 1u + (chunk & 1u)) >> vec4<u32>(pair * 2u);
  let first = (bits & ones) << vec4<u32>(4u);
  let second = ((bits >> vec4<u32>(1u)) & ones) << vec4<u32>(4u);
  let q = weight4(at + 3u + chunk);
  return with_minima(low_nibbles(q) | first, high_nibbles(q) | second, weight4(at), pair);
}

fn signed_byte_at(at: u32) -> f32 {
  return f32(bitcast<i32>(byte_at(at) << 24u) >> 24u);
}

fn coded_q6_k(block: u32, chunk: u32) -> Coded {  // low bits 128, high bits 64, scales 16, f16 d
  let at = block * 210u;
  let group = chunk >> 2u;
  let quarter = (chunk >> 1u) & 1u;  // the second run is two quarters on
  let side = chunk & 1u;
  let low = words_at(at + chunk * 16u);
  let bits = words_at(at + 128u + group * 32u + side * 16u) >> vec4<u32>(quarter * 2u);
  let first = (bits & PAIRS) << vec4<u32>(4u);
  let second = ((bits >> vec4<u32>(4u)) & PAIRS) << vec4<u32>(4u);
  let scale = at + 192u + group * 8u + quarter * 2u + side;
  let d = f16_value(half_at(at + 208u));
  let scales = d * vec2<f32>(signed_byte_at(scale), signed_byte_at(scale + 4u));
  return Coded(low_nibbles(low) | first, high_nibbles(low) | second, scales, vec2<f32>(0.0), 32.0);
}

fn coded_q2_k(block: u32, chunk: u32) -> Coded {  // scales and minima 16, codes 64, f16 d, f16 dmin
  let at = block * 21u;
  let group = chunk >> 2u;
  let side = (chunk >> 1u) & 1u;
  let pair = chunk & 1u;
  let q = words_from(at + 4u + group * 8u + side * 4u) >> vec4<u32>(pair * 4u);
  let scale = at * 4u + group * 8u + pair * 4u + side;
  let a = byte_at(scale);
  let b = byte_at(scale + 2u);
  let head = weight1(at + 20u);
  let d = f16_value(head & 0xffffu);
  let dmin = f16_value(head >> 16u);
  return Coded(q & PAIRS, (q >> vec4<u32>(2u)) & PAIRS, d * vec2<f32>(f32(a & 15u), f32(b & 15u)),
               -dmin * vec2<f32>(f32(a >> 4u), f32(b >> 4u)), 0.0);
}

// Scale s (0 to 15) of Q3_K: four bits in byte s % 8, two more in byte 8 + s % 4.
fn scale_q3_k(at: u32, s: u32) -> f32 {
  let low = (byte_at(at + (s & 7u)) >> ((s >> 3u) * 4u)) & 15u;
  let high = (byte_at(at + 8u + (s & 3u)) >> ((s >> 2u) * 2u)) & 3u;
  return f32(low | (high << 4u)) - 32.0;
}

fn coded_q3_k(block: u32, chunk: u32) -> Coded {  // high bits 32, codes 64, scales 12, f16 d
  let at = block * 110u;
  let group = chunk >> 2u;
  let side = (chunk >> 1u) & 1u;
  let pair = chunk & 1u;
  let q = words_at(at + 32u + group * 32u + side * 16u) >> vec4<u32>(pair * 4u);
  let bits = words_at(at + side * 16u) >> vec4<u32>(group * 4u + pair * 2u);
  let ones = vec4<u32>(0x01010101u);
  let first = (bits & ones) << vec4<u32>(2u);
  let second = ((bits >> vec4<u32>(1u)) & ones) << vec4<u32>(2u);
  let s = group * 8u + pair * 4u + side;
  let d = f16_value(half_at(at + 108u));
  let scales = d * vec2<f32>(scale_q3_k(at + 96u, s), scale_q3_k(at + 96u, s + 2u));
  return Coded((q & PAIRS) | first, ((q >> vec4<u32>(2u)) & PAIRS) | second, scales,
               vec2<f32>(0.0), 4.0);
}
