//! stage: Combine
//! means: swiglu
//! use: sigmoid
// silu(gate) * up.
fn apply(v: array<f32, HEADS>) -> f32 {
  return v[0] * sigmoid(vec4<f32>(v[0])).x * v[1];
}
