//! fragment: team_sums
//! use: lanes
// VALUES sums at a time over teams of LANES threads, in one tree whose distances go up from 1, so
// that a result does not depend on the device. The main declares the overrides LANES, VALUES and
// PARTIALS, and the alias acc (VALUES floats). Called in uniform flow.
var<workgroup> partials: array<f32, PARTIALS>;

// What the threads of a team hold in `sums`, made ready for sum_of.
fn join_sums(g: Grp, t: Thr, sums: ptr<function, acc>) {
  if (LANES == 1u) {
    return;
  }
  let lane = lane_of(g, t, LANES);
  for (var i = 0u; i < VALUES; i++) {
    partials[t.index] = (*sums)[i];
    workgroupBarrier();
    for (var d = 1u; d < LANES; d <<= 1u) {
      if ((lane & (2u * d - 1u)) == 0u) {
        partials[t.index] += partials[(t.index + d) & (WG - 1u)];
      }
      workgroupBarrier();
    }
    (*sums)[i] = partials[t.index - lane];
    workgroupBarrier();
  }
}

// Sum `first + l` in lane l of a team; anything past the last one.
fn sum_of(g: Grp, t: Thr, sums: ptr<function, acc>, first: u32) -> f32 {
  let wanted = first + lane_of(g, t, LANES);
  var sum = 0.0;
  for (var i = 0u; i < VALUES; i++) {
    sum = select(sum, (*sums)[i], i == wanted);
  }
  return sum;
}
