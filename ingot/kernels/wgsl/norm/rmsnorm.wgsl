//! op: rms_norm
//! key: norm
//! formula: y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + eps) * w
//! bind: x f32[rows,dim] r; vectors f32 r; y f32[rows,dim] rw
//! grid: linear(rows)
//! range: SMALL_SIZE = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: SMALL_SIZE == false or dim <= WG
//! tolerance: norm
//! variant: rmsnorm { SMALL_SIZE = false }
//! variant: rmsnorm_small { SMALL_SIZE = true }
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

override SMALL_SIZE: bool = false;  // a row fits the workgroup: its element stays in a register
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept = 0.0;
  var squares = 0.0;
  if (SMALL_SIZE) {
    if (t.index < p.dim) {
      kept = x[row + t.index];
    }
    squares = kept * kept;
  } else {
    for (var i = t.index; i < p.dim; i += WG) {
      squares += x[row + i] * x[row + i];
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  if (SMALL_SIZE) {
    if (t.index < p.dim) {
      y[row + t.index] = kept * scale * vectors[p.w_at + t.index];
    }
  } else {
    for (var i = t.index; i < p.dim; i += WG) {
      y[row + i] = x[row + i] * scale * vectors[p.w_at + i];
    }
  }
}
