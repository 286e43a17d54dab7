//! fragment: lanes
//! use: grid
// Teams of `lanes` threads, a power of two up to WG: which of them a thread is in, and its place.
fn lane_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return t.index & (lanes - 1u);
}
fn team_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return t.index / lanes;
}
