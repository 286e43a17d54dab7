//! op: last_rows
//! formula: y[s, :] = x[rows - outputs + s, :]
//! bind: x f32[rows,dim] r; y f32[outputs,dim] rw
//! grid: linear(ceil(outputs * dim, WG * 4))
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: exact
//! variant: last_rows { }
struct Params {
  rows: u32,
  outputs: u32,
  dim: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override WG: u32 = 128u;

// Words, not floats, so that nothing but a copy can happen. Neighbouring threads take neighbouring
// words, whatever the alignment of the first row.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let first = (p.rows - p.outputs) * p.dim;
  let size = p.outputs * p.dim;
  for (var i = 0u; i < 4u; i++) {
    let at = (linear(g) * 4u + i) * WG + t.index;
    if (at < size) {
      y[at] = x[first + at];
    }
  }
}
