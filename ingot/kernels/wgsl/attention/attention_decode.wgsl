//! op: attention
//! formula: y[r, h, :] = sum over keys j of softmax(cap(scale * q[r, h, :] . k[j, :])) * v[j, :], j <= pos + r, j + window > pos + r
//! bind: q f32[rows,heads,head_dim] r; kv kv r; state r; y f32[rows,heads,head_dim] rw; vectors f32 r if HAS_SINKS
//! grid: kv_heads * ceil(group, HEADS_PER_WG), 1, rows
//! phase: decode
//! range: HEAD_DIM = 4..512 step 4 bound
//! range: F16_KV = {false, true} bound
//! range: HAS_SOFTCAP = {false, true} flag
//! range: HAS_SINKS = {false, true} flag
//! range: HEADS_PER_WG = {1, 2, 4, 8} tune
//! range: KV_TILE = {32, 64, 128} tune
//! range: LANES = {4, 8, 16, 32} tune
//! range: WG = {64, 128, 256} tune
//! range: USE_SUBGROUPS = {false, true} tune
//! alias: vacc = array<vec4<f32>, ceil(HEAD_DIM, 4 * WG) * HEADS_PER_WG>
//! alias: hacc = array<f32, HEADS_PER_WG>
//! use: decode_tiles sinks
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
  sinks_at: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> kv: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> vectors: array<f32>;

override HEAD_DIM: u32 = 64u;
override F16_KV: bool = false;
override HAS_SOFTCAP: bool = false;
override HAS_SINKS: bool = false;  // a head has one score more, without a value
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

@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let head_chunks = (p.group + HEADS_PER_WG - 1u) / HEADS_PER_WG;
  let kv_head = g.id.x / head_chunks;
  let r = g.id.z;
  if (kv_head >= p.kv_heads || r >= p.rows || g.id.y != 0u) {
    return;
  }
  let first_head = (g.id.x - kv_head * head_chunks) * HEADS_PER_WG;  // within the group
  let heads = r * p.heads + kv_head * p.group;
  let pos = state[0] + r;
  load_query(t, heads, first_head);
  var sums: vacc;
  var largest: hacc;
  var totals: hacc;
  attend_keys(g, t, kv_head, first_key(pos), min(pos + 1u, p.capacity), &sums, &largest, &totals);
  join_classes(t, &sums);
  for (var h = 0u; h < HEADS_PER_WG; h++) {
    let total = wg_sum(g, t, totals[h]);
    if (first_head + h < p.group) {
      let whole = inverse_with_sink(kv_head * p.group + first_head + h, largest[h], total);
      for (var d = t.index; d < QUADS; d += WG) {
        y[(heads + first_head + h) * QUADS + d] = query[h * QUADS + d] * whole;
      }
    }
  }
}
