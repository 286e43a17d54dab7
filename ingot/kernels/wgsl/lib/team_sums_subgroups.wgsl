//! fragment: team_sums
//! use: lanes
// The fragment `team_sums` where USE_SUBGROUPS is true: the same tree, by shuffles up to a
// subgroup; what the subgroups of a team found goes through workgroup memory, where up to eight are
// added in one step. Any subgroup size from 4 on is right.
var<workgroup> partials: array<f32, PARTIALS>;

fn join_sums(g: Grp, t: Thr, sums: ptr<function, acc>) {
  for (var d = 1u; d < min(LANES, g.lanes); d <<= 1u) {
    for (var i = 0u; i < VALUES; i++) {
      (*sums)[i] += subgroupShuffleXor((*sums)[i], d);
    }
  }
  if (LANES > g.lanes) {
    let subgroups = WG / g.lanes;
    if (t.lane == 0u) {
      for (var i = 0u; i < VALUES; i++) {
        partials[i * subgroups + t.subgroup] = (*sums)[i];
      }
    }
    workgroupBarrier();
    let number = number_of(g, t);
    for (var d = 1u; LANES / g.lanes > 8u * d; d <<= 1u) {
      if (number < subgroups && (number & (2u * d - 1u)) == 0u) {
        for (var i = 0u; i < VALUES; i++) {
          partials[i * subgroups + number] += partials[i * subgroups + number + d];
        }
      }
      workgroupBarrier();
    }
  }
}

// Entry i of the `count` partial sums of a team, of which eight at the most still count.
fn partial(at: u32, count: u32, i: u32) -> f32 {
  let v = partials[at + min(i * max(count >> 3u, 1u), count - 1u)];
  return select(0.0, v, i < count);
}

fn sum_of(g: Grp, t: Thr, sums: ptr<function, acc>, first: u32) -> f32 {
  let lane = lane_of(g, t, LANES);
  if (LANES > g.lanes) {
    let count = LANES / g.lanes;
    let at = min(first + lane, VALUES - 1u) * (WG / g.lanes) + team_of(g, t, LANES) * count;
    return ((partial(at, count, 0u) + partial(at, count, 1u)) +
            (partial(at, count, 2u) + partial(at, count, 3u))) +
           ((partial(at, count, 4u) + partial(at, count, 5u)) +
            (partial(at, count, 6u) + partial(at, count, 7u)));
  }
  let wanted = first + lane;
  var sum = 0.0;
  for (var i = 0u; i < VALUES; i++) {
    sum = select(sum, (*sums)[i], i == wanted);
  }
  return sum;
}
