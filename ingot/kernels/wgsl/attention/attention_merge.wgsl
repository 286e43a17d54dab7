//! op: attention_merge
//! formula: y = sum over i of e^(m_i - M) * acc_i / sum over i of e^(m_i - M) * l_i, M = the largest m_i
//! bind: part f32[rows,heads,splits,head_dim+2] r; y f32[rows,heads,head_dim] rw
//! grid: linear(rows * heads)
//! phase: decode
//! range: HEAD_DIM = 1..1024 bound
//! range: WG = {64, 128, 256} tune
//! use: grid
//! require: invocations >= WG
//! tolerance: attn
//! variant: merge { }
struct Params {
  rows: u32,
  heads: u32,
  splits: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> part: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override HEAD_DIM: u32 = 64u;
override WG: u32 = 64u;

const NEG: f32 = -3.40282346638528859e38;

// A split without keys has the largest score NEG and weighs 0, also where all others have none.
fn weight(m: f32, largest: f32) -> f32 {
  return select(exp(m - largest), 0.0, m == NEG);
}

// Splits are few: every thread goes over them in their order, which also fixes the sum.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g);
  if (item >= p.rows * p.heads) {
    return;
  }
  let width = HEAD_DIM + 2u;
  let first = item * p.splits * width;
  var largest = NEG;
  for (var i = 0u; i < p.splits; i++) {
    largest = max(largest, part[first + i * width]);
  }
  var total = 0.0;
  for (var i = 0u; i < p.splits; i++) {
    total += weight(part[first + i * width], largest) * part[first + i * width + 1u];
  }
  let whole = select(1.0 / total, 0.0, total == 0.0);
  for (var d = t.index; d < HEAD_DIM; d += WG) {
    var sum = 0.0;
    for (var i = 0u; i < p.splits; i++) {
      sum += weight(part[first + i * width], largest) * part[first + i * width + 2u + d];
    }
    y[item * HEAD_DIM + d] = sum * whole;
  }
}
