//! fragment: reduce
//! use: lanes
//! shared: 4 * WG
// Sums and maxima over teams of `lanes` threads, a power of two up to WG. One tree, distances from
// half the team down to 1, so that a result does not depend on the device. Every function is
// called in uniform flow; calls may follow each other. What else is in workgroup memory needs
// barriers of its own: the text for subgroups often has none.
var<workgroup> red: array<f32, WG>;

const NEG: f32 = -3.40282346638528859e38;

fn lanes_sum(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  let lane = lane_of(g, t, lanes);
  red[t.index] = v;
  workgroupBarrier();
  for (var d = lanes >> 1u; d > 0u; d >>= 1u) {
    if (lane < d) {
      red[t.index] += red[(t.index + d) & (WG - 1u)];
    }
    workgroupBarrier();
  }
  let sum = red[t.index - lane];
  workgroupBarrier();
  return sum;
}

fn lanes_max(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  let lane = lane_of(g, t, lanes);
  red[t.index] = v;
  workgroupBarrier();
  for (var d = lanes >> 1u; d > 0u; d >>= 1u) {
    if (lane < d) {
      red[t.index] = max(red[t.index], red[(t.index + d) & (WG - 1u)]);
    }
    workgroupBarrier();
  }
  let largest = red[t.index - lane];
  workgroupBarrier();
  return largest;
}

fn wg_sum(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_sum(g, t, WG, v);
}
fn wg_max(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_max(g, t, WG, v);
}
