//! op: attention
//! formula: y[r, h, :] = sum over keys j of softmax(cap(scale * q[r, h, :] . k[j, :])) * v[j, :], j <= pos + r, j + window > pos + r
//! bind: q f32[rows,heads,head_dim] r; kv kv r; state r; y f32[rows,heads,head_dim] rw
//! grid: kv_heads * ceil(group, HEADS_PER_WG), 1, rows
//! phase: decode
//! range: HEAD_DIM = 4..512 step 4 bound
//! range: F16_KV = {false, true} bound
//! range: HAS_SOFTCAP = {false, true} flag
//! range: HEADS_PER_WG = {1, 2, 4, 8} tune
//! range: KV_TILE = {32, 64, 128} tune
//! range: LANES = {4, 8, 16, 32} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: vacc = array<vec4<f32>, ceil(HEAD_DIM, 4 * WG) * HEADS_PER_WG>
//! alias: hacc = array<f32, HEADS_PER_WG>
//! use: grid reduce kv attend
//! shared: 4 * (HEADS_PER_WG * (HEAD_DIM + KV_TILE) + WG)
//! require: invocations >= WG
//! require: USE_SUBGROUPS == false or (subgroups and WG % subgroup_max == 0)
//! tolerance: attn
//! variant: decode { F16_KV = false }
//! variant: decode_f16kv { F16_KV = true }
//! variant: decode_multihead { F16_KV = false, HEADS_PER_WG = 4 }
//! variant: decode_multihead_f16kv { F16_KV = true, HEADS_PER_WG = 4 }
//! variant: decode_subgroup { F16_KV = false, USE_SUBGROUPS = true }
//! variant: decode_subgroup_f16kv { F16_KV = true, USE_SUBGROUPS = true }
struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  group: u32,
  capacity: u32,
  window: u32,
  scale: f32,
  softcap: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> kv: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

override HEAD_DIM: u32 = 64u;
override F16_KV: bool = false;
override HAS_SOFTCAP: bool = false;
override HEADS_PER_WG: u32 = 1u;  // heads of one KV head, for which a key is read once
override KV_TILE: u32 = 64u;
override LANES: u32 = 8u;         // threads that share the product with a key
override WG: u32 = 128u;
override USE_SUBGROUPS: bool = false;  // which text of the reductions is taken
override QUADS: u32 = HEAD_DIM / 4u;
override COLUMNS: u32 = (QUADS + WG - 1u) / WG;  // quads of the output that a thread owns
override CLASSES: u32 = max(WG / QUADS, 1u);     // threads that share such a column
override QUERY_QUADS: u32 = HEADS_PER_WG * QUADS;
override WEIGHTS: u32 = HEADS_PER_WG * KV_TILE;

var<workgroup> query: array<vec4<f32>, QUERY_QUADS>;  // at the end the outputs
var<workgroup> weights: array<f32, WEIGHTS>;

// The scores of a tile of keys, NEG from `end` on, where the cache may hold anything.
fn put_scores(g: Grp, t: Thr, kv_head: u32, base: u32, end: u32) {
  for (var start = 0u; start < KV_TILE; start += WG / LANES) {
    let key = start + team_of(g, t, LANES);
    let seen = key < KV_TILE && base + key < end;
    var sums: hacc;
    for (var h = 0u; h < HEADS_PER_WG; h++) {
      sums[h] = 0.0;
    }
    if (seen) {
      let row = kv_row(0u, kv_head, base + key);
      for (var d = lane_of(g, t, LANES); d < QUADS; d += LANES) {
        let k = kv4(row + d * 4u);
        for (var h = 0u; h < HEADS_PER_WG; h++) {
          sums[h] += dot(query[h * QUADS + d], k);
        }
      }
    }
    for (var h = 0u; h < HEADS_PER_WG; h++) {
      let sum = lanes_sum(g, t, LANES, sums[h]);
      if (lane_of(g, t, LANES) == 0u && key < KV_TILE) {
        weights[h * KV_TILE + key] = select(NEG, score(sum), seen);
      }
    }
  }
  workgroupBarrier();
}

// A workgroup serves HEADS_PER_WG heads of one KV head. Per tile of keys, teams of LANES dot them;
// then a thread owns a column of four output elements and every CLASSES-th key.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let head_chunks = (p.group + HEADS_PER_WG - 1u) / HEADS_PER_WG;
  let kv_head = g.id.x / head_chunks;
  let r = g.id.z;
  if (kv_head >= p.kv_heads || r >= p.rows || g.id.y != 0u) {
    return;
  }
  let first_head = (g.id.x - kv_head * head_chunks) * HEADS_PER_WG;  // within the group
  let pos = state[0] + r;
  let end = min(pos + 1u, p.capacity);
  let heads = r * p.heads + kv_head * p.group;
  for (var i = t.index; i < QUERY_QUADS; i += WG) {
    let h = min(first_head + i / QUADS, p.group - 1u);  // a surplus head repeats the last one
    query[i] = q[(heads + h) * QUADS + i % QUADS];
  }
  workgroupBarrier();

  let column = t.index % QUADS;
  let class_of_keys = t.index / QUADS;
  var sums: vacc;
  var largest: hacc;
  var totals: hacc;
  for (var h = 0u; h < HEADS_PER_WG; h++) {
    largest[h] = NEG;
    totals[h] = 0.0;
    for (var c = 0u; c < COLUMNS; c++) {
      sums[c * HEADS_PER_WG + h] = vec4<f32>(0.0);
    }
  }
  for (var base = first_key(pos); base < end; base += KV_TILE) {
    put_scores(g, t, kv_head, base, end);
    for (var h = 0u; h < HEADS_PER_WG; h++) {
      var own = NEG;
      for (var i = t.index; i < KV_TILE; i += WG) {
        own = max(own, weights[h * KV_TILE + i]);
      }
      let higher = max(largest[h], wg_max(g, t, own));
      let factor = rescale(largest[h], higher);
      largest[h] = higher;
      totals[h] *= factor;
      for (var c = 0u; c < COLUMNS; c++) {
        sums[c * HEADS_PER_WG + h] *= factor;
      }
      for (var i = t.index; i < KV_TILE; i += WG) {
        let weight = key_weight(weights[h * KV_TILE + i], higher);
        weights[h * KV_TILE + i] = weight;
        totals[h] += weight;
      }
    }
    workgroupBarrier();
    if (class_of_keys < CLASSES) {
      for (var key = class_of_keys; key < min(KV_TILE, end - base); key += CLASSES) {
        let row = kv_row(1u, kv_head, base + key);
        for (var c = 0u; c < COLUMNS; c++) {
          if (column + c * WG < QUADS) {
            let v = kv4(row + (column + c * WG) * 4u);
            for (var h = 0u; h < HEADS_PER_WG; h++) {
              sums[c * HEADS_PER_WG + h] += weights[h * KV_TILE + key] * v;
            }
          }
        }
      }
    }
    workgroupBarrier();
  }

  // The classes are added in their order, so that the sum is the same in every run.
  for (var i = 0u; i < CLASSES; i++) {
    if (class_of_keys == i) {
      for (var c = 0u; c < COLUMNS; c++) {
        let d = column + c * WG;
        for (var h = 0u; h < HEADS_PER_WG && d < QUADS; h++) {
          let before = select(query[h * QUADS + d], vec4<f32>(0.0), i == 0u);
          query[h * QUADS + d] = before + sums[c * HEADS_PER_WG + h];
        }
      }
    }
    workgroupBarrier();
  }
  for (var h = 0u; h < HEADS_PER_WG; h++) {
    let whole = inverse(wg_sum(g, t, totals[h]));
    if (first_head + h < p.group) {
      for (var d = t.index; d < QUADS; d += WG) {
        y[(heads + first_head + h) * QUADS + d] = query[h * QUADS + d] * whole;
      }
    }
  }
}
