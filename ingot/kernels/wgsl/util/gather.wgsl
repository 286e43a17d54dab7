//! op: embed
//! formula: y[r, :] = scale * table[ids[r] - row_base, :] if the table has that row; zeros where ids[r] >= vocab; FROM_STATE: ids[r] is the token of state record r
//! bind: ids u32[rows] r if FROM_STATE == false; table wt[row_count,dim] r; y act[rows,dim] rw; state u32 r if FROM_STATE
//! grid: linear(ceil(rows * ceil(dim, 32), WG))
//! range: W_FORMAT = 0..13 bound
//! range: FROM_STATE = {false, true} flag
//! range: F16_IO = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid half_pair weights
//! require: invocations >= WG
//! require: F16_IO == false or dim % 2 == 0
//! tolerance: elementwise(1)
//! variant: gather { FROM_STATE = false }
//! variant: gather_f16 { W_FORMAT = 1, FROM_STATE = false }
//! variant: gather_from_state { FROM_STATE = true }
//! variant: gather_f16io { F16_IO = true }
struct Params {
  rows: u32,
  dim: u32,
  vocab: u32,
  row_base: u32,
  row_count: u32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;

override W_FORMAT: u32 = 1u;
override FROM_STATE: bool = false;
override F16_IO: bool = false;  // y is pairs of f16
override WG: u32 = 64u;

fn weight1(i: u32) -> u32 { return table[i >> 2u][i & 3u]; }
fn weight4(i: u32) -> vec4<u32> { return table[i]; }
fn weight_depth() -> u32 { return p.dim; }

// A state record has 16 words; word 2 is the token that was chosen last.
fn id_of(r: u32) -> u32 {
  if (FROM_STATE) {
    return state[r * 16u + 2u];
  }
  return ids[r];
}

// Columns k to k + 3 of row r, as far as there are so many.
fn put_quad(r: u32, k: u32, v: vec4<f32>) {
  let at = r * p.dim + k;
  if (F16_IO) {
    if (k < p.dim) {
      y[at >> 1u] = half_pair(v.xy);
    }
    if (k + 2u < p.dim) {
      y[(at >> 1u) + 1u] = half_pair(v.zw);
    }
    return;
  }
  for (var j = 0u; j < 4u; j++) {
    if (k + j < p.dim) {
      y[at + j] = bitcast<u32>(v[j]);
    }
  }
}

// The table may be a slice of a larger one: rows of y with ids in another slice stay as they are.
// A thread decodes one chunk of a row, so that every block's scales are read once for 32 elements.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g) * WG + t.index;
  let chunks = (p.dim + 31u) / 32u;
  let r = item / chunks;
  let chunk = item - r * chunks;
  if (r >= p.rows) {
    return;
  }
  let id = id_of(r);
  let row = id - p.row_base;  // above row_count for one before the slice
  if (row >= p.row_count && id < p.vocab) {
    return;
  }
  var v: array<vec4<f32>, 8>;
  if (id < p.vocab) {
    v = w_load32(row, chunk);
  }
  for (var i = 0u; i < 8u; i++) {
    let k = w_k4(chunk, i) * 4u;
    put_quad(r, k, p.scale * v[i]);
  }
}
