//! op: attention_merge
//! formula: y = sum over i of e^(m_i - M) * acc_i / (sum over i of e^(m_i - M) * l_i + e^(sink - M) with HAS_SINKS), M = the largest of them
//! bind: part f32[rows,heads,SPLITS,head_dim+4] r; y f32[rows,heads,head_dim] rw; vectors f32 r if HAS_SINKS
//! grid: linear(rows * heads)
//! phase: decode
//! range: HEAD_DIM = 4..1024 step 4 bound
//! range: SPLITS = 1..256 bound
//! range: HAS_SINKS = {false, true} flag
//! range: WG = {64, 128, 256} tune
//! use: grid
//! shared: 8 * WG + 16 * max(WG, HEAD_DIM / 4)
//! require: invocations >= WG
//! tolerance: attn
//! variant: merge { }
struct Params {
  rows: u32,
  heads: u32,
  sinks_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> part: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;

override HEAD_DIM: u32 = 64u;
override SPLITS: u32 = 32u;
override HAS_SINKS: bool = false;  // a head has one score more, without a value
override WG: u32 = 256u;
override QUADS: u32 = HEAD_DIM / 4u;
override COLUMNS: u32 = min(QUADS, WG);  // threads that own quads of the output: WG apart from there
override CLASSES: u32 = WG / COLUMNS;    // threads that share such a column
override SUMS: u32 = max(WG, QUADS);

const NEG: f32 = -3.40282346638528859e38;

var<workgroup> peaks: array<f32, WG>;  // by class and column
var<workgroup> totals: array<f32, WG>;
var<workgroup> sums: array<vec4<f32>, SUMS>;

// A split without keys has the largest score NEG and weighs 0, also where all others have none.
fn weight(m: f32, largest: f32) -> f32 {
  return select(exp(m - largest), 0.0, m == NEG);
}

// Each thread goes over every CLASSES-th split and loads states and sums together, since it is
// their latency that a merge takes; the classes are added in their order, which fixes the result.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g);
  if (item >= p.rows * p.heads) {
    return;
  }
  let column = t.index % COLUMNS;
  let class_of_splits = t.index / COLUMNS;
  for (var d = column; d < QUADS; d += COLUMNS) {
    var largest = NEG;
    var total = 0.0;
    var sum = vec4<f32>(0.0);
    if (class_of_splits < CLASSES) {
      for (var i = class_of_splits; i < SPLITS; i += CLASSES) {
        let at = (item * SPLITS + i) * (QUADS + 1u);
        let head = part[at];
        let acc = part[at + 1u + d];
        let higher = max(largest, head.x);
        let before = weight(largest, higher);
        let now = weight(head.x, higher);
        total = total * before + head.y * now;
        sum = sum * before + acc * now;
        largest = higher;
      }
    }
    if (d == column) {  // the same in every round
      peaks[t.index] = largest;
      totals[t.index] = total;
    }
    sums[select(t.index, d, CLASSES == 1u)] = sum;
  }
  workgroupBarrier();
  if (class_of_splits != 0u) {
    return;
  }
  var largest = NEG;
  for (var i = 0u; i < CLASSES; i++) {
    largest = max(largest, peaks[i * COLUMNS + column]);
  }
  var total = 0.0;
  if (HAS_SINKS) {
    let sink = vectors[p.sinks_at + item % p.heads];
    largest = max(largest, sink);
    total = weight(sink, largest);
  }
  for (var i = 0u; i < CLASSES; i++) {
    total += totals[i * COLUMNS + column] * weight(peaks[i * COLUMNS + column], largest);
  }
  let whole = select(1.0 / total, 0.0, total == 0.0);
  for (var d = column; d < QUADS; d += COLUMNS) {
    var sum = vec4<f32>(0.0);
    for (var i = 0u; i < CLASSES; i++) {
      sum += sums[i * COLUMNS + d] * weight(peaks[i * COLUMNS + column], largest);
    }
    y[item * QUADS + d] = sum * whole;
  }
}
