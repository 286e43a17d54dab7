//! stage: Map
//! means: scale
//! use: at
struct Params {
  factor: f32,
}
var<uniform> p: Params;

fn apply(at: At, v: f32) -> f32 { return p.factor * v; }
