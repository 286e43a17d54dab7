//! op: expert_order
//! key: moe
//! formula: y = where the pairs of each expert begin, experts + 1 numbers, then the pairs, those of one expert in their order
//! bind: routes u32[rows] r; y u32[experts+1+rows] rw
//! grid: experts
//! range: WG = {64, 128, 256} tune
//! use: grid scan
//! shared: 4 * WG
//! require: invocations >= WG
//! tolerance: exact
//! variant: expert_order { }
struct Params {
  rows: u32,  // pairs of a row and one of its experts
  experts: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> routes: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override WG: u32 = 256u;

// A workgroup for each expert counts the pairs of those before it, and then walks over all pairs, WG
// at a time. A pair whose route is no expert is left out.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let expert = linear(g);
  if (expert >= p.experts) {
    return;
  }
  var lower = 0u;
  for (var pair = t.index; pair < p.rows; pair += WG) {
    if (routes[pair] < expert) {
      lower += 1u;
    }
  }
  _ = wg_scan(t, lower);
  let first = wg_scan_total();
  var before = first;
  for (var base = 0u; base < p.rows; base += WG) {
    let pair = base + t.index;
    var is_mine = false;
    if (pair < p.rows) {
      is_mine = routes[pair] == expert;
    }
    let upto = wg_scan(t, select(0u, 1u, is_mine));
    if (is_mine) {
      y[p.experts + before + upto] = pair;
    }
    before += wg_scan_total();
  }
  if (t.index == 0u) {
    y[expert] = first;
    if (expert == p.experts - 1u) {
      y[p.experts] = before;
    }
  }
}
