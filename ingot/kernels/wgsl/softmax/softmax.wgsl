//! op: softmax
//! formula: y[r, :] = e / sum(e), e = exp((x[r, :] - max(x[r, :])) * inv_temp), values at or below NEG weigh 0; NORMALISE: e = x[r, :], the sum at least 2^-14; IN_PLACE: x stands in y
//! bind: x act[outer,inner] r if IN_PLACE == false; y act[outer,inner] rw
//! grid: linear(outer)
//! range: NORMALISE = {false, true} flag
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: SMALL_SIZE = {false, true} tune
//! range: ONLINE = {false, true} tune, where NORMALISE == false or ONLINE == false
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce row_io
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: SMALL_SIZE == false or inner <= WG
//! require: F16_IO == false or inner % 2 == 0
//! tolerance: exp
//! variant: softmax { NORMALISE = false, IN_PLACE = false }
//! variant: softmax_inplace { NORMALISE = false, IN_PLACE = true }
//! variant: normalise { NORMALISE = true }
//! variant: softmax_small { SMALL_SIZE = true }
//! variant: softmax_online { ONLINE = true }
//! variant: softmax_f16 { F16_IO = true }
//! variant: softmax_subgroup { USE_SUBGROUPS = true }
struct Params {
  outer: u32,
  inner: u32,
  inv_temp: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override NORMALISE: bool = false;
override IN_PLACE: bool = false;
override F16_IO: bool = false;  // x and y are pairs of f16
override SMALL_SIZE: bool = false;  // a row fits the workgroup: it stays in registers
override ONLINE: bool = false;      // maximum and sum in one reading of the row
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override STEP: u32 = select(1u, 2u, F16_IO);

// The elements of a step from i on; without F16_IO the second is masked.
fn values(i: u32) -> vec2<f32> {
  let at = word_at(i);
  let word = select(x[at], y[at], IN_PLACE);
  return vec2<f32>(element_of(word, i), select(NEG, element_of(word, i + 1u), F16_IO));
}

// A masked value weighs exactly 0, also in a row that has no other.
fn weight(v: f32, largest: f32) -> f32 {
  return select(select(exp((v - largest) * p.inv_temp), v, NORMALISE), 0.0, v <= NEG);
}

fn weights(v: vec2<f32>, largest: f32) -> vec2<f32> {
  return vec2<f32>(weight(v.x, largest), weight(v.y, largest));
}

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.outer) {
    return;
  }
  let row = r * p.inner;
  let own = t.index * STEP;
  var largest = NEG;
  var sum = 0.0;
  var kept = vec2<f32>(NEG);
  if (SMALL_SIZE) {
    if (own < p.inner) {
      kept = values(row + own);
    }
    if (!NORMALISE) {
      largest = wg_max(g, t, max(kept.x, kept.y));
    }
    let w = weights(kept, largest);
    sum = w.x + w.y;
  } else if (ONLINE) {
    for (var i = own; i < p.inner; i += WG * STEP) {
      let v = values(row + i);
      let higher = max(largest, max(v.x, v.y));
      let w = weights(v, higher);
      sum = sum * weight(largest, higher) + w.x + w.y;
      largest = higher;
    }
    let higher = wg_max(g, t, largest);
    sum *= weight(largest, higher);
    largest = higher;
  } else {
    if (!NORMALISE) {
      for (var i = own; i < p.inner; i += WG * STEP) {
        let v = values(row + i);
        largest = max(largest, max(v.x, v.y));
      }
      largest = wg_max(g, t, largest);
    }
    for (var i = own; i < p.inner; i += WG * STEP) {
      let w = weights(values(row + i), largest);
      sum += w.x + w.y;
    }
  }
  var total = wg_sum(g, t, sum);
  if (NORMALISE) {
    total = max(total, 6.103515625e-5);
  }
  // A row of masked values has the sum 0 and becomes zeros.
  let factor = select(1.0 / total, 0.0, total == 0.0);
  if (SMALL_SIZE) {
    if (own < p.inner) {
      y[word_at(row + own)] = word_of(weights(kept, largest) * factor);
    }
  } else {
    for (var i = own; i < p.inner; i += WG * STEP) {
      y[word_at(row + i)] = word_of(weights(values(row + i), largest) * factor);
    }
  }
}
