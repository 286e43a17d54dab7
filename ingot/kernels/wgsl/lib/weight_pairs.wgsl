//! fragment: weight_pairs
//! use: weights pair pairs_32 pairs_256
// Port Weights of slot w for tiles: blocks of four rows by a quad of a chunk, so that a thread can
// turn what it loads by itself. Chunks are those of `weights`, and
// `w_k4` says where a quad stands. Dense formats give quad i of 8; quantised ones give the quads i
// and i + 4 of a chunk, which share their bytes. The main declares W_FORMAT, weight1, weight4 and
// weight_depth as for `weights`.
//
// The codes of `weights` are a whole chunk, sixteen bytes in one load: right for a thread that dots
// a row, but a thread of a tile takes four rows, whose chunks would be 128 values in its registers
// and leave three of four threads without a load. Pairs load words, which would cost a GEMV its
// bandwidth. So each reads the formats by its own loads; what a scale means stands in `codes_32`
// and `codes_256` for both where no load depends on it.

// Quads that one block holds.
fn w_block_quads() -> u32 {
  return select(2u, 1u, W_FORMAT <= 2u);
}

fn dense_words(n: u32, k: u32) -> vec4<u32> {
  let depth = weight_depth();
  let at = n * depth + k;
  if (W_FORMAT == 0u) {
    return weight4(at >> 2u);
  }
  return vec4<u32>(weight1(at >> 1u), weight1((at >> 1u) + 1u), 0u, 0u);
}

// The same for rows that start anywhere; 0 past the depth.
fn dense_words_of_any(n: u32, k: u32) -> vec4<u32> {
  let depth = weight_depth();
  let at = n * depth + k;
  var v = vec4<u32>(0u);
  for (var i = 0u; i < 4u; i++) {
    if (k + i >= depth) {
      break;
    }
    if (W_FORMAT == 0u) {
      v[i] = weight1(at + i);
    } else {
      let h = (weight1((at + i) >> 1u) >> (((at + i) & 1u) * 16u)) & 0xffffu;
      v[i >> 1u] |= h << ((i & 1u) * 16u);
    }
  }
  return v;
}

fn dense_pair(words: vec4<u32>) -> Pair {
  return Pair(words, 0u, vec2<f32>(0.0), vec2<f32>(0.0));
}

fn coded_pair(n: u32, chunk: u32, i: u32) -> Pair {
  let block = n * (weight_depth() >> 5u) + chunk;
  let super_block = n * (weight_depth() >> 8u) + (chunk >> 3u);
  switch W_FORMAT {
    case 3u: { return pair_q8_0(block, i); }
    case 4u: { return pair_q4_0(block, i); }
    case 5u: { return pair_q4_k(super_block, chunk & 7u, i); }
    case 6u: { return pair_q6_k(super_block, chunk & 7u, i); }
    case 7u: { return pair_mxfp4(block, i); }
    case 8u: { return pair_q5_k(super_block, chunk & 7u, i); }
    case 9u: { return pair_q5_0(block, i); }
    case 10u: { return pair_q5_1(block, i); }
    case 11u: { return pair_q4_1(block, i); }
    case 12u: { return pair_q3_k(super_block, chunk & 7u, i); }
    default: { return pair_q2_k(super_block, chunk & 7u, i); }
  }
}

// What is stored of block i of a chunk of the rows n: loads, and what of the scales is cheap.
fn w_fetch4(n: vec4<u32>, chunk: u32, i: u32) -> array<Pair, 4> {
  if (W_FORMAT > 2u) {
    return array<Pair, 4>(coded_pair(n.x, chunk, i), coded_pair(n.y, chunk, i),
                          coded_pair(n.z, chunk, i), coded_pair(n.w, chunk, i));
  }
  let k = chunk * 32u + i * 4u;
  if ((weight_depth() & 31u) == 0u) {
    return array<Pair, 4>(dense_pair(dense_words(n.x, k)), dense_pair(dense_words(n.y, k)),
                          dense_pair(dense_words(n.z, k)), dense_pair(dense_words(n.w, k)));
  }
  return array<Pair, 4>(
      dense_pair(dense_words_of_any(n.x, k)), dense_pair(dense_words_of_any(n.y, k)),
      dense_pair(dense_words_of_any(n.z, k)), dense_pair(dense_words_of_any(n.w, k)));
}

// What stands for 0 among the codes.
fn code_bias() -> f32 {
  switch W_FORMAT {
    case 3u: { return 128.0; }
    case 4u: { return 8.0; }
    case 6u: { return 32.0; }
    case 7u: { return 12.0; }
    case 9u: { return 16.0; }
    case 12u: { return 4.0; }
    default: { return 0.0; }
  }
}

// The weights of a fetched block's first and second quad.
fn w_first(v: Pair) -> vec4<f32> {
  if (W_FORMAT == 0u) {
    return bitcast<vec4<f32>>(v.words);
  }
  if (W_FORMAT <= 2u) {
    return pair4(v.words.x, v.words.y);
  }
  return v.scale.x * code4(v.words.x, code_bias()) + v.offset.x;
}
fn w_second(v: Pair) -> vec4<f32> {
  return v.scale.y * code4(v.second, code_bias()) + v.offset.y;
}
