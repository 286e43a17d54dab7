//! fragment: codes
// What every quantised format becomes first: 32 codes of a byte each, four to a word.
// Element i of the first run is scale.x * (code - bias) + offset.x, of the second likewise with y.
// The bias is taken off before any sum, which is exact; as an offset it would cancel.
struct Coded {
  first: vec4<u32>,
  second: vec4<u32>,
  scale: vec2<f32>,
  offset: vec2<f32>,
  bias: f32,
}

fn low_nibbles(q: vec4<u32>) -> vec4<u32> {
  return q & vec4<u32>(0x0f0f0f0fu);
}
fn high_nibbles(q: vec4<u32>) -> vec4<u32> {
  return (q >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
}
const PAIRS = vec4<u32>(0x03030303u);

// The four codes of a word, less the bias. A byte in the low bits of the f16 number 1024 adds its
// value; that is faster than unpacking the bytes to integers and converting these.
fn code4(word: u32, bias: f32) -> vec4<f32> {
  let even = unpack2x16float((word & 0x00ff00ffu) | 0x64006400u);
  let odd = unpack2x16float(((word >> 8u) & 0x00ff00ffu) | 0x64006400u);
  return vec4<f32>(even.x, odd.x, even.y, odd.y) - (1024.0 + bias);
}

// Bits 0 to 3 of each component to bit 0 of its four bytes. The product places them without carry.
fn spread(bits: vec4<u32>) -> vec4<u32> {
  return ((bits & vec4<u32>(15u)) * 0x00204081u) & vec4<u32>(0x01010101u);
}
