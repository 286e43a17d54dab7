//! op: softmax
//! formula: y[r, :] = e / sum(e), e = exp((x[r, :] - max(x[r, :])) * inv_temp), values at or below NEG weigh 0; NORMALISE: e = x[r, :], the sum at least 2^-14; IN_PLACE: x stands in y
//! bind: x f32[outer,inner] r if IN_PLACE == false; y f32[outer,inner] rw
//! grid: linear(outer)
//! range: NORMALISE = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: SMALL_SIZE = {false, true} tune
//! range: ONLINE = {false, true} tune, where NORMALISE == false or ONLINE == false
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: SMALL_SIZE == false or inner <= WG
//! tolerance: exp
//! variant: softmax { NORMALISE = false, IN_PLACE = false }
//! variant: softmax_inplace { NORMALISE = false, IN_PLACE = true }
//! variant: normalise { NORMALISE = true }
//! variant: softmax_small { SMALL_SIZE = true }
//! variant: softmax_online { ONLINE = true }
//! variant: softmax_subgroup { USE_SUBGROUPS = true }
struct Params {
  outer: u32,
  inner: u32,
  inv_temp: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override NORMALISE: bool = false;
override IN_PLACE: bool = false;
override SMALL_SIZE: bool = false;  // a row fits the workgroup: its element stays in a register
override ONLINE: bool = false;      // maximum and sum in one reading of the row
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken

fn value(i: u32) -> f32 {
  return select(x[i], y[i], IN_PLACE);
}

// A masked value weighs exactly 0, also in a row that has no other.
fn weight(v: f32, largest: f32) -> f32 {
  return select(select(exp((v - largest) * p.inv_temp), v, NORMALISE), 0.0, v <= NEG);
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
      kept = value(row + t.index);
    }
    if (!NORMALISE) {
      largest = wg_max(g, t, kept);
    }
    sum = weight(kept, largest);
  } else if (ONLINE) {
    for (var i = t.index; i < p.inner; i += WG) {
      let v = value(row + i);
      let higher = max(largest, v);
      sum = sum * weight(largest, higher) + weight(v, higher);
      largest = higher;
    }
    let own = largest;
    largest = wg_max(g, t, own);
    sum *= weight(own, largest);
  } else {
    if (!NORMALISE) {
      for (var i = t.index; i < p.inner; i += WG) {
        largest = max(largest, value(row + i));
      }
      largest = wg_max(g, t, largest);
    }
    for (var i = t.index; i < p.inner; i += WG) {
      sum += weight(value(row + i), largest);
    }
  }
  var total = wg_sum(g, t, sum);
  if (NORMALISE) {
    total = max(total, 6.103515625e-5);
  }
  // A row of masked values has the sum 0 and becomes zeros.
  let factor = select(1.0 / total, 0.0, total == 0.0);
  if (SMALL_SIZE) {
    if (t.index < p.inner) {
      y[row + t.index] = weight(kept, largest) * factor;
    }
  } else {
    for (var i = t.index; i < p.inner; i += WG) {
      y[row + i] = weight(value(row + i), largest) * factor;
    }
  }
}
