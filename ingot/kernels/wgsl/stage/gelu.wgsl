//! stage: Map
//! means: gelu_tanh
//! use: at gelu
fn apply(at: At, v: f32) -> f32 { return gelu_tanh(vec4<f32>(v)).x; }
