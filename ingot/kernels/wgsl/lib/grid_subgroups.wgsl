//! fragment: grid
// The fragment `grid` where USE_SUBGROUPS is true. The size of the subgroups is the same for all
// threads, so a barrier may stand behind a test of it.
struct Grp {
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) n: vec3<u32>,
  @builtin(subgroup_size) lanes: u32,
}
struct Thr {
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
}

// The number of the workgroup on a grid `linear(n)`, which folds x and y into one axis: an axis
// ends at 65,535. May be n or more: every kernel leaves then.
fn folded(g: Grp) -> u32 {
  return g.id.x + g.id.y * g.n.x;
}

// The same where z is not used. A surplus workgroup on z would do the work of another one again, so
// it gets a number that is past any end, also after a product with the workgroup's size.
fn linear(g: Grp) -> u32 {
  return select(folded(g), 0xffffffffu, g.id.z != 0u);
}
