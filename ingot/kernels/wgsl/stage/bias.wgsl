//! stage: Map
//! means: add_bias
//! bind: vectors f32 r
//! use: at vector4
// A bias of the column; those of heads lie `bias_step` elements apart, modulo 2^32.
struct Params {
  bias_at: u32,
  bias_step: u32,
}
var<uniform> p: Params;
var<storage, read> vectors: array<vec4<f32>>;

fn apply(at: At, v: f32) -> f32 {
  return v + vector1(p.bias_at + at.head * p.bias_step + at.col);
}
