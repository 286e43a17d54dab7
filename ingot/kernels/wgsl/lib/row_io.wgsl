//! fragment: row_io
//! use: half_pair
// Rows of f32, or with F16_IO of f16 in pairs, as `array<u32>`. A thread takes whole words, so the
// main steps by `override STEP: u32 = select(1u, 2u, F16_IO);` elements.

fn word_at(i: u32) -> u32 {
  return i >> select(0u, 1u, F16_IO);
}

// Of the word that element i stands in.
fn element_of(word: u32, i: u32) -> f32 {
  if (F16_IO) {
    return unpack2x16float(word)[i & 1u];
  }
  return bitcast<f32>(word);
}

// Of a step's elements; without F16_IO the first is the only one.
fn word_of(v: vec2<f32>) -> u32 {
  if (F16_IO) {
    return half_pair(v);
  }
  return bitcast<u32>(v.x);
}

// The column of the i-th element that a thread keeps of a row.
fn column_of(t: Thr, i: u32) -> u32 {
  if (F16_IO) {
    return ((i >> 1u) * WG + t.index) * 2u + (i & 1u);
  }
  return i * WG + t.index;
}
