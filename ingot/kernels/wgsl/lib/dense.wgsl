//! fragment: dense
//! use: halves codes
// F32, F16 and BF16 rows.

// One element of the stream.
fn dense1(i: u32) -> f32 {
  if (W_FORMAT == 0u) {
    return bitcast<f32>(weight1(i));
  }
  let h = (weight1(i >> 1u) >> ((i & 1u) * 16u)) & 0xffffu;
  if (W_FORMAT == 1u) {
    return f16_value(h);
  }
  return bf16_value(h);
}

fn pair4(a: u32, b: u32) -> vec4<f32> {
  if (W_FORMAT == 1u) {
    return vec4<f32>(unpack2x16float(a), unpack2x16float(b));
  }
  return vec4<f32>(bf16_value(a & 0xffffu), bf16_value(a >> 16u), bf16_value(b & 0xffffu),
                   bf16_value(b >> 16u));
}

// Sixteen elements of row n from k on, 0 past the depth.
fn dense16(n: u32, k: u32) -> array<vec4<f32>, 4> {
  let depth = weight_depth();
  let at = n * depth + k;
  if ((depth & 15u) != 0u || k >= depth) {
    // Rows that do not start at sixteen bytes, element by element.
    var v: array<vec4<f32>, 4>;
    for (var i = 0u; i < 16u; i++) {
      if (k + i < depth) {
        v[i >> 2u][i & 3u] = dense1(at + i);
      }
    }
    return v;
  }
  if (W_FORMAT == 0u) {
    let i = at >> 2u;
    return array<vec4<f32>, 4>(
        bitcast<vec4<f32>>(weight4(i)), bitcast<vec4<f32>>(weight4(i + 1u)),
        bitcast<vec4<f32>>(weight4(i + 2u)), bitcast<vec4<f32>>(weight4(i + 3u)));
  }
  let a = weight4(at >> 3u);
  let b = weight4((at >> 3u) + 1u);
  return array<vec4<f32>, 4>(pair4(a.x, a.y), pair4(a.z, a.w), pair4(b.x, b.y), pair4(b.z, b.w));
}

// Whether rows start at any element: then they are read one by one.
fn dense_is_odd() -> bool {
  return W_FORMAT <= 2u && (weight_depth() & 7u) != 0u;
}

// Elements 8 * piece to 8 * piece + 7 of row n, as stored. REQUIRES: a depth that is not odd.
fn fetch_dense(n: u32, piece: u32) -> Words {
  let quad = n * (weight_depth() >> 3u) + piece;
  if (W_FORMAT == 0u) {
    return Words(weight4(quad * 2u), weight4(quad * 2u + 1u), NO_WORDS, NO_WORDS);
  }
  return Words(weight4(quad), NO_WORDS, NO_WORDS, NO_WORDS);
}

fn dense_first(w: Words) -> vec4<f32> {
  if (W_FORMAT == 0u) {
    return bitcast<vec4<f32>>(w.a);
  }
  return pair4(w.a.x, w.a.y);
}
fn dense_second(w: Words) -> vec4<f32> {
  if (W_FORMAT == 0u) {
    return bitcast<vec4<f32>>(w.b);
  }
  return pair4(w.a.z, w.a.w);
}
