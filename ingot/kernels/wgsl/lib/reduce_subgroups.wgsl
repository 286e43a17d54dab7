//! fragment: reduce
//! use: lanes
// The fragment `reduce` where USE_SUBGROUPS is true: distances of a subgroup and more in memory,
// the rest by shuffles over the same pairs, so that both texts give the same sum. Any subgroup size
// is right, as long as subgroups are full.
var<workgroup> red: array<f32, WG>;

const NEG: f32 = -3.40282346638528859e38;

fn lanes_sum(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  var sum = v;
  if (lanes > g.lanes) {
    let number = number_of(g, t);
    let lane = lane_of(g, t, lanes);
    red[number] = v;
    workgroupBarrier();
    for (var d = lanes >> 1u; d >= g.lanes; d >>= 1u) {
      if (lane < d) {
        red[number] += red[(number + d) & (WG - 1u)];
      }
      workgroupBarrier();
    }
    sum = red[number - lane + t.lane];
    workgroupBarrier();
  }
  for (var d = min(lanes, g.lanes) >> 1u; d > 0u; d >>= 1u) {
    sum += subgroupShuffleXor(sum, d);
  }
  return sum;
}

fn lanes_max(g: Grp, t: Thr, lanes: u32, v: f32) -> f32 {
  var largest = v;
  if (lanes > g.lanes) {
    let number = number_of(g, t);
    let lane = lane_of(g, t, lanes);
    red[number] = v;
    workgroupBarrier();
    for (var d = lanes >> 1u; d >= g.lanes; d >>= 1u) {
      if (lane < d) {
        red[number] = max(red[number], red[(number + d) & (WG - 1u)]);
      }
      workgroupBarrier();
    }
    largest = red[number - lane + t.lane];
    workgroupBarrier();
  }
  for (var d = min(lanes, g.lanes) >> 1u; d > 0u; d >>= 1u) {
    largest = max(largest, subgroupShuffleXor(largest, d));
  }
  return largest;
}

fn wg_sum(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_sum(g, t, WG, v);
}
fn wg_max(g: Grp, t: Thr, v: f32) -> f32 {
  return lanes_max(g, t, WG, v);
}
