//! fragment: quads
//! use: half_pair
// Four elements at a time, of f32 or with F16_IO of f16. The main declares F16_IO, tensors as
// `array<vec4<u32>>`, y among them, and `result(quad) -> vec4<f32>`: elements 4 * quad of y and the
// three after it.

// A quad stands in one vec4: `quad_of(x[place(quad)], quad)`. So does an element.
fn place(quad: u32) -> u32 {
  return quad >> select(0u, 1u, F16_IO);
}

fn quad_of(words: vec4<u32>, quad: u32) -> vec4<f32> {
  if (F16_IO) {
    let pairs = select(words.xy, words.zw, (quad & 1u) == 1u);
    return vec4<f32>(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
  }
  return bitcast<vec4<f32>>(words);
}

fn element_of(words: vec4<u32>, i: u32) -> f32 {
  return quad_of(words, i >> 2u)[i & 3u];
}

// A thread owns one vec4 of y, so that no other writes a part of it. The last vec4 of a tensor may
// be partial: then only its words are written, since what follows is not ours.
fn put_results(own: u32, size: u32) {
  let words = select(size, size >> 1u, F16_IO);
  let whole = words >> 2u;
  if (own > whole) {
    return;
  }
  var v: vec4<u32>;
  if (F16_IO) {
    let a = result(own * 2u);
    let b = result(own * 2u + 1u);
    v = vec4<u32>(half_pair(a.xy), half_pair(a.zw), half_pair(b.xy), half_pair(b.zw));
  } else {
    v = bitcast<vec4<u32>>(result(own));
  }
  if (own < whole) {
    y[own] = v;
    return;
  }
  for (var i = 0u; i < (words & 3u); i++) {
    y[own][i] = v[i];
  }
}
