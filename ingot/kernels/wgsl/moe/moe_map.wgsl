//! op: moe_map
//! key: moe
//! formula: rows by expert, tokens in order: map[offsets[e] + rank] = pair, row_of[pair] = offsets[e] + rank; PHASE 0 counts, PHASE 1 places
//! bind: ids u32[pairs] r; counts u32[experts] rw; offsets u32[experts+1] rw; map u32[rows] rw; row_of u32[pairs] rw
//! grid: experts
//! range: PHASE = {0, 1} flag
//! range: FIXED_CAP = {false, true} flag, where PHASE == 1 or FIXED_CAP == false
//! range: WG = {64, 128, 256} tune
//! use: grid scan
//! shared: 4 * WG
//! require: invocations >= WG
//! require: experts <= 1024
//! tolerance: exact
//! variant: moe_count { PHASE = 0, FIXED_CAP = false }
//! variant: moe_place { PHASE = 1, FIXED_CAP = false }
//! variant: moe_map_fixed { PHASE = 1, FIXED_CAP = true }
struct Params {
  pairs: u32,    // tokens times experts of a token
  experts: u32,
  cap: u32,      // rows of an expert with FIXED_CAP
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> offsets: array<u32>;
@group(0) @binding(4) var<storage, read_write> map: array<u32>;
@group(0) @binding(5) var<storage, read_write> row_of: array<u32>;

override PHASE: u32 = 0u;
override FIXED_CAP: bool = false;  // expert e has the rows from e * cap on; what is beyond is left out
override WG: u32 = 128u;

const EMPTY = 0xffffffffu;

fn first_row(expert: u32) -> u32 {
  if (FIXED_CAP) {
    return expert * p.cap;
  }
  var sum = 0u;
  for (var e = 0u; e < expert; e++) {
    sum += counts[e];
  }
  return sum;
}

fn place(pair: u32, first: u32, rank: u32) {
  if (FIXED_CAP && rank >= p.cap) {
    row_of[pair] = EMPTY;
    return;
  }
  map[first + rank] = pair;
  row_of[pair] = first + rank;
}

// A workgroup for each expert walks over all pairs, WG at a time: the rank of a pair is the number
// of its expert's pairs before it, so the order never changes.
@compute @workgroup_size(WG)
fn main(g: Grp, t: Thr) {
  let expert = linear(g);
  if (expert >= p.experts) {
    return;
  }
  var first = 0u;
  if (PHASE == 1u) {
    first = first_row(expert);
  }
  var before = 0u;
  for (var base = 0u; base < p.pairs; base += WG) {
    let pair = base + t.index;
    var is_mine = false;
    if (pair < p.pairs) {
      is_mine = ids[pair] == expert;
    }
    let upto = wg_scan(t, select(0u, 1u, is_mine));
    if (PHASE == 1u && is_mine) {
      place(pair, first, before + upto - 1u);
    }
    before += wg_scan_total();
  }
  if (FIXED_CAP) {
    for (var row = before + t.index; row < p.cap; row += WG) {
      map[first + row] = EMPTY;
    }
  }
  if (t.index == 0u) {
    if (PHASE == 0u || FIXED_CAP) {
      counts[expert] = before;
    }
    if (PHASE == 1u) {
      offsets[expert] = first;
      if (expert == p.experts - 1u) {
        offsets[p.experts] = first + select(before, p.cap, FIXED_CAP);
      }
    }
  }
}
