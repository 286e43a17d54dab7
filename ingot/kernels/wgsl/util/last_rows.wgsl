//! op: last_rows
//! formula: y[s, :] = x[rows - outputs + s, :]
//! bind: x act[rows,dim] r; y act[outputs,dim] rw
//! grid: linear(ceil(outputs * dim, WG * 4))
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: exact
//! variant: last_rows { F16_IO = false }
//! variant: last_rows_f16 { F16_IO = true }
struct Params {
  rows: u32,
  outputs: u32,
  dim: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

override F16_IO: bool = false;  // x and y are pairs of f16
override WG: u32 = 128u;

// Words, not floats, so that nothing but a copy can happen. Neighbouring threads take neighbouring
// words, whatever the alignment of the first row.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let width = p.dim >> select(0u, 1u, F16_IO);
  let first = (p.rows - p.outputs) * width;
  let size = p.outputs * width;
  for (var i = 0u; i < 4u; i++) {
    let at = (linear(g) * 4u + i) * WG + t.index;
    if (at < size) {
      y[at] = x[first + at];
    }
  }
}
