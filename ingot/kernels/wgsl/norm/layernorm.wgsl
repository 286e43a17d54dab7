//! op: layer_norm
//! key: norm
//! formula: y[r, :] = (h - mean(h)) / sqrt(var(h) + eps) * w + b, h = x[r, :]; RESIDUAL 1: h = x + residual, 2: y + residual; without HAS_AFFINE w = 1 and b = 0; IN_PLACE: x stands in y
//! bind: x f32[rows,dim] r if IN_PLACE == false; vectors f32 r if HAS_AFFINE; residual f32[rows,dim] r if RESIDUAL > 0; y f32[rows,dim] rw
//! grid: linear(rows)
//! range: RESIDUAL = {0, 1, 2} flag
//! range: HAS_AFFINE = {false, true} flag
//! range: HAS_BIAS = {false, true} flag, where HAS_BIAS == false or HAS_AFFINE == true
//! range: IN_PLACE = {false, true} flag
//! range: KEEP = {1, 2, 4, 8, 16} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: elements = array<f32, KEEP>
//! use: grid norm_io reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: norm
//! variant: layernorm { RESIDUAL = 0, HAS_AFFINE = true, IN_PLACE = false }
//! variant: layernorm_small { KEEP = 1, WG = 64 }
//! variant: layernorm_cached { KEEP = 16 }
//! variant: layernorm_subgroup { USE_SUBGROUPS = true }
//! variant: layernorm_residual { RESIDUAL = 1 }
//! variant: layernorm_no_affine { HAS_AFFINE = false, HAS_BIAS = false }
//! variant: layernorm_inplace { IN_PLACE = true }
struct Params {
  rows: u32,
  dim: u32,
  eps: f32,
  w_at: u32,
  b_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

override RESIDUAL: u32 = 0u;
override HAS_AFFINE: bool = true;
override HAS_BIAS: bool = true;
override IN_PLACE: bool = false;
override KEEP: u32 = 8u;  // elements of a row that a thread holds in registers
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

fn put_normed(row: u32, d: u32, v: f32) {
  var w = 1.0;
  var b = 0.0;
  if (HAS_AFFINE) {
    w = vectors[p.w_at + d];
  }
  if (HAS_BIAS) {
    b = vectors[p.b_at + d];
  }
  y[row + d] = norm_result(row + d, v * w + b);
}

// The variance is the mean of squared distances, in a pass of its own: the difference of two large
// squares would have no digits left where the mean is large. What KEEP does not hold is read anew.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept: elements;
  for (var i = 0u; i < KEEP; i++) {
    kept[i] = norm_input(row + min(i * WG + t.index, p.dim - 1u));
  }
  // Distances from the first element first, since a sum of large equal numbers loses digits too.
  let first = norm_input(row);
  var sum = 0.0;
  for (var i = 0u; i < KEEP; i++) {
    sum += select(0.0, kept[i] - first, i * WG + t.index < p.dim);
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    sum += norm_input(row + d) - first;
  }
  let shift = wg_sum(g, t, sum) / f32(p.dim);
  var squares = 0.0;
  for (var i = 0u; i < KEEP; i++) {
    kept[i] = (kept[i] - first) - shift;
    squares += select(0.0, kept[i] * kept[i], i * WG + t.index < p.dim);
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    let v = (norm_input(row + d) - first) - shift;
    squares += v * v;
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  if (IN_PLACE) {
    storageBarrier();  // all have read the first element
  }
  for (var i = 0u; i < KEEP; i++) {
    let d = i * WG + t.index;
    if (d < p.dim) {
      put_normed(row, d, kept[i] * scale);
    }
  }
  for (var d = KEEP * WG + t.index; d < p.dim; d += WG) {
    put_normed(row, d, ((norm_input(row + d) - first) - shift) * scale);
  }
}
