//! fragment: codes
// What every quantised format becomes first: codes of a byte each, four to a word, in two runs of
// 16 elements. Element i of run j is d * factor[j] * (code - bias[j]) + m * minimum[j], where d and
// m are the f16 numbers in the low and high half of `halves`.
struct Coded {
  first: vec4<u32>,
  second: vec4<u32>,
  halves: u32,
  factor: vec2<f32>,
  minimum: vec2<f32>,
  bias: vec2<f32>,
}

// The words of a piece of a row as they are stored: all loads come first, so that none of them
// waits for the arithmetic on another one. A format leaves out what it does not need.
struct Words {
  a: vec4<u32>,
  b: vec4<u32>,
  c: vec4<u32>,
  d: vec4<u32>,
}

const PAIRS = vec4<u32>(0x03030303u);
const NO_WORDS = vec4<u32>(0u);
const NO_MINIMUM = vec2<f32>(0.0);
const F16_ONE = 0x3c00u;

fn low_nibbles(q: vec4<u32>) -> vec4<u32> {
  return q & vec4<u32>(0x0f0f0f0fu);
}
fn high_nibbles(q: vec4<u32>) -> vec4<u32> {
  return (q >> vec4<u32>(4u)) & vec4<u32>(0x0f0f0f0fu);
}

// Two runs in the low and high nibbles. The high ones stay where they are, as sixteen times their
// value: a factor costs nothing, moving them would.
fn nibbles(q: vec4<u32>, halves: u32, factor: vec2<f32>, minimum: vec2<f32>, bias: f32) -> Coded {
  return Coded(low_nibbles(q), q & vec4<u32>(0xf0f0f0f0u), halves,
               factor * vec2<f32>(1.0, 0.0625), minimum, bias * vec2<f32>(1.0, 16.0));
}

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
