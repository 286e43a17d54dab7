alias items = array<f32, 3>;
const two: f32 = 2.0;
@group(0) @binding(3) var<storage, read_write> log: array<u32>;
var<workgroup> tile: array<f32, WG>;

fn twice(v: f32) -> f32 {
  log[0] = 1u;
  return two * v;
}

struct Params {
  size: u32,
  factor: f32,
}

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(0) var<uniform> p: Params;
override WG: u32 = 64u;
override ITEMS: u32 = 2u;
override CLEAR: bool = false;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) t: u32) {
  var v: items;
  v[0] = twice(x[t] * p.factor);
  tile[t] = v[0];
  y[t] = tile[t];
}
