//! op: layer_norm
//! key: norm
//! formula: y[r, :] = (x[r, :] - mean(x[r, :])) / sqrt(var(x[r, :]) + eps) * w + b
//! bind: x f32[rows,dim] r; vectors f32 r; y f32[rows,dim] rw
//! grid: linear(rows)
//! range: HAS_BIAS = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: norm
//! variant: layernorm { }
//! variant: layernorm_subgroup { USE_SUBGROUPS = true }
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
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override HAS_BIAS: bool = true;
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

// The variance is the mean of squared distances, in a pass of its own: the difference of two large
// squares would have no digits left where the mean is large.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.rows) {
    return;
  }
  let row = r * p.dim;
  var sum = 0.0;
  // Distances from the first element first, since a sum of large equal numbers loses digits too.
  let first = x[row];
  for (var i = t.index; i < p.dim; i += WG) {
    sum += x[row + i] - first;
  }
  let shift = wg_sum(g, t, sum) / f32(p.dim);
  var squares = 0.0;
  for (var i = t.index; i < p.dim; i += WG) {
    let d = (x[row + i] - first) - shift;
    squares += d * d;
  }
  let scale = inverseSqrt(wg_sum(g, t, squares) / f32(p.dim) + p.eps);
  for (var i = t.index; i < p.dim; i += WG) {
    var v = ((x[row + i] - first) - shift) * scale * vectors[p.w_at + i];
    if (HAS_BIAS) {
      v += vectors[p.b_at + i];
    }
    y[row + i] = v;
  }
}
