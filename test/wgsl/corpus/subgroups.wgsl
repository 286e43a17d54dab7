enable subgroups;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
override WG = 128u;
var<workgroup> partial: array<f32, WG / 4u>;

@compute @workgroup_size(WG, 1, 1,)
fn main(
  @builtin(local_invocation_index) t: u32,
  @builtin(workgroup_id) g: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) size: u32,
) {
  var v = x[g.x * WG + t];
  for (var d = size >> 1u; d > 0u; d >>= 1u) { v += subgroupShuffleXor(v, d); }
  if (lane == 0u) { partial[t / size] = v; }
  workgroupBarrier();
  if (t < WG / size) {
    var total = partial[t];
    total = subgroupAdd(total);
    if (subgroupElect()) { y[g.x] = total; }
  }
}
