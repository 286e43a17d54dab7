//! fragment: sinks
//! use: attend
// A sink is one score more for its head, without a value. The main declares the override HAS_SINKS,
// `vectors: array<f32>` and p.sinks_at.

// What a head's sum of e^(s - largest) * v is to be multiplied by: 1 / total, or what that becomes
// once the sink is among the scores. A sink above them makes all weights smaller, maybe 0.
fn inverse_with_sink(head: u32, largest: f32, total: f32) -> f32 {
  if (!HAS_SINKS) {
    return inverse(total);
  }
  let sink = vectors[p.sinks_at + head];
  let higher = max(largest, sink);
  let factor = rescale(largest, higher);
  return factor / (total * factor + exp(sink - higher));
}
