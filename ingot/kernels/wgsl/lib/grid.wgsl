//! fragment: grid
// The built-in values of a dispatch. Two structs, since Tint takes a struct with one per-thread
// member as different in every thread, and refuses each barrier behind a test of it.
struct Grp {
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) n: vec3<u32>,
}
struct Thr {
  @builtin(local_invocation_index) index: u32,
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
