//! fragment: phase
//! use: wide
// Angles as turns: 32 bits of a fraction of a turn. A frequency is a fraction of a turn a position,
// 64 bits in two words, so that the product with a position loses nothing that matters: the turns
// of `position` are exact to 2^-32 for any position.

// `frequency` is (upper word, lower word).
fn turns_of(position: u32, frequency: vec2<u32>) -> u32 {
  return position * frequency.x + wide_product(position, frequency.y).x;
}

// Of an angle that is not negative, to what f32 has left of it after its whole turns.
fn turns_of_angle(radians: f32) -> u32 {
  let turns = radians * 0.15915494309189535;
  return u32(fract(turns) * 4294967040.0);
}

// (cos, sin): the nearest quarter of a turn, then polynomials up to an eighth of a turn to either
// side of it. Both are within 2e-7.
fn cos_sin(turns: u32) -> vec2<f32> {
  let quarter = (turns + 0x20000000u) >> 30u;
  let rest = bitcast<i32>(turns - (quarter << 30u));
  let a = f32(rest) * 1.4629180792671596e-9;  // 2 pi / 2^32
  let b = a * a;
  let s = a + a * b * (-0.16666667 + b * (8.3333333e-3 + b * (-1.9841270e-4 + b * 2.7557319e-6)));
  let c = 1.0 + b * (-0.5 + b * (4.1666667e-2 + b * (-1.3888889e-3 + b * 2.4801587e-5)));
  let swapped = select(vec2<f32>(c, s), vec2<f32>(s, c), (quarter & 1u) == 1u);
  // Quarters 0 to 3: (c, s), (-s, c), (-c, -s), (s, -c).
  let cosine = select(swapped.x, -swapped.x, quarter == 1u || quarter == 2u);
  let sine = select(swapped.y, -swapped.y, quarter >= 2u && quarter < 4u);
  return vec2<f32>(cosine, sine);
}
