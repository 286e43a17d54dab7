//! stage: Map
//! means: silu
//! use: at sigmoid
fn apply(at: At, v: f32) -> f32 { return v * sigmoid(vec4<f32>(v)).x; }
