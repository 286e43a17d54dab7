//! fragment: weights
//! use: bytes halves codes_32 codes_256 dense
// Port Weights of slot w: rows of W_FORMAT, 0 F32, 1 F16, 2 BF16, 3 Q8_0, 4 Q4_0, 5 Q4_K, 6 Q6_K,
// 7 MXFP4, 8 Q5_K, 9 Q5_0, 10 Q5_1, 11 Q4_1, 12 Q3_K, 13 Q2_K. A chunk is 32 weights of a row in
// the order in which they are cheapest to decode: two runs of 16 that share their bytes and have a
// scale each. The main declares the override W_FORMAT and three functions, so that it may name its
// binding as it likes:
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

// The codes of a chunk of row n. REQUIRES: a quantised format.
fn w_coded(n: u32, chunk: u32) -> Coded {
  let block = n * (weight_depth() >> 5u) + chunk;
  let super_block = n * (weight_depth() >> 8u) + (chunk >> 3u);
  switch W_FORMAT {
    case 3u: { return coded_q8_0(block); }
    case 4u: { return coded_q4_0(block); }
    case 5u: { return coded_q4_k(super_block, chunk & 7u); }
    case 6u: { return coded_q6_k(super_block, chunk & 7u); }
    case 7u: { return coded_mxfp4(block); }
    case 8u: { return coded_q5_k(super_block, chunk & 7u); }
    case 9u: { return coded_q5_0(block); }
    case 10u: { return coded_q5_1(block); }
    case 11u: { return coded_q4_1(block); }
    case 12u: { return coded_q3_k(super_block, chunk & 7u); }
    default: { return coded_q2_k(super_block, chunk & 7u); }
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

// Half `run` (0 or 1) of a chunk.
fn w_load16(n: u32, chunk: u32, run: u32) -> array<vec4<f32>, 4> {
  if (W_FORMAT <= 2u) {
    return dense16(n, chunk * 32u + run * 16u);
  }
  let c = w_coded(n, chunk);
  let codes = select(c.first, c.second, run == 1u);
  let scale = select(c.scale.x, c.scale.y, run == 1u);
  let offset = select(c.offset.x, c.offset.y, run == 1u);
  return decoded16(codes, scale, offset, c.bias);
}

// A chunk, decoded once for several rows of x.
fn w_load32(n: u32, chunk: u32) -> array<vec4<f32>, 8> {
  if (W_FORMAT <= 2u) {
    return joined(dense16(n, chunk * 32u), dense16(n, chunk * 32u + 16u));
  }
  let c = w_coded(n, chunk);
  return joined(decoded16(c.first, c.scale.x, c.offset.x, c.bias),
                decoded16(c.second, c.scale.y, c.offset.y, c.bias));
}

// A chunk times the 32 elements of x that belong to it. `sum_x` are the sums of x over both runs,
// taken once for all rows of weights: scales and offsets are then applied to sums of 16.
fn w_dot32(n: u32, chunk: u32, v: array<vec4<f32>, 8>, sum_x: vec2<f32>) -> f32 {
  if (W_FORMAT <= 2u) {
    let w8 = w_load32(n, chunk);
    return dot(w8[0], v[0]) + dot(w8[1], v[1]) + dot(w8[2], v[2]) + dot(w8[3], v[3]) +
           dot(w8[4], v[4]) + dot(w8[5], v[5]) + dot(w8[6], v[6]) + dot(w8[7], v[7]);
  }
  let c = w_coded(n, chunk);
  let first = dot(code4(c.first.x, c.bias), v[0]) + dot(code4(c.first.y, c.bias), v[1]) +
              dot(code4(c.first.z, c.bias), v[2]) + dot(code4(c.first.w, c.bias), v[3]);
  let second = dot(code4(c.second.x, c.bias), v[4]) + dot(code4(c.second.y, c.bias), v[5]) +
               dot(code4(c.second.z, c.bias), v[6]) + dot(code4(c.second.w, c.bias), v[7]);
  return c.scale.x * first + c.scale.y * second + dot(c.offset, sum_x);
}
