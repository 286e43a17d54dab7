//! stage: Combine
//! means: swiglu_oai
//! use: sigmoid
// gate * sigmoid(1.702 * gate) * (up + 1), gate held below a limit and up within it.
struct Params {
  limit: f32,
}
var<uniform> p: Params;

fn apply(v: array<f32, HEADS>) -> f32 {
  let gate = min(v[0], p.limit);
  let up = clamp(v[1], -p.limit, p.limit);
  return gate * sigmoid(vec4<f32>(1.702 * gate)).x * (up + 1.0);
}
