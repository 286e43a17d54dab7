//! stage: Weights
//! means: none
//! bind: w wt[cols,depth] r
//! range: W_FORMAT = 0..13 bound
//! use: dots
// Weights of any format.
var<storage, read> w: array<vec4<u32>>;

override W_FORMAT: u32 = 1u;

fn weight1(i: u32) -> u32 { return w[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return w[i]; }
fn weight_depth() -> u32 { return p.depth; }

fn pieces() -> u32 { return w_pieces(); }
fn quads() -> u32 { return w_quads(); }
fn piece_k4(piece: u32, i: u32) -> u32 { return w_piece_k4(piece, i); }
fn fetch(n: u32, piece: u32) -> Words { return w_fetch(n, piece); }
fn dot(n: u32, piece: u32, w: Words, x: array<vec4<f32>, 8>, sums: vec2<f32>) -> f32 {
  return w_dot(n, piece, w, x, sums);
}
fn is_odd() -> bool { return dense_is_odd(); }
fn at(n: u32, k: u32) -> f32 { return dense1(n * p.depth + k); }
