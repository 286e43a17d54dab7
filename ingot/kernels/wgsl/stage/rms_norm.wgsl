//! stage: Row
//! over: Row
//! means: rms_norm
//! bind: vectors f32 r
//! use: reduce vector4
//! shared: 16 * ceil(ROW_BLOCK, 4)
// x / sqrt(mean(x^2) + eps) * norm. A product with a row may be divided by the root afterwards, so
// nobody waits for the sum of squares before the first weights are asked for.
struct Params {
  eps: f32,
  norm_at: u32,
}
var<uniform> p: Params;
var<storage, read> vectors: array<vec4<f32>>;
var<workgroup> factors: array<f32, ROW_BLOCK>;

fn begin(g: Grp, t: Thr, m0: u32) { over_begin(g, t, m0); }
fn at4(m: u32, k4: u32) -> vec4<f32> {
  return over_at4(m, k4) * vector4(p.norm_at, k4, p.depth);
}
fn inner4(m: u32, k4: u32) -> vec4<f32> {
  return over_inner4(m, k4) * vector4(p.norm_at, k4, p.depth);
}
fn at(m: u32, k: u32) -> f32 { return over_at(m, k) * vector1(p.norm_at + k); }

fn finish(g: Grp, t: Thr, m0: u32) {
  over_finish(g, t, m0);
  let share = 1.0 / f32(p.depth);
  for (var i = 0u; i < ROW_BLOCK; i++) {
    var squares = 0.0;
    for (var k4 = t.index; k4 * 4u < p.depth; k4 += WG) {
      let v = over_at4(min(m0 + i, p.rows - 1u), k4);
      squares += dot(v, v);
    }
    let f = over_factor(i);
    let sum = f * f * wg_sum(g, t, squares);
    if (t.index == 0u) {
      factors[i] = f * inverseSqrt(sum * share + p.eps);
    }
  }
  workgroupBarrier();
}
fn factor(i: u32) -> f32 { return factors[i]; }
