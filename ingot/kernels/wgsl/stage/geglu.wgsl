//! stage: Combine
//! means: geglu
//! use: gelu
// gelu(gate) * up, by tanh.
fn apply(v: array<f32, HEADS>) -> f32 {
  return gelu_tanh(vec4<f32>(v[0])).x * v[1];
}
