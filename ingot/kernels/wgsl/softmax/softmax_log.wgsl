//! op: log_softmax
//! key: softmax
//! formula: y[r, :] = e - log(sum(exp(e))), e = (x[r, :] - max(x[r, :])) * inv_temp; values at or below NEG stay; IN_PLACE: x stands in y
//! bind: x act[outer,inner] r if IN_PLACE == false; y act[outer,inner] rw
//! grid: linear(outer)
//! range: IN_PLACE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! use: grid reduce row_io
//! shared: 4 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: F16_IO == false or inner % 2 == 0
//! tolerance: exp
//! variant: log_softmax { IN_PLACE = false }
//! variant: log_softmax_f16 { F16_IO = true }
//! variant: log_softmax_inplace { IN_PLACE = true }
//! variant: log_softmax_subgroup { USE_SUBGROUPS = true }
struct Params {
  outer: u32,
  inner: u32,
  inv_temp: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override IN_PLACE: bool = false;
override F16_IO: bool = false;  // x and y are pairs of f16
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override STEP: u32 = select(1u, 2u, F16_IO);

fn value(i: u32) -> f32 {
  let at = word_at(i);
  return element_of(select(x[at], y[at], IN_PLACE), i);
}

// Values at or below NEG stay as they are: what is masked has no logarithm.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let r = linear(g);
  if (r >= p.outer) {
    return;
  }
  let row = r * p.inner;
  let own = t.index * STEP;
  var largest = NEG;
  for (var i = own; i < p.inner; i += WG * STEP) {
    for (var j = 0u; j < STEP; j++) {
      largest = max(largest, value(row + i + j));
    }
  }
  let top = wg_max(g, t, largest);
  var total = 0.0;
  for (var i = own; i < p.inner; i += WG * STEP) {
    for (var j = 0u; j < STEP; j++) {
      let v = value(row + i + j);
      total += select(exp((v - top) * p.inv_temp), 0.0, v <= NEG);
    }
  }
  let below = log(wg_sum(g, t, total));
  for (var i = own; i < p.inner; i += WG * STEP) {
    let v = vec2<f32>(value(row + i), value(row + i + STEP - 1u));
    let lower = (v - top) * p.inv_temp - below;
    y[word_at(row + i)] = word_of(select(lower, v, v <= vec2<f32>(NEG)));
  }
}
