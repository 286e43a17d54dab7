//! fragment: wide
// Whole numbers of 64 bits as (upper word, lower word), and shares of them in units of 2^-24.

fn wide_product(a: u32, b: u32) -> vec2<u32> {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let low_middle = a0 * b1 + (middle & 0xffffu);
  return vec2<u32>(a1 * b1 + (middle >> 16u) + (low_middle >> 16u), a * b);
}

fn wide_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.y + b.y;
  return vec2<u32>(a.x + b.x + select(0u, 1u, low < a.y), low);
}

fn wide_less(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x < b.x || (a.x == b.x && a.y < b.y);
}

// fraction * total / 2^24, rounded down, or up with `more` = 0xffffff. REQUIRES: fraction is at most
// 2^24, total below 2^56.
fn wide_part(fraction: u32, total: vec2<u32>, more: u32) -> vec2<u32> {
  // total = upper * 2^24 + lower: fraction * upper is exact, and fraction * lower / 2^24 is less
  // than 2^25.
  let upper = vec2<u32>(total.x >> 24u, (total.x << 8u) | (total.y >> 24u));
  let lower = wide_add(wide_product(fraction, total.y & 0xffffffu), vec2<u32>(0u, more));
  let rest = (lower.x << 8u) | (lower.y >> 24u);
  let whole = wide_product(fraction, upper.y);
  return wide_add(vec2<u32>(whole.x + fraction * upper.x, whole.y), vec2<u32>(0u, rest));
}
