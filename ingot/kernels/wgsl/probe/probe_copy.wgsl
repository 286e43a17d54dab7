//! op: probe_copy
//! formula: y = x
//! bind: x f32[size] r; y f32[size] rw
//! grid: linear(ceil(size, WG * 4 * QUADS))
//! range: QUADS = {1, 2, 4} tune
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! require: size % (WG * 4 * QUADS) == 0
//! tolerance: exact
//! variant: probe_copy { }
struct Params {
  size: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<u32>>;

override QUADS: u32 = 1u;  // of a thread
override WG: u32 = 256u;

// How fast memory is: no model asks for this op. Nothing but loads and stores of 16 bytes.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let first = linear(g) * WG * QUADS + t.index;
  for (var i = 0u; i < QUADS; i++) {
    let quad = first + i * WG;
    if (quad * 4u < p.size) {
      y[quad] = x[quad];
    }
  }
}
