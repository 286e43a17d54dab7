//! op: softmax
override WG: u32 = 256u;
const NEG: f32 = -3.4028235e38;
struct Params { inner: u32, inv_temp: f32 }
struct Pair { peak: f32, mass: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
var<workgroup> pairs: array<Pair, WG>;

fn merge(u: Pair, v: Pair) -> Pair {
  let peak = max(u.peak, v.peak);
  return Pair(peak, u.mass * exp(u.peak - peak) + v.mass * exp(v.peak - peak));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let row = g.x * p.inner;
  var own = Pair(NEG, 0.0);
  for (var i = t; i < p.inner; i += WG) { own = merge(own, Pair(x[row + i] * p.inv_temp, 1.0)); }
  pairs[t] = own;
  for (var d = WG / 2u; d > 0u; d /= 2u) {
    workgroupBarrier();
    if (t < d) { pairs[t] = merge(pairs[t], pairs[t + d]); }
  }
  workgroupBarrier();
  let all = pairs[0];
  for (var i = t; i < p.inner; i += WG) {
    y[row + i] = exp(x[row + i] * p.inv_temp - all.peak) / all.mass;
  }
}
