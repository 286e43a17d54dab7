//! op: attention
//! formula: y[r, h, :] = sum over keys j of softmax(cap(scale * q[r, h, :] . k[j, :])) * v[j, :], j <= pos + r, j + window > pos + r
//! bind: q f32[rows,heads,head_dim] r; kv kv r; state r; y f32[rows,heads,head_dim] rw; vectors f32 r if HAS_SINKS
//! grid: linear(rows * heads)
//! range: HEAD_DIM = 1..1024 bound, where HEAD_DIM <= 16 * WG
//! range: F16_KV = {false, true} bound
//! range: HAS_SOFTCAP = {false, true} flag
//! range: HAS_SINKS = {false, true} flag
//! range: WG = {64, 128} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: oacc = array<f32, ceil(HEAD_DIM, WG)>
//! use: grid reduce kv sinks
//! shared: 8 * WG
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! require: F16_KV == false or HEAD_DIM % 2 == 0
//! tolerance: attn
//! variant: streaming { F16_KV = false }
//! variant: streaming_f16kv { F16_KV = true }
//! variant: streaming_subgroup { F16_KV = false, USE_SUBGROUPS = true }
struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  group: u32,
  capacity: u32,
  window: u32,
  scale: f32,
  softcap: f32,
  sinks_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> kv: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> vectors: array<f32>;

override HEAD_DIM: u32 = 64u;
override F16_KV: bool = false;
override HAS_SOFTCAP: bool = false;
override HAS_SINKS: bool = false;  // a head has one score more, without a value
override WG: u32 = 64u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override COLUMNS: u32 = (HEAD_DIM + WG - 1u) / WG;

var<workgroup> weights: array<f32, WG>;

fn product(query: u32, key: u32) -> f32 {
  var sum = 0.0;
  let quads = HEAD_DIM & ~3u;
  for (var d = 0u; d < quads; d += 4u) {
    let a = vec4<f32>(q[query + d], q[query + d + 1u], q[query + d + 2u], q[query + d + 3u]);
    sum += dot(a, vec4<f32>(kv1(key + d), kv1(key + d + 1u), kv1(key + d + 2u), kv1(key + d + 3u)));
  }
  for (var d = quads; d < HEAD_DIM; d++) {
    sum += q[query + d] * kv1(key + d);
  }
  return sum;
}

// The way for any device and any head size: a workgroup serves one head of one query. In each block
// of WG keys a thread dots one key, then owns elements of the output and walks the block. Long heads
// over many keys stay below the 65,535 passes that Mesa's software driver gives all loops together.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let item = linear(g);
  let r = item / p.heads;
  if (r >= p.rows) {
    return;
  }
  let head = item - r * p.heads;
  let kv_head = head / p.group;
  let pos = state[0] + r;
  let end = min(pos + 1u, p.capacity);
  let query = item * HEAD_DIM;
  var largest = NEG;
  var total = 0.0;
  var sums: oacc;
  for (var c = 0u; c < COLUMNS; c++) {
    sums[c] = 0.0;
  }
  for (var base = first_key(pos); base < end; base += WG) {
    var s = NEG;
    if (base + t.index < end) {
      s = score(product(query, kv_row(0u, kv_head, base + t.index)));
    }
    let higher = max(largest, wg_max(g, t, s));
    let factor = rescale(largest, higher);
    let weight = key_weight(s, higher);
    total = total * factor + weight;
    largest = higher;
    weights[t.index] = weight;
    workgroupBarrier();
    for (var c = 0u; c < COLUMNS; c++) {
      sums[c] *= factor;
    }
    for (var j = 0u; j < min(WG, end - base); j++) {
      let row = kv_row(1u, kv_head, base + j);
      for (var c = 0u; c < COLUMNS; c++) {
        sums[c] += weights[j] * kv1(row + min(t.index + c * WG, HEAD_DIM - 1u));
      }
    }
    workgroupBarrier();
  }
  let whole = inverse_with_sink(head, largest, wg_sum(g, t, total));
  for (var c = 0u; c < COLUMNS; c++) {
    let d = t.index + c * WG;
    if (d < HEAD_DIM) {
      y[query + d] = sums[c] * whole;
    }
  }
}
