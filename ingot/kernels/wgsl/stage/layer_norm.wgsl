//! stage: Row
//! over: Row
//! means: layer_norm
//! bind: vectors f32 r
//! use: reduce vector4
//! shared: 32 * ceil(ROW_BLOCK, 4)
// (x - mean) / sqrt(var + eps) * norm + shift. The mean must be known before the first product, so
// `begin` reads the rows; the variance is the mean of squared distances, in a pass of its own.
struct Params {
  eps: f32,
  norm_at: u32,
  shift_at: u32,
}
var<uniform> p: Params;
var<storage, read> vectors: array<vec4<f32>>;
var<workgroup> means: array<f32, ROW_BLOCK>;
var<workgroup> scales: array<f32, ROW_BLOCK>;

fn begin(g: Grp, t: Thr, m0: u32) {
  over_begin(g, t, m0);
  let share = 1.0 / f32(p.depth);
  for (var i = 0u; i < ROW_BLOCK; i++) {
    let m = min(m0 + i, p.rows - 1u);
    // Distances from the first element first: a sum of large equal numbers loses digits.
    let first = over_at(m, 0u);
    var sum = 0.0;
    for (var k = t.index; k < p.depth; k += WG) {
      sum += over_at(m, k) - first;
    }
    let mean = wg_sum(g, t, sum) * share;
    var squares = 0.0;
    for (var k = t.index; k < p.depth; k += WG) {
      let d = (over_at(m, k) - first) - mean;
      squares += d * d;
    }
    let variance = wg_sum(g, t, squares) * share;
    if (t.index == 0u) {
      means[i] = first + mean;
      scales[i] = inverseSqrt(variance + p.eps);
    }
  }
  workgroupBarrier();
}

fn normed4(m: u32, k4: u32, v: vec4<f32>) -> vec4<f32> {
  let i = m & (ROW_BLOCK - 1u);
  return (v - means[i]) * scales[i] * vector4(p.norm_at, k4, p.depth) +
         vector4(p.shift_at, k4, p.depth);
}
fn at4(m: u32, k4: u32) -> vec4<f32> {
  let k = vec4<u32>(k4 * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  return select(vec4<f32>(0.0), normed4(m, k4, over_at4(m, k4)), k < vec4<u32>(p.depth));
}
fn inner4(m: u32, k4: u32) -> vec4<f32> { return normed4(m, k4, over_inner4(m, k4)); }
fn at(m: u32, k: u32) -> f32 {
  let i = m & (ROW_BLOCK - 1u);
  return (over_at(m, k) - means[i]) * scales[i] * vector1(p.norm_at + k) + vector1(p.shift_at + k);
}
fn finish(g: Grp, t: Thr, m0: u32) { over_finish(g, t, m0); }
fn factor(i: u32) -> f32 { return over_factor(i); }
