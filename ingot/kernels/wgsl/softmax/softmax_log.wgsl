//! op: log_softmax
//! key: softmax
//! formula: y[r, :] = x[r, :] - max(x[r, :]) - log(sum(exp(x[r, :] - max(x[r, :]))))
//! bind: x f32[outer,inner] r; y f32[outer,inner] rw
//! grid: linear(outer)
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: exp
//! variant: log_softmax { }
struct Params {
  outer: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

// Values at or below NEG stay as they are: what is masked has no logarithm.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.outer) {
    return;
  }
  let row = r * p.inner;
  var largest = NEG;
  for (var i = t.index; i < p.inner; i += WG) {
    largest = max(largest, x[row + i]);
  }
  let top = wg_max(g, t, largest);
  var total = 0.0;
  for (var i = t.index; i < p.inner; i += WG) {
    let v = x[row + i];
    total += select(exp(v - top), 0.0, v <= NEG);
  }
  let below = log(wg_sum(g, t, total));
  for (var i = t.index; i < p.inner; i += WG) {
    let v = x[row + i];
    y[row + i] = select(v - top - below, v, v <= NEG);
  }
}
