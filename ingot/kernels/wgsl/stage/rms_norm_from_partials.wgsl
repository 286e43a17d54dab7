//! stage: Row
//! over: Row
//! means: rms_norm
//! bind: sumsq f32[rows,parts] r; vectors f32 r
//! use: reduce vector4
//! shared: 16 * ceil(ROW_BLOCK, 4)
// As rms_norm, where the kernel that made the rows has left sums of squares of their parts.
struct Params {
  eps: f32,
  norm_at: u32,
  parts: u32,
}
var<uniform> p: Params;
var<storage, read> sumsq: array<f32>;
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
    let m = min(m0 + i, p.rows - 1u);
    var sum = 0.0;
    for (var part = t.index; part < p.parts; part += WG) {
      sum += sumsq[m * p.parts + part];
    }
    let f = over_factor(i);
    let squares = f * f * wg_sum(g, t, sum);
    if (t.index == 0u) {
      factors[i] = f * inverseSqrt(squares * share + p.eps);
    }
  }
  workgroupBarrier();
}
fn factor(i: u32) -> f32 { return factors[i]; }
