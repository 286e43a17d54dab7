const WG = 256u;
const_assert WG > 0u && (WG & (WG - 1u)) == 0u;
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<atomic<u32>, 64>;
var<workgroup> even: array<u32, 2 * WG>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) t: u32, @builtin(workgroup_id) g: vec3<u32>) {
  let base = 2u * WG * g.x;
  even[2u * t] = data[base + 2u * t];
  even[2u * t + 1u] = data[base + 2u * t + 1u];
  var offset = 1u;
  for (var d = WG; d > 0u; d >>= 1u) {
    workgroupBarrier();
    if t < d {
      let i = offset * (2u * t + 1u) - 1u;
      even[i + offset] += even[i];
    }
    offset <<= 1u;
  }
  if (t == 0u) {
    atomicStore(&sums[g.x & 63u], even[2u * WG - 1u]);
    even[2u * WG - 1u] = 0u;
  }
  for (var d = 1u; d <= WG; d = d << 1u) {
    offset >>= 1u;
    workgroupBarrier();
    if (t < d) {
      let i = offset * (2u * t + 1u) - 1u;
      let kept = even[i];
      even[i] = even[i + offset];
      even[i + offset] = even[i + offset] + kept;
    }
  }
  workgroupBarrier();
  data[base + 2u * t] = even[2u * t];
  data[base + 2u * t + 1u] = even[2u * t + 1u];
}
