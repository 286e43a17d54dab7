//! fragment: dots
//! use: weights
// Port Weights of slot w, the fast way: pieces times x. The main declares the override
// EXACT_UNPACK: whether unpack2x16float keeps subnormal numbers, which most devices' does. A byte
// in the low bits of an f16 is then that many times 2^-24, so codes need nothing but a mask, and a
// bias can be taken off the sums: beside codes this small it costs no accuracy.
const CODE_UNIT: f32 = 5.9604644775390625e-8;

fn add_dot(a: vec4<f32>, b: vec4<f32>, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

fn tiny4(word: u32) -> vec4<f32> {
  let even = unpack2x16float(word & 0x00ff00ffu);
  let odd = unpack2x16float((word >> 8u) & 0x00ff00ffu);
  return vec4<f32>(even.x, odd.x, even.y, odd.y);
}

// The sum over a run of codes less their bias, times x; in units of 2^-24 and with the bias where
// EXACT_UNPACK is true.
fn run_dot(q: vec4<u32>, bias: f32, x0: vec4<f32>, x1: vec4<f32>, x2: vec4<f32>,
           x3: vec4<f32>) -> f32 {
  if (EXACT_UNPACK) {
    return add_dot(tiny4(q.w), x3,
                   add_dot(tiny4(q.z), x2, add_dot(tiny4(q.y), x1, add_dot(tiny4(q.x), x0, 0.0))));
  }
  return add_dot(code4(q.w, bias), x3,
                 add_dot(code4(q.z, bias), x2,
                         add_dot(code4(q.y, bias), x1, add_dot(code4(q.x, bias), x0, 0.0))));
}

// A piece of row n times the x that belong to it. `sums` are of x over the two runs, taken once
// for all rows of weights.
fn w_dot(n: u32, piece: u32, w: Words, x: array<vec4<f32>, 8>, sums: vec2<f32>) -> f32 {
  if (W_FORMAT <= 2u) {
    return add_dot(dense_second(w), x[1], add_dot(dense_first(w), x[0], 0.0));
  }
  let c = w_coded(n, piece, w);
  var runs = vec2<f32>(run_dot(c.first, c.bias.x, x[0], x[1], x[2], x[3]), 0.0);
  if (W_FORMAT != 3u) {
    runs.y = run_dot(c.second, c.bias.y, x[4], x[5], x[6], x[7]);
  }
  var d: f32;
  var m = 0.0;
  if (EXACT_UNPACK) {
    let both = unpack2x16float(c.halves);
    d = both.x * (1.0 / CODE_UNIT);
    m = both.y;
    if (!w_has_minimum()) {
      runs = fma(-CODE_UNIT * c.bias, sums, runs);
    }
  } else {
    d = f16_value(c.halves & 0xffffu);
    if (w_has_minimum()) {
      m = f16_value(c.halves >> 16u);
    }
  }
  let dot_of_codes = d * (c.factor.x * runs.x + c.factor.y * runs.y);
  if (w_has_minimum()) {
    return dot_of_codes + m * (c.minimum.x * sums.x + c.minimum.y * sums.y);
  }
  return dot_of_codes;
}
