//! stage: Map
//! means: softcap
//! use: at sigmoid
struct Params {
  cap: f32,
}
var<uniform> p: Params;

fn apply(at: At, v: f32) -> f32 { return p.cap * tanh_safe(vec4<f32>(v / p.cap)).x; }
