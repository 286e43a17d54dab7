//! fragment: order
// The exact order of floats: comparisons of bits, so that no device's NaN or -0 changes a choice.
// A candidate is (bits of the value, index): it beats by a greater value, else by a lower index.
// Before any candidate: the least finite value at no index.
const NOTHING = vec2<u32>(0xff7fffffu, 0xffffffffu);

// Grows with the float; -0 equals 0 and NaN is the least.
fn order_key(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0u;
  }
  return select(~bits, bits | 0x80000000u, bits == magnitude || magnitude == 0u);
}

fn beats(a: vec2<u32>, b: vec2<u32>) -> bool {
  let key_a = order_key(a.x);
  let key_b = order_key(b.x);
  return key_a > key_b || (key_a == key_b && a.y < b.y);
}
