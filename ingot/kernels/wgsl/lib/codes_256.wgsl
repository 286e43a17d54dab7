//! fragment: codes_256
//! use: bytes halves codes
// Formats of blocks of 256 with scales for sub-blocks. `chunk` is 0 to 7; w_k4 says which elements
// it is: sixteen bytes whose low and high bits are two runs of 16, each within one sub-block.
// `fetch_F` loads what `coded_F` makes codes of.

fn byte_of(word: u32, i: u32) -> f32 {
  return f32((word >> (i * 8u)) & 255u);
}

// Scales and minima of the sub-blocks 2 * pair and the next of Q4_K and Q5_K, six bits each in the
// twelve bytes head.yzw. No branch, or the loads of another row would wait for it.
fn scales_of_pair(head: vec4<u32>, pair: u32) -> vec2<u32> {
  let low = head.yz & vec2<u32>(0x3f3f3f3fu);
  let high = (vec2<u32>(head.w, head.w >> 4u) & vec2<u32>(0x0f0f0f0fu)) |
             ((head.yz >> vec2<u32>(2u)) & vec2<u32>(0x30303030u));
  return select(low, high, pair >= 2u) >> vec2<u32>((pair & 1u) * 16u);
}

fn factors(pair: vec2<u32>) -> vec2<f32> {
  return vec2<f32>(byte_of(pair.x, 0u), byte_of(pair.x, 1u));
}
fn minima(pair: vec2<u32>) -> vec2<f32> {
  return -vec2<f32>(byte_of(pair.y, 0u), byte_of(pair.y, 1u));
}

fn fetch_q4_k(block: u32, chunk: u32) -> Words {  // head 16, nibbles 128
  let at = block * 9u;
  return Words(weight4(at), weight4(at + 1u + chunk), NO_WORDS, NO_WORDS);
}

fn coded_q4_k(chunk: u32, w: Words) -> Coded {
  let pair = scales_of_pair(w.a, chunk >> 1u);
  return nibbles(w.b, w.a.x, factors(pair), minima(pair), 0.0);
}

fn fetch_q5_k(block: u32, chunk: u32) -> Words {  // head 16, fifth bits 32, nibbles 128
  let at = block * 11u;
  return Words(weight4(at), weight4(at + 3u + chunk), weight4(at + 1u + (chunk & 1u)), NO_WORDS);
}

fn coded_q5_k(chunk: u32, w: Words) -> Coded {
  let ones = vec4<u32>(0x01010101u);
  let bits = w.c >> vec4<u32>((chunk >> 1u) * 2u);
  let first = (bits & ones) << vec4<u32>(4u);
  let second = ((bits >> vec4<u32>(1u)) & ones) << vec4<u32>(4u);
  let pair = scales_of_pair(w.a, chunk >> 1u);
  return Coded(low_nibbles(w.b) | first, high_nibbles(w.b) | second, w.a.x, factors(pair),
               minima(pair), vec2<f32>(0.0));
}

// Odd blocks of Q6_K and Q3_K start in the middle of a word.
fn fetch_q6_k(block: u32, chunk: u32) -> Words {  // low bits 128, high bits 64, scales 16, f16 d
  let at = block * 210u;
  let low = (at + chunk * 16u) >> 2u;
  let high = (at + 128u + (chunk >> 2u) * 32u + (chunk & 1u) * 16u) >> 2u;
  let scale = (at + 192u + (chunk >> 2u) * 8u) >> 2u;
  return Words(words_from(low), words_from(high),
               vec4<u32>(weight1(low + 4u), weight1(high + 4u), weight1(scale),
                         weight1(scale + 1u)),
               vec4<u32>(weight1(scale + 2u), weight1((at + 208u) >> 2u), 0u, 0u));
}

fn coded_q6_k(block: u32, chunk: u32, w: Words) -> Coded {
  let odd = (block & 1u) == 1u;
  let quarter = (chunk >> 1u) & 1u;  // the second run is two quarters on
  let low = from_half(w.a, w.c.x, odd);
  let bits = from_half(w.b, w.c.y, odd) >> vec4<u32>(quarter * 2u);
  let first = (bits & PAIRS) << vec4<u32>(4u);
  let second = ((bits >> vec4<u32>(4u)) & PAIRS) << vec4<u32>(4u);
  // The eight scales of this half of the block, of which bytes 2q + side and 4 more are ours.
  let next = vec2<u32>(w.c.w, w.d.x);
  let scales = select(w.c.zw, (w.c.zw >> vec2<u32>(16u)) | (next << vec2<u32>(16u)), odd);
  let place = vec2<u32>(24u - (chunk & 3u) * 8u);
  let factor = vec2<f32>(bitcast<vec2<i32>>(scales << place) >> vec2<u32>(24u));
  return Coded(low_nibbles(low) | first, high_nibbles(low) | second, w.d.y >> ((block & 1u) * 16u),
               factor, NO_MINIMUM, vec2<f32>(32.0));
}

fn fetch_q2_k(block: u32, chunk: u32) -> Words {  // scales and minima 16, codes 64, f16 d, f16 dmin
  let at = block * 21u;
  let group = chunk >> 2u;
  let scale = at + group * 2u + (chunk & 1u);
  return Words(words_from(at + 4u + group * 8u + ((chunk >> 1u) & 1u) * 4u),
               vec4<u32>(weight1(scale), weight1(at + 20u), 0u, 0u), NO_WORDS, NO_WORDS);
}

fn coded_q2_k(chunk: u32, w: Words) -> Coded {
  let side = (chunk >> 1u) & 1u;
  let q = w.a >> vec4<u32>((chunk & 1u) * 4u);
  let scales = vec2<u32>(w.b.x >> (side * 8u), w.b.x >> (side * 8u + 16u));
  return Coded(q & PAIRS, (q >> vec4<u32>(2u)) & PAIRS, w.b.y,
               vec2<f32>(scales & vec2<u32>(15u)),
               -vec2<f32>((scales >> vec2<u32>(4u)) & vec2<u32>(15u)), vec2<f32>(0.0));
}

// Scale s (0 to 15) of Q3_K: four bits in byte s % 8, two more in byte 8 + s % 4.
fn scale_q3_k(scales: vec3<u32>, s: u32) -> f32 {
  let four = select(scales.x, scales.y, (s & 4u) != 0u) >> ((s & 3u) * 8u + (s >> 3u) * 4u);
  let two = scales.z >> ((s & 3u) * 8u + (s >> 2u) * 2u);
  return f32((four & 15u) | ((two & 3u) << 4u)) - 32.0;
}

fn fetch_q3_k(block: u32, chunk: u32) -> Words {  // high bits 32, codes 64, scales 12, f16 d
  let at = block * 110u;
  let side = ((chunk >> 1u) & 1u) * 16u;
  let q = (at + 32u + (chunk >> 2u) * 32u + side) >> 2u;
  let bits = (at + side) >> 2u;
  return Words(words_from(q), words_from(bits),
               vec4<u32>(weight1(q + 4u), weight1(bits + 4u), 0u, 0u),
               words_from((at + 96u) >> 2u));
}

fn coded_q3_k(block: u32, chunk: u32, w: Words) -> Coded {
  let odd = (block & 1u) == 1u;
  let group = chunk >> 2u;
  let pair = chunk & 1u;
  let q = from_half(w.a, w.c.x, odd) >> vec4<u32>(pair * 4u);
  let bits = from_half(w.b, w.c.y, odd) >> vec4<u32>(group * 4u + pair * 2u);
  let ones = vec4<u32>(0x01010101u);
  let first = (bits & ones) << vec4<u32>(2u);
  let second = ((bits >> vec4<u32>(1u)) & ones) << vec4<u32>(2u);
  let scales = from_half(w.d, 0u, odd).xyz;
  let s = group * 8u + pair * 4u + ((chunk >> 1u) & 1u);
  return Coded((q & PAIRS) | first, ((q >> vec4<u32>(2u)) & PAIRS) | second,
               w.d.w >> ((block & 1u) * 16u),
               vec2<f32>(scale_q3_k(scales, s), scale_q3_k(scales, s + 2u)), NO_MINIMUM,
               vec2<f32>(4.0));
}
