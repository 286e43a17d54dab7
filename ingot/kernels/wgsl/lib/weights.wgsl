//! fragment: weights
//! use: bytes halves codes_32 codes_256 dense
// Port Weights of slot w: rows of W_FORMAT, 0 F32, 1 F16, 2 BF16, 3 Q8_0, 4 Q4_0, 5 Q4_K, 6 Q6_K,
// 7 MXFP4, 8 Q5_K, 9 Q5_0, 10 Q5_1, 11 Q4_1, 12 Q3_K, 13 Q2_K. A chunk is 32 weights of a row in
// the order in which they are cheapest to decode: two runs of 16 that share their bytes and have a
// scale each. A piece is what one thread loads at a time: a chunk, but half a block of Q8_0, and 8
// dense weights, so that neighbouring threads read neighbouring bytes. The main declares the
// override W_FORMAT and three functions, so that it may name its binding as it likes:
//   weight1(i) -> u32        word i of the stream
//   weight4(i) -> vec4<u32>  words 4i to 4i + 3
//   weight_depth() -> u32    elements of a row
// Every branch on W_FORMAT is decided when the pipeline is made.

// Which vec4 of the row the i-th vec4 of a chunk is.
fn w_k4(chunk: u32, i: u32) -> u32 {
  let in_run = i & 3u;
  let run = i >> 2u;
  let side = chunk & 1u;
  let pair = (chunk >> 1u) & 1u;
  if (W_FORMAT == 5u || W_FORMAT == 8u) {
    return (chunk >> 1u) * 16u + run * 8u + side * 4u + in_run;
  }
  if (W_FORMAT == 6u) {
    return (chunk >> 2u) * 32u + run * 16u + pair * 8u + side * 4u + in_run;
  }
  if (W_FORMAT == 12u || W_FORMAT == 13u) {
    return (chunk >> 2u) * 32u + side * 16u + run * 8u + pair * 4u + in_run;
  }
  return chunk * 8u + i;
}

// Pieces of a row. Dense rows whose depth is no multiple of 8 have none.
fn w_pieces() -> u32 {
  if (W_FORMAT <= 2u) {
    return weight_depth() >> 3u;
  }
  if (W_FORMAT == 3u) {
    return weight_depth() >> 4u;
  }
  return weight_depth() >> 5u;
}

// Vec4s of a piece: 2, 4 or 8.
fn w_quads() -> u32 {
  if (W_FORMAT <= 2u) {
    return 2u;
  }
  if (W_FORMAT == 3u) {
    return 4u;
  }
  return 8u;
}

// Which vec4 of the row the i-th vec4 of a piece is.
fn w_piece_k4(piece: u32, i: u32) -> u32 {
  if (W_FORMAT <= 3u) {
    return piece * w_quads() + i;
  }
  return w_k4(piece, i);
}

// Loads a piece of row n and nothing else.
fn w_fetch(n: u32, piece: u32) -> Words {
  let block = n * (weight_depth() >> 5u) + piece;
  let super_block = n * (weight_depth() >> 8u) + (piece >> 3u);
  switch W_FORMAT {
    case 0u, 1u, 2u: { return fetch_dense(n, piece); }
    case 3u: { return fetch_q8_0(n * (weight_depth() >> 5u) + (piece >> 1u), piece & 1u); }
    case 4u: { return fetch_q4_0(block); }
    case 5u: { return fetch_q4_k(super_block, piece & 7u); }
    case 6u: { return fetch_q6_k(super_block, piece & 7u); }
    case 7u: { return fetch_mxfp4(block); }
    case 8u: { return fetch_q5_k(super_block, piece & 7u); }
    case 9u: { return fetch_q5_0(block); }
    case 10u: { return fetch_q5_1(block); }
    case 11u: { return fetch_q4_1(block); }
    case 12u: { return fetch_q3_k(super_block, piece & 7u); }
    default: { return fetch_q2_k(super_block, piece & 7u); }
  }
}

// The codes of a piece of row n that was loaded. REQUIRES: a quantised format.
fn w_coded(n: u32, piece: u32, w: Words) -> Coded {
  let block = n * (weight_depth() >> 5u) + piece;
  let super_block = n * (weight_depth() >> 8u) + (piece >> 3u);
  switch W_FORMAT {
    case 3u: { return coded_q8_0(n * (weight_depth() >> 5u) + (piece >> 1u), w); }
    case 4u: { return coded_q4_0(block, w); }
    case 5u: { return coded_q4_k(piece & 7u, w); }
    case 6u: { return coded_q6_k(super_block, piece & 7u, w); }
    case 7u: { return coded_mxfp4(block, w); }
    case 8u: { return coded_q5_k(piece & 7u, w); }
    case 9u: { return coded_q5_0(block, w); }
    case 10u: { return coded_q5_1(w); }
    case 11u: { return coded_q4_1(w); }
    case 12u: { return coded_q3_k(super_block, piece & 7u, w); }
    default: { return coded_q2_k(piece & 7u, w); }
  }
}

fn decoded16(codes: vec4<u32>, scale: f32, offset: f32, bias: f32) -> array<vec4<f32>, 4> {
  return array<vec4<f32>, 4>(
      scale * code4(codes.x, bias) + offset, scale * code4(codes.y, bias) + offset,
      scale * code4(codes.z, bias) + offset, scale * code4(codes.w, bias) + offset);
}

fn joined(a: array<vec4<f32>, 4>, b: array<vec4<f32>, 4>) -> array<vec4<f32>, 8> {
  return array<vec4<f32>, 8>(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]);
}

// Whether `minimum` of a format's codes is anything but 0.
fn w_has_minimum() -> bool {
  return W_FORMAT == 5u || W_FORMAT == 8u || W_FORMAT == 10u || W_FORMAT == 11u || W_FORMAT == 13u;
}

fn decoded_run(c: Coded, run: u32) -> array<vec4<f32>, 4> {
  let d = f16_value(c.halves & 0xffffu);
  let m = select(0.0, f16_value(c.halves >> 16u), w_has_minimum());
  let is_second = run == 1u;
  return decoded16(select(c.first, c.second, is_second),
                   d * select(c.factor.x, c.factor.y, is_second),
                   m * select(c.minimum.x, c.minimum.y, is_second),
                   select(c.bias.x, c.bias.y, is_second));
}

// Half `run` (0 or 1) of a chunk.
fn w_load16(n: u32, chunk: u32, run: u32) -> array<vec4<f32>, 4> {
  if (W_FORMAT <= 2u) {
    return dense16(n, chunk * 32u + run * 16u);
  }
  if (W_FORMAT == 3u) {
    let piece = chunk * 2u + run;
    return decoded_run(w_coded(n, piece, w_fetch(n, piece)), 0u);
  }
  return decoded_run(w_coded(n, chunk, w_fetch(n, chunk)), run);
}

// A chunk.
fn w_load32(n: u32, chunk: u32) -> array<vec4<f32>, 8> {
  if (W_FORMAT <= 3u) {
    return joined(w_load16(n, chunk, 0u), w_load16(n, chunk, 1u));
  }
  let c = w_coded(n, chunk, w_fetch(n, chunk));
  return joined(decoded_run(c, 0u), decoded_run(c, 1u));
}
