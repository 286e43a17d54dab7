//! fragment: bytes
// Words of a weight stream. Blocks of most formats may start in the middle of one.

// Sixteen bytes from word i on.
fn words_from(i: u32) -> vec4<u32> {
  return vec4<u32>(weight1(i), weight1(i + 1u), weight1(i + 2u), weight1(i + 3u));
}

// The sixteen bytes that start with `w`, or with its upper half where `half` is true; `next` is the
// word after it.
fn from_half(w: vec4<u32>, next: u32, half: bool) -> vec4<u32> {
  let joined = (w >> vec4<u32>(16u)) | (vec4<u32>(w.yzw, next) << vec4<u32>(16u));
  return select(w, joined, half);
}
