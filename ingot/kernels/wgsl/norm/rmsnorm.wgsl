//! op: rms_norm
//! key: norm
//! formula: y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + eps) * w
//! bind: x f32[rows,dim] r; vectors f32 r; y f32[rows,dim] rw
//! grid: linear(rows)
//! range: KEEP = {1, 2, 4, 8, 16} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: elements = array<f32, KEEP>
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: norm
//! variant: rmsnorm { }
//! variant: rmsnorm_small { KEEP = 1, WG = 64 }
//! variant: rmsnorm_cached { KEEP = 16 }
//! variant: rmsnorm_subgroup { USE_SUBGROUPS = true }
struct Params {
  rows: u32,
  dim: u32,
  eps: f32,
  w_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override KEEP: u32 = 8u;  // elements of a row that a thread holds in registers
override WG: u32 = 256u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

// One row has one workgroup and waits for its loads, so the first KEEP * WG elements and their
// weights are all asked for at once; what lies beyond is read twice. rmsnorm_forms is the same with
// residuals, sums that are given and f16.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept: elements;
  var weights: elements;
  for (var i = 0u; i < KEEP; i++) {
    let d = min(i * WG + t.index, p.dim - 1u);
    kept[i] = x[row + d];
    weights[i] = vectors[p.w_at + d];
  }
  var squares = 0.0;
  for (var i = 0u; i < KEEP; i++) {
    squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    squares += x[row + d] * x[row + d];
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  for (var i = 0u; i < KEEP; i++) {
    let d = i * WG + t.index;
    if (d < p.dim) {
      y[row + d] = kept[i] * scale * weights[i];
    }
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    y[row + d] = x[row + d] * scale * vectors[p.w_at + d];
  }
}
