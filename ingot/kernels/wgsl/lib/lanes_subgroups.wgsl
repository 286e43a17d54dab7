//! fragment: lanes
//! use: grid
// The fragment `lanes` where USE_SUBGROUPS is true. Threads are numbered by subgroup and lane:
// nothing promises that these follow the local index. Subgroups are full.
fn number_of(g: Grp, t: Thr) -> u32 {
  return t.subgroup * g.lanes + t.lane;
}
fn lane_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return number_of(g, t) & (lanes - 1u);
}
fn team_of(g: Grp, t: Thr, lanes: u32) -> u32 {
  return number_of(g, t) / lanes;
}
