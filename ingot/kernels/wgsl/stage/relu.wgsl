//! stage: Map
//! means: relu
//! use: at
fn apply(at: At, v: f32) -> f32 { return max(v, 0.0); }
