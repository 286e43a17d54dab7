//! fragment: decode_tiles
//! use: grid reduce kv attend
// Attention of one query over a run of keys by one workgroup, for HEADS_PER_WG heads of one KV
// head, so that a key is read once for them. Per tile of KV_TILE keys, teams of LANES threads dot
// them; then a thread owns a column of four output elements and every CLASSES-th key. The main
// declares `q: array<vec4<f32>>`, the overrides, and the aliases vacc (a thread's sums) and hacc (a
// value per head).
var<workgroup> query: array<vec4<f32>, QUERY_QUADS>;  // at the end the sums
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

// A surplus head repeats the last one of the group.
fn load_query(t: Thr, heads: u32, first_head: u32) {
  for (var i = t.index; i < QUERY_QUADS; i += WG) {
    let h = min(first_head + i / QUADS, p.group - 1u);
    query[i] = q[(heads + h) * QUADS + i % QUADS];
  }
  workgroupBarrier();
}

// The keys [first, end) of a KV head, none if first is not below end. `sums` are of weight times
// value and `totals` of the weights, over the thread's keys; `largest`, the greatest score of a
// head, is the same in all threads.
fn attend_keys(g: Grp, t: Thr, kv_head: u32, first: u32, end: u32, sums: ptr<function, vacc>,
               largest: ptr<function, hacc>, totals: ptr<function, hacc>) {
  let column = t.index % QUADS;
  let class_of_keys = t.index / QUADS;
  for (var h = 0u; h < HEADS_PER_WG; h++) {
    (*largest)[h] = NEG;
    (*totals)[h] = 0.0;
    for (var c = 0u; c < COLUMNS; c++) {
      (*sums)[c * HEADS_PER_WG + h] = vec4<f32>(0.0);
    }
  }
  for (var base = first; base < end; base += KV_TILE) {
    put_scores(g, t, kv_head, base, end);
    for (var h = 0u; h < HEADS_PER_WG; h++) {
      var own = NEG;
      for (var i = t.index; i < KV_TILE; i += WG) {
        own = max(own, weights[h * KV_TILE + i]);
      }
      let higher = max((*largest)[h], wg_max(g, t, own));
      let factor = rescale((*largest)[h], higher);
      (*largest)[h] = higher;
      (*totals)[h] *= factor;
      for (var c = 0u; c < COLUMNS; c++) {
        (*sums)[c * HEADS_PER_WG + h] *= factor;
      }
      for (var i = t.index; i < KV_TILE; i += WG) {
        let weight = key_weight(weights[h * KV_TILE + i], higher);
        weights[h * KV_TILE + i] = weight;
        (*totals)[h] += weight;
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
              (*sums)[c * HEADS_PER_WG + h] += weights[h * KV_TILE + key] * v;
            }
          }
        }
      }
    }
    workgroupBarrier();
  }
}

// Leaves the sums of all threads in `query`. The classes are added in their order, so that the sum
// is the same in every run.
fn join_classes(t: Thr, sums: ptr<function, vacc>) {
  let column = t.index % QUADS;
  let class_of_keys = t.index / QUADS;
  for (var i = 0u; i < CLASSES; i++) {
    if (class_of_keys == i) {
      for (var c = 0u; c < COLUMNS; c++) {
        let d = column + c * WG;
        for (var h = 0u; h < HEADS_PER_WG && d < QUADS; h++) {
          let before = select(query[h * QUADS + d], vec4<f32>(0.0), i == 0u);
          query[h * QUADS + d] = before + (*sums)[c * HEADS_PER_WG + h];
        }
      }
    }
    workgroupBarrier();
  }
}
