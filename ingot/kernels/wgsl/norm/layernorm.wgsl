//! op: layer_norm
//! key: norm
//! formula: y[r, :] = (h - mean(h)) / sqrt(var(h) + eps) * w + b, h = x[r, :]; RESIDUAL 1: h = x + residual, 2: y + residual; without HAS_AFFINE w = 1 and b = 0; IN_PLACE: x stands in y
//! bind: x act[rows,dim] r if IN_PLACE == false; vectors f32 r if HAS_AFFINE; residual act[rows,dim] r if RESIDUAL > 0; y act[rows,dim] rw
//! grid: linear(rows)
//! range: RESIDUAL = {0, 1, 2} flag
//! range: HAS_AFFINE = {false, true} flag
//! range: HAS_BIAS = {false, true} flag, where HAS_BIAS == false or HAS_AFFINE == true
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: KEEP = {1, 2, 4, 8, 16} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: elements = array<f32, KEPT>
//! use: grid norm_io reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: norm
//! variant: layernorm { RESIDUAL = 0, HAS_AFFINE = true, IN_PLACE = false }
//! variant: layernorm_small { KEEP = 1, WG = 64 }
//! variant: layernorm_cached { KEEP = 16 }
//! variant: layernorm_f16 { F16_IO = true }
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
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

override RESIDUAL: u32 = 0u;
override HAS_AFFINE: bool = true;
override HAS_BIAS: bool = true;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // x, residual and y are pairs of f16
override KEEP: u32 = 8u;  // words of a row that a thread holds in registers
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override STEP: u32 = select(1u, 2u, F16_IO);
override KEPT: u32 = KEEP * STEP;  // elements

fn finished(row: u32, d: u32, v: f32) -> f32 {
  var w = 1.0;
  var b = 0.0;
  if (HAS_AFFINE) {
    w = vectors[p.w_at + d];
  }
  if (HAS_BIAS) {
    b = vectors[p.b_at + d];
  }
  return norm_result(row + d, v * w + b);
}

fn put_normed(row: u32, d: u32, v: vec2<f32>) {
  let last = d + STEP - 1u;
  y[word_at(row + d)] = word_of(vec2<f32>(finished(row, d, v.x), finished(row, last, v.y)));
}

// The variance is the mean of squared distances, in a pass of its own: the difference of two large
// squares would have no digits left where the mean is large. What KEPT does not hold is read anew.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var kept: elements;
  for (var i = 0u; i < KEPT; i++) {
    kept[i] = norm_input(row + min(column_of(t, i), p.dim - 1u));
  }
  // Distances from the first element first, since a sum of large equal numbers loses digits too.
  let first = norm_input(row);
  var sum = 0.0;
  for (var i = 0u; i < KEPT; i++) {
    sum += select(0.0, kept[i] - first, column_of(t, i) < p.dim);
  }
  for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
    for (var j = 0u; j < STEP; j++) {
      sum += norm_input(row + d + j) - first;
    }
  }
  let shift = wg_sum(g, t, sum) / f32(p.dim);
  var squares = 0.0;
  for (var i = 0u; i < KEPT; i++) {
    kept[i] = (kept[i] - first) - shift;
    squares += select(0.0, kept[i] * kept[i], column_of(t, i) < p.dim);
  }
  for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
    for (var j = 0u; j < STEP; j++) {
      let v = (norm_input(row + d + j) - first) - shift;
      squares += v * v;
    }
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  if (IN_PLACE) {
    storageBarrier();  // all have read the first element
  }
  for (var i = 0u; i < KEPT; i += STEP) {
    let d = column_of(t, i);
    if (d < p.dim) {
      put_normed(row, d, vec2<f32>(kept[i], kept[i + STEP - 1u]) * scale);
    }
  }
  for (var d = KEPT * WG + t.index * STEP; d < p.dim; d += WG * STEP) {
    let v = vec2<f32>(norm_input(row + d), norm_input(row + d + STEP - 1u));
    put_normed(row, d, ((v - first) - shift) * scale);
  }
}
