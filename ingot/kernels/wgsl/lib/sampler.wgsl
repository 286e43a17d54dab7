//! fragment: sampler
//! use: order rng
// The record of a sequence, and what makes a draw. The main declares `state` and `tokens` (read and
// written), p.slot and p.ring. Words of the record: 1 step, 2 token, 3 generated, 4 stop, 7 and 8
// seed, 9 choice, 10 top_k, 11 and 12 top_p and min_p in units of 2^-24, 13 temperature (f32), 14
// whether the temperature comes after the cuts.
const MASS_OF_ONE = 8388608u;  // 2^23

fn record(word: u32) -> u32 {
  return state[16u * p.slot + word];
}
fn temperature() -> f32 {
  return bitcast<f32>(record(13u));
}
// Greedy sampling takes the best candidate whatever the rest is.
fn is_greedy() -> bool {
  return temperature() <= 0.0 || record(10u) == 1u;
}
fn cut_temperature() -> f32 {
  return select(temperature(), 1.0, record(14u) != 0u);
}

// The share of a value in units of that of the greatest. Below e^-17 of it there is none.
fn mass_of(value_bits: u32, greatest_bits: u32, divisor: f32) -> u32 {
  if (order_key(value_bits) == order_key(greatest_bits)) {
    return MASS_OF_ONE;
  }
  let below = bitcast<f32>(value_bits) / divisor - bitcast<f32>(greatest_bits) / divisor;
  if (!(below >= -17.0)) {
    return 0u;
  }
  return u32(round(exp(below) * 8388608.0));
}

// The least mass that min-p keeps.
fn least_mass() -> u32 {
  return max(1u, (record(12u) + 1u) >> 1u);
}

// 24 random bits of this step.
fn draw() -> u32 {
  let key = vec2<u32>(record(7u), record(8u));
  return philox(key, vec4<u32>(record(1u), record(9u), 0u, 0u)).x >> 8u;
}

// What was sampled; no index means that no logit is finite. Called by one thread. A sequence that
// has stopped stays as it is.
fn put_token(index: u32) {
  let at = 16u * p.slot;
  if (state[at + 4u] != 0u) {
    return;
  }
  if (index == NOTHING.y) {
    state[at + 4u] = 4u;
    return;
  }
  state[at + 2u] = index;
  tokens[p.ring * p.slot + (state[at + 3u] & (p.ring - 1u))] = index;
}
