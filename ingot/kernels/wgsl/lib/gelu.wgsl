//! fragment: gelu
//! use: sigmoid
// gelu by its tanh form.
fn gelu_tanh(v: vec4<f32>) -> vec4<f32> {
  return 0.5 * v * (1.0 + tanh_safe(0.7978845608 * (v + 0.044715 * v * v * v)));
}
