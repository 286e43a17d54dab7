//! fragment: attend
// Which keys a query sees, and what their products become. The main declares p.scale, p.softcap,
// p.window, p.capacity and the override HAS_SOFTCAP. Softmax is taken online: with a new largest
// score, what was summed before is multiplied by `rescale`.

// The first key that the query at `pos` sees; it sees those up to itself.
fn first_key(pos: u32) -> u32 {
  return select(max(pos + 1u, p.window) - p.window, 0u, p.window == 0u);
}

fn score(product: f32) -> f32 {
  let s = p.scale * product;
  if (HAS_SOFTCAP) {
    return p.softcap * tanh(clamp(s / p.softcap, -15.0, 15.0));
  }
  return s;
}

// NEG marks a key that is not seen: its weight is exactly 0.
fn key_weight(s: f32, largest: f32) -> f32 {
  return select(exp(s - largest), 0.0, s == NEG);
}

// NEG before the first key: nothing was summed yet.
fn rescale(before: f32, largest: f32) -> f32 {
  return select(exp(before - largest), 0.0, before == NEG);
}

// 1 / sum, 0 for a query without keys.
fn inverse(sum: f32) -> f32 {
  return select(1.0 / sum, 0.0, sum == 0.0);
}
