//! op: probe_fma
//! formula: y = sum over eight chains of c(8 * steps), c(0) = x + chain, c(n + 1) = factor * c(n) + x
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4))
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! require: size % 4 == 0
//! tolerance: elementwise(8)
//! variant: probe_fma { }
struct Params {
  size: u32,
  steps: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

override WG: u32 = 256u;

struct Chains {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
}

fn advance(v: Chains, m: f32, x: vec4<f32>) -> Chains {
  return Chains(m * v.a + x, m * v.b + x, m * v.c + x, m * v.d + x);
}

fn advance8(v: Chains, m: f32, x: vec4<f32>) -> Chains {
  let half = advance(advance(advance(advance(v, m, x), m, x), m, x), m, x);
  return advance(advance(advance(advance(half, m, x), m, x), m, x), m, x);
}

fn total(v: Chains) -> vec4<f32> {
  return v.a + v.b + v.c + v.d;
}

// How fast arithmetic is: no model asks for this op. 32 independent chains a thread, 256
// multiply-adds a step, so that neither latency nor the loop shows.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let quad = linear(g) * WG + t.index;
  if (quad * 4u >= p.size) {
    return;
  }
  let v = x[quad];
  var low = Chains(v, v + 1.0, v + 2.0, v + 3.0);
  var high = Chains(v + 4.0, v + 5.0, v + 6.0, v + 7.0);
  for (var i = 0u; i < p.steps; i++) {
    low = advance8(low, p.factor, v);
    high = advance8(high, p.factor, v);
  }
  y[quad] = total(low) + total(high);
}
