//! fragment: dequantise
//! use: grid half_pair weights
// Blocks of weights to numbers. A thread takes half a chunk, or with USE_VEC4 a whole one, whose
// scales it then decodes once. The main declares p, `w: array<vec4<u32>>`, `y: array<u32>`,
// W_FORMAT, F16_OUT, USE_VEC4, WG and
//   first_block() -> u32     of the stream, where the result begins
fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return 0u; }  // there is one row, however long

// Chunks of a block: 8 where it has 256 elements.
fn chunks_of_block() -> u32 {
  let is_short = W_FORMAT == 3u || W_FORMAT == 4u || W_FORMAT == 7u;
  return select(8u, 1u, is_short);
}

// Four elements of y from `first` on, which is even.
fn put_four(first: u32, v: vec4<f32>) {
  if (F16_OUT) {
    y[first >> 1u] = half_pair(v.xy);
    y[(first >> 1u) + 1u] = half_pair(v.zw);
    return;
  }
  for (var i = 0u; i < 4u; i++) {
    y[first + i] = bitcast<u32>(v[i]);
  }
}

fn dequantise(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let chunk = select(item >> 1u, item, USE_VEC4);
  if (chunk >= p.blocks * chunks_of_block()) {
    return;
  }
  let stored = first_block() * chunks_of_block() + chunk;
  let before = first_block() * chunks_of_block() * 32u;
  if (USE_VEC4) {
    let v = w_load32(0u, stored);
    for (var i = 0u; i < 8u; i++) {
      put_four(p.out_base + w_k4(stored, i) * 4u - before, v[i]);
    }
    return;
  }
  let run = item & 1u;
  let v = w_load16(0u, stored, run);
  for (var i = 0u; i < 4u; i++) {
    put_four(p.out_base + w_k4(stored, run * 4u + i) * 4u - before, v[i]);
  }
}
