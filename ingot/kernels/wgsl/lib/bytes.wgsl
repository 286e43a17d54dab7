//! fragment: bytes
// Bytes of a weight stream at any address. A block of most formats starts in the middle of a word,
// so words are joined by shifts. A shift by 32 is not allowed: hence 1 and then the rest.

fn byte_at(at: u32) -> u32 {
  return (weight1(at >> 2u) >> ((at & 3u) * 8u)) & 255u;
}

// REQUIRES: at is even.
fn half_at(at: u32) -> u32 {
  return (weight1(at >> 2u) >> ((at & 2u) * 8u)) & 0xffffu;
}

// Four bytes. At a whole word the next one is not touched: it may lie past the end.
fn word_at(at: u32) -> u32 {
  let i = at >> 2u;
  let shift = (at & 3u) * 8u;
  return (weight1(i) >> shift) | ((weight1(i + min(shift, 1u)) << 1u) << (31u - shift));
}

// Sixteen bytes.
fn words_at(at: u32) -> vec4<u32> {
  let i = at >> 2u;
  let shift = (at & 3u) * 8u;
  let low = vec4<u32>(weight1(i), weight1(i + 1u), weight1(i + 2u), weight1(i + 3u));
  let high = vec4<u32>(low.yzw, weight1(i + 3u + min(shift, 1u)));
  return (low >> vec4<u32>(shift)) | ((high << vec4<u32>(1u)) << vec4<u32>(31u - shift));
}

// Sixteen bytes from word i on.
fn words_from(i: u32) -> vec4<u32> {
  return vec4<u32>(weight1(i), weight1(i + 1u), weight1(i + 2u), weight1(i + 3u));
}
