//! op: log_softmax
//! key: softmax
//! formula: y[r, :] = e - log(sum(exp(e))), e = (x[r, :] - max(x[r, :])) * inv_temp; values at or below NEG stay; IN_PLACE: x stands in y
//! bind: x f32[outer,inner] r if IN_PLACE == false; y f32[outer,inner] rw
//! grid: linear(outer)
//! range: IN_PLACE = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: exp
//! variant: log_softmax { IN_PLACE = false }
//! variant: log_softmax_inplace { IN_PLACE = true }
//! variant: log_softmax_subgroup { USE_SUBGROUPS = true }
struct Params {
  outer: u32,
  inner: u32,
  inv_temp: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override IN_PLACE: bool = false;
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

fn value(i: u32) -> f32 {
  return select(x[i], y[i], IN_PLACE);
}

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
    largest = max(largest, value(row + i));
  }
  let top = wg_max(g, t, largest);
  var total = 0.0;
  for (var i = t.index; i < p.inner; i += WG) {
    let v = value(row + i);
    total += select(exp((v - top) * p.inv_temp), 0.0, v <= NEG);
  }
  let below = log(wg_sum(g, t, total));
  for (var i = t.index; i < p.inner; i += WG) {
    let v = value(row + i);
    y[row + i] = select((v - top) * p.inv_temp - below, v, v <= NEG);
  }
}
