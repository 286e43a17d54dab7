//! fragment: best
//! use: grid order
//! shared: 8 * WG
var<workgroup> best: array<vec2<u32>, WG>;

// The candidate that beats those of all other threads. Called in uniform flow; ends with a barrier.
fn wg_best(t: Thr, own: vec2<u32>) -> vec2<u32> {
  best[t.index] = own;
  workgroupBarrier();
  for (var d = WG >> 1u; d > 0u; d >>= 1u) {
    if (t.index < d && beats(best[(t.index + d) & (WG - 1u)], best[t.index])) {
      best[t.index] = best[(t.index + d) & (WG - 1u)];
    }
    workgroupBarrier();
  }
  let winner = best[0];
  workgroupBarrier();
  return winner;
}
