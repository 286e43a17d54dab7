struct Histogram { bins: array<atomic<u32>, 256>, overflow: atomic<i32> }
@group(0) @binding(0) var<storage, read> pixels: array<u32>;
@group(0) @binding(1) var<storage, read_write> histogram: Histogram;
var<workgroup> local: array<atomic<u32>, 256>;
var<workgroup> ready: u32;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  atomicStore(&local[t], 0u);
  workgroupBarrier();
  if (id.x < arrayLength(&pixels)) {
    let word = pixels[id.x];
    for (var shift = 0u; shift < 32u; shift += 8u) {
      atomicAdd(&local[(word >> shift) & 0xffu], 1u);
    }
  } else {
    _ = atomicMax(&histogram.overflow, i32(id.x));
  }
  workgroupBarrier();
  if (t == 0u) { ready = 1u; }
  let uniform_ready = workgroupUniformLoad(&ready);
  if (uniform_ready == 1u) { atomicAdd(&histogram.bins[t], atomicLoad(&local[t])); }
  var swapped = atomicCompareExchangeWeak(&histogram.bins[0], 1u, 2u);
  while !swapped.exchanged && swapped.old_value == 1u {
    swapped = atomicCompareExchangeWeak(&histogram.bins[0], 1u, 2u);
  }
  storageBarrier();
}
