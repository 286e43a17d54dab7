//! op: attention
//! formula: y[r, h, :] = sum over keys j of softmax(cap(scale * q[r, h, :] . k[j, :])) * v[j, :], j <= pos + r, j + window > pos + r
//! bind: q f32[rows,heads,head_dim] r; kv kv r; state r; y f32[rows,heads,head_dim] rw; vectors f32 r if HAS_SINKS
//! grid: ceil(rows, BLOCK_SIZE), heads
//! range: HEAD_DIM = 4..512 step 4 bound, where BLOCK_SIZE * HEAD_DIM <= 16384
//! range: F16_KV = {false, true} bound
//! range: HAS_SOFTCAP = {false, true} flag
//! range: HAS_SINKS = {false, true} flag
//! range: BLOCK_SIZE = {16, 32, 64} tune
//! range: KV_TILE = {16, 32, 64} tune
//! range: HEAD_TILE = {16, 32, 64, 128} tune
//! range: WG = {256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: oacc = array<f32, BLOCK_SIZE / 16 * ceil(HEAD_DIM, HEAD_TILE) * HEAD_TILE / 16>
//! alias: stile = array<f32, BLOCK_SIZE / 16 * KV_TILE / 16>
//! alias: racc = array<f32, BLOCK_SIZE / 16>
//! use: grid reduce kv sinks
//! shared: 4 * (BLOCK_SIZE * HEAD_TILE + KV_TILE * HEAD_TILE + BLOCK_SIZE * KV_TILE + 256)
//! require: invocations >= 256
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: attn
//! variant: tiled_small { F16_KV = false }
//! variant: tiled_small_f16kv { F16_KV = true }
//! variant: tiled_large { F16_KV = false, BLOCK_SIZE = 64 }
//! variant: tiled_large_f16kv { F16_KV = true, BLOCK_SIZE = 64 }
//! variant: tiled_subgroup { F16_KV = false, USE_SUBGROUPS = true }
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
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> kv: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> vectors: array<f32>;

override HEAD_DIM: u32 = 64u;
override F16_KV: bool = false;
override HAS_SOFTCAP: bool = false;
override HAS_SINKS: bool = false;  // a head has one score more, without a value
override BLOCK_SIZE: u32 = 32u;  // queries of a workgroup
override KV_TILE: u32 = 32u;     // keys of a step
override HEAD_TILE: u32 = 32u;   // elements of a head in memory at a time
override WG: u32 = 256u;         // as 16 by 16, which the numbers below build on
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override QUADS: u32 = HEAD_TILE / 4u;
override SLICES: u32 = (HEAD_DIM + HEAD_TILE - 1u) / HEAD_TILE;
override Q_ROWS: u32 = BLOCK_SIZE / 16u;
override KEYS: u32 = KV_TILE / 16u;
override COLUMNS: u32 = HEAD_TILE / 16u;
override Q_QUADS: u32 = BLOCK_SIZE * QUADS;
override KV_QUADS: u32 = KV_TILE * QUADS;
override WEIGHTS: u32 = BLOCK_SIZE * KV_TILE;

var<workgroup> q_tile: array<vec4<f32>, Q_QUADS>;
var<workgroup> kv_tile: array<vec4<f32>, KV_QUADS>;
var<workgroup> weights: array<f32, WEIGHTS>;

// Where quad i of a tile's row stands: swizzled, so that a column of threads meets different banks.
fn slot(row: u32, i: u32) -> u32 {
  return row * QUADS + (i ^ (row & (QUADS - 1u)));
}

// A slice of the queries; rows past the last one repeat it and are not written at the end.
fn stage_q(t: Thr, head: u32, row0: u32, slice: u32) {
  for (var i = t.index; i < Q_QUADS; i += WG) {
    let row = min(row0 + i / QUADS, p.rows - 1u);
    let d = slice * QUADS + i % QUADS;
    var v = vec4<f32>(0.0);
    if (d * 4u < HEAD_DIM) {
      v = q[(row * p.heads + head) * (HEAD_DIM / 4u) + d];
    }
    q_tile[slot(i / QUADS, i % QUADS)] = v;
  }
}

// A slice of keys (part 0) or values (part 1), zeros from `end` on, where there may be anything.
fn stage_kv(t: Thr, part: u32, kv_head: u32, base: u32, end: u32, slice: u32) {
  for (var i = t.index; i < KV_QUADS; i += WG) {
    let j = base + i / QUADS;
    let d = (slice * QUADS + i % QUADS) * 4u;
    var v = vec4<f32>(0.0);
    if (j < end && d < HEAD_DIM) {
      v = kv4(kv_row(part, kv_head, j) + d);
    }
    kv_tile[slot(i / QUADS, i % QUADS)] = v;
  }
}

// Thread (tx, ty) owns the queries ty, ty + 16, ..., of the scores the keys tx, tx + 16, ..., and
// of each slice of the output the elements tx, tx + 16, ...
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let row0 = g.id.x * BLOCK_SIZE;
  let head = g.id.y;
  if (row0 >= p.rows || head >= p.heads || g.id.z != 0u) {
    return;
  }
  let kv_head = head / p.group;
  let tx = lane_of(g, t, 16u);
  let ty = team_of(g, t, 16u);
  let pos = state[0];
  let end = min(pos + min(row0 + BLOCK_SIZE, p.rows), p.capacity);
  var sums: oacc;
  var largest: racc;
  var totals: racc;
  for (var r = 0u; r < Q_ROWS; r++) {
    largest[r] = NEG;
    totals[r] = 0.0;
    for (var c = 0u; c < SLICES * COLUMNS; c++) {
      sums[r * SLICES * COLUMNS + c] = 0.0;
    }
  }
  for (var base = first_key(pos + row0); base < end; base += KV_TILE) {
    var scores: stile;
    for (var i = 0u; i < Q_ROWS * KEYS; i++) {
      scores[i] = 0.0;
    }
    for (var slice = 0u; slice < SLICES; slice++) {
      stage_q(t, head, row0, slice);
      stage_kv(t, 0u, kv_head, base, end, slice);
      workgroupBarrier();
      for (var d = 0u; d < QUADS; d++) {
        for (var c = 0u; c < KEYS; c++) {
          let k = kv_tile[slot(tx + c * 16u, d)];
          for (var r = 0u; r < Q_ROWS; r++) {
            scores[r * KEYS + c] += dot(q_tile[slot(ty + r * 16u, d)], k);
          }
        }
      }
      workgroupBarrier();
    }
    for (var r = 0u; r < Q_ROWS; r++) {
      let query = pos + row0 + ty + r * 16u;
      var own = NEG;
      for (var c = 0u; c < KEYS; c++) {
        let j = base + tx + c * 16u;
        let seen = j < end && j <= query && j >= first_key(query);
        scores[r * KEYS + c] = select(NEG, score(scores[r * KEYS + c]), seen);
        own = max(own, scores[r * KEYS + c]);
      }
      let higher = max(largest[r], lanes_max(g, t, 16u, own));
      let factor = rescale(largest[r], higher);
      largest[r] = higher;
      totals[r] *= factor;
      for (var c = 0u; c < SLICES * COLUMNS; c++) {
        sums[r * SLICES * COLUMNS + c] *= factor;
      }
      for (var c = 0u; c < KEYS; c++) {
        let weight = key_weight(scores[r * KEYS + c], higher);
        weights[(ty + r * 16u) * KV_TILE + tx + c * 16u] = weight;
        totals[r] += weight;
      }
    }
    for (var slice = 0u; slice < SLICES; slice++) {
      stage_kv(t, 1u, kv_head, base, end, slice);
      workgroupBarrier();
      for (var key = 0u; key < KV_TILE; key++) {
        for (var c = 0u; c < COLUMNS; c++) {
          let v = kv_tile[slot(key, (tx >> 2u) + c * 4u)][tx & 3u];
          for (var r = 0u; r < Q_ROWS; r++) {
            sums[(r * SLICES + slice) * COLUMNS + c] += weights[(ty + r * 16u) * KV_TILE + key] * v;
          }
        }
      }
      workgroupBarrier();
    }
  }
  for (var r = 0u; r < Q_ROWS; r++) {
    let whole = inverse_with_sink(head, largest[r], lanes_sum(g, t, 16u, totals[r]));
    let row = row0 + ty + r * 16u;
    for (var c = 0u; c < SLICES * COLUMNS; c++) {
      let d = tx + c * 16u;
      if (row < p.rows && d < HEAD_DIM) {
        y[(row * p.heads + head) * HEAD_DIM + d] = sums[r * SLICES * COLUMNS + c] * whole;
      }
    }
  }
}
