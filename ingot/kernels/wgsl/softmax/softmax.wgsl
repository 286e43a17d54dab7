//! op: softmax
//! formula: y[r, :] = exp(x[r, :] - max(x[r, :])) / sum(exp(x[r, :] - max(x[r, :]))); values at or below NEG weigh 0
//! bind: x f32[outer,inner] r; y f32[outer,inner] rw
//! grid: linear(outer)
//! range: SMALL_SIZE = {false, true} tune
//! range: ONLINE = {false, true} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: SMALL_SIZE == false or inner <= WG
//! tolerance: exp
//! variant: softmax { }
//! variant: softmax_small { SMALL_SIZE = true }
//! variant: softmax_online { ONLINE = true }
//! variant: softmax_subgroup { USE_SUBGROUPS = true }
struct Params {
  outer: u32,
  inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override SMALL_SIZE: bool = false;  // a row fits the workgroup: its element stays in a register
override ONLINE: bool = false;      // maximum and sum in one reading of the row
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

// A masked value weighs exactly 0, also in a row that has no other.
fn weight(v: f32, largest: f32) -> f32 {
  return select(exp(v - largest), 0.0, v <= NEG);
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.outer) {
    return;
  }
  let row = r * p.inner;
  var largest = NEG;
  var sum = 0.0;
  var kept = NEG;
  if (SMALL_SIZE) {
    if (t.index < p.inner) {
      kept = x[row + t.index];
    }
    largest = wg_max(g, t, kept);
    sum = weight(kept, largest);
  } else if (ONLINE) {
    for (var i = t.index; i < p.inner; i += WG) {
      let v = x[row + i];
      let higher = max(largest, v);
      sum = sum * weight(largest, higher) + weight(v, higher);
      largest = higher;
    }
    let own = largest;
    largest = wg_max(g, t, own);
    sum *= weight(own, largest);
  } else {
    for (var i = t.index; i < p.inner; i += WG) {
      largest = max(largest, x[row + i]);
    }
    largest = wg_max(g, t, largest);
    for (var i = t.index; i < p.inner; i += WG) {
      sum += weight(x[row + i], largest);
    }
  }
  let total = wg_sum(g, t, sum);
  // A row of masked values has the sum 0 and becomes zeros.
  let factor = select(1.0 / total, 0.0, total == 0.0);
  if (SMALL_SIZE) {
    if (t.index < p.inner) {
      y[row + t.index] = weight(kept, largest) * factor;
    }
  } else {
    for (var i = t.index; i < p.inner; i += WG) {
      y[row + i] = weight(x[row + i], largest) * factor;
    }
  }
}
