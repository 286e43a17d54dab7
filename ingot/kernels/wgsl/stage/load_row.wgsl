//! stage: Row
//! means: none
//! bind: x f32[rows,depth] r
//! use: grid load_row
// Rows as they are stored.
var<storage, read> x: array<vec4<f32>>;

fn begin(g: Grp, t: Thr, m0: u32) {}
fn at4(m: u32, k4: u32) -> vec4<f32> { return x_at4(m, k4); }
fn inner4(m: u32, k4: u32) -> vec4<f32> { return x_inner4(m, k4); }
fn at(m: u32, k: u32) -> f32 { return x_at(m, k); }
fn finish(g: Grp, t: Thr, m0: u32) {}
fn factor(i: u32) -> f32 { return 1.0; }
